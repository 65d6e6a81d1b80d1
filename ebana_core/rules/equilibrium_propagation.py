"""Equilibrium Propagation: the difference of two operating points is a gradient."""

import math
import warnings
from collections.abc import Mapping
from typing import Literal, final

import attrs
import numpy as np

from ebana_core.arrays import Array
from ebana_core.backends.backend import OperatingPoints, Simulator
from ebana_core.circuit.compiled import CompiledCircuit
from ebana_core.circuit.stages import StageWeights
from ebana_core.errors import EbanaError, ParameterError, PhaseError, ReciprocityError
from ebana_core.rules.contrasts import Phases, contrast_sums
from ebana_core.rules.rule import LearningRule, RuleResult, Samples

VARIANTS = ("positive", "negative", "centered")
GRADIENTS = ("local", "exact")


class ReciprocityWarning(UserWarning):
    """The circuit has no energy, so the local gradient is not that of the loss."""


@final
@attrs.frozen
class EquilibriumPropagation(LearningRule):
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

    Raises:
        PhaseError: `beta` is not a finite number above zero.
        ParameterError: Unknown variant or gradient.

    Source:
        Scellier and Bengio 2017, arXiv:1602.05179; Kendall et al. 2020, arXiv:2006.01981;
        Laborieux et al. 2021, arXiv:2006.03824 (centered).
    """

    beta: float
    variant: Literal["positive", "negative", "centered"] = "positive"
    gradient: Literal["local", "exact"] = "local"

    def __attrs_post_init__(self) -> None:
        is_number = isinstance(self.beta, int | float | np.floating | np.integer)
        if not (is_number and math.isfinite(self.beta) and self.beta > 0):
            raise PhaseError(
                f"EquilibriumPropagation has beta={self.beta!r}.",
                'give a finite number above zero (S); variant="negative" flips the nudge',
            )
        for name, value, known in (
            ("variant", self.variant, VARIANTS),
            ("gradient", self.gradient, GRADIENTS),
        ):
            if value not in known:
                raise ParameterError(
                    f"EquilibriumPropagation has {name}={value!r}.", f"use one of {list(known)}"
                )

    def check(self, compiled: CompiledCircuit, parameters: Mapping[str, Array]) -> None:
        weights = compiled.weights(parameters)
        if self.gradient == "exact":
            weights.require_reciprocal()
            _port_weights(compiled, weights)
        elif weights.conflict:
            warnings.warn(
                f"The circuit is not reciprocal: {weights.conflict[0]}; "
                "the local gradient is not proportional to that of the loss.",
                ReciprocityWarning,
                stacklevel=3,
            )

    def run(
        self,
        simulator: Simulator,
        compiled: CompiledCircuit,
        parameters: Mapping[str, Array],
        samples: Samples,
        trainable: tuple[str, ...],
    ) -> RuleResult:
        weights = compiled.weights(parameters) if self.gradient == "exact" else None
        free = simulator.operating_points(parameters, samples.inputs)
        unit = self._unit_nudge(compiled, free, samples, weights)

        def nudged(beta: float) -> OperatingPoints:
            nudge = {name: beta * current for name, current in unit.items()}
            try:
                return simulator.operating_points(parameters, samples.inputs, nudge, free)
            except EbanaError as error:
                error.add_note(f"in the phase nudged with beta={beta:g} S")
                raise

        if self.variant == "centered":
            plus, minus = nudged(self.beta), nudged(-self.beta)
            phases = {"free": free, "plus": plus, "minus": minus}
            before, after, width = _change(minus), _change(plus), 2 * self.beta
        else:
            width = self.beta if self.variant == "positive" else -self.beta
            other = nudged(width)
            phases = {"free": free, "nudged": other}
            before, after = None, _change(other)
        measured = Phases(free=free.free_voltages, before=before, after=after, factor=1 / width)
        sums = contrast_sums(compiled, parameters, trainable, measured, weights)
        return RuleResult(gradient_sums=sums, phases=phases)

    def _unit_nudge(
        self,
        compiled: CompiledCircuit,
        free: OperatingPoints,
        samples: Samples,
        weights: StageWeights | None,
    ) -> dict[str, Array]:
        """Return the injected current per unit of beta, A/S."""
        ports = _port_weights(compiled, weights) if weights is not None else {}
        result = {}
        for name, prediction in free.predictions().items():
            current = -samples.losses[name].gradient(prediction, samples.targets[name])
            result[name] = current / ports[name] if ports else current
        return result


def _change(points: OperatingPoints) -> Array:
    if points.change is None:
        raise AssertionError("a nudged phase holds its change")
    return points.change


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
