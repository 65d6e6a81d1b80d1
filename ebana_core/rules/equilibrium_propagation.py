"""Equilibrium Propagation: the difference of two operating points is a gradient."""

from collections.abc import Mapping
from typing import final

import attrs
import numpy as np

from ebana_core.arrays import Array
from ebana_core.backends import OperatingPoints, Simulator
from ebana_core.checking import own_settings
from ebana_core.circuit.compiled import CompiledCircuit
from ebana_core.circuit.stages import StageWeights
from ebana_core.errors import EbanaError, PhaseError, ReciprocityError
from ebana_core.papers.entries import KENDALL_2020, LABORIEUX_2021, SCELLIER_2017
from ebana_core.rules.measurement import Measurement
from ebana_core.rules.phased import (
    Displaced,
    Gradient,
    PhasedRule,
    Variant,
    check_choices,
    is_positive,
)
from ebana_core.rules.rule import Samples


@final
@attrs.frozen
class EquilibriumPropagation(PhasedRule):
    """Equilibrium Propagation with current nudging.

    Solves the circuit free, injects ``-beta * dL/dp`` into the outputs, solves for the change,
    and returns ``W*(q_nudged - q_free)/beta`` per trainable value, whose error is first order
    in beta; centered, ``W*(q_plus - q_minus)/(2*beta)``, second order.

    Args:
        beta: Nudging strength, S for losses in V², above zero for every variant.
        variant: ``"positive"``, ``"negative"`` (nudged by -beta) or ``"centered"`` (both).
        gradient: ``"local"`` leaves the stage weights W out, which is what hardware measures:
            before one amplifier of gain A it is the gradient divided by A². ``"exact"``
            applies them.
        measurement: The converter that reads the drops; None: they are known exactly.

    Raises:
        PhaseError: `beta` is not a finite number above zero.
        ParameterError: Unknown variant or gradient.

    Examples:
        >>> EquilibriumPropagation(1e-7, "centered").variant
        'centered'

    Source:
        Scellier and Bengio 2017, arXiv:1602.05179; Kendall et al. 2020, arXiv:2006.01981;
        Laborieux et al. 2021, arXiv:2006.03824 (centered).
    """

    strength_name = "beta"

    beta: float
    variant: Variant = "positive"
    gradient: Gradient = "local"
    measurement: Measurement | None = attrs.field(default=None, kw_only=True)

    def __attrs_post_init__(self) -> None:
        if not is_positive(self.beta):
            raise PhaseError(
                f"EquilibriumPropagation has beta={self.beta!r}.",
                'give a finite number above zero (S); variant="negative" flips the nudge',
            )
        check_choices(self)
        own_settings(self)

    @property
    def papers(self) -> tuple[str, ...]:
        own = (SCELLIER_2017, KENDALL_2020)
        return (*own, LABORIEUX_2021) if self.variant == "centered" else own

    def check_ports(self, compiled: CompiledCircuit, weights: StageWeights) -> None:
        _port_weights(compiled, weights)

    def displacing(
        self,
        simulator: Simulator,
        compiled: CompiledCircuit,
        parameters: Mapping[str, Array],
        samples: Samples,
        free: OperatingPoints,
    ) -> Displaced:
        unit = _unit_nudge(compiled, free, samples, self.weights(compiled, parameters))
        return _Nudged(simulator, parameters, samples.inputs, free, unit)


@final
@attrs.frozen(eq=False)
class _Nudged(Displaced):
    """Solves the circuit nudged; `unit` is the injected current per unit of beta, A/S."""

    simulator: Simulator
    parameters: Mapping[str, Array]
    inputs: Mapping[str, Array]
    free: OperatingPoints
    unit: Mapping[str, Array]

    def __call__(self, strength: float) -> OperatingPoints:
        nudge = self._nudge(strength)
        try:
            return self.simulator.operating_points(self.parameters, self.inputs, nudge, self.free)
        except EbanaError as error:
            error.add_note(f"in the phase nudged with beta={strength:g} S")
            raise

    def both_ways(self, strength: float) -> tuple[OperatingPoints, OperatingPoints]:
        found = self.simulator.both_ways(self._nudge(strength), self.free)
        return found or super().both_ways(strength)

    def _nudge(self, beta: float) -> dict[str, Array]:
        return {name: beta * current for name, current in self.unit.items()}


def _unit_nudge(
    compiled: CompiledCircuit,
    free: OperatingPoints,
    samples: Samples,
    weights: StageWeights | None,
) -> dict[str, Array]:
    """Return the injected current per unit of beta, A/S."""
    # A current into a stage of weight W counts W times in the energy.
    ports = _port_weights(compiled, weights) if weights is not None else {}
    return {
        name: -gradient / ports.get(name, 1.0)
        for name, gradient in samples.loss_gradients(free).items()
    }


def _port_weights(compiled: CompiledCircuit, weights: StageWeights) -> dict[str, Array]:
    """Return the stage weight of each output. Shape ``(n_predictions,)`` each.

    Raises:
        ReciprocityError: The two nodes of a folded output lie in stages of unequal weight.
    """
    stage = compiled.stages.of_node
    result = {}
    for output in compiled.circuit.outputs:
        first, second = weights.of_node[output.heads], weights.of_node[output.tails]
        both = (stage[output.heads] >= 0) & (stage[output.tails] >= 0)
        unequal = both & ~np.isclose(first, second, rtol=1e-9, atol=0)
        if unequal.any():
            place = int(np.argmax(unequal))
            raise ReciprocityError(
                f"Output {output.name!r}[{place}] joins two stages of weight {first[place]:g} "
                f"and {second[place]:g}.",
                'use gradient="local", or take both nodes of an output from one stage',
            )
        result[output.name] = np.where(stage[output.heads] >= 0, first, second)
    return result
