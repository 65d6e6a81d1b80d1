"""Coupled and contrastive learning: the outputs are clamped instead of nudged."""

from collections.abc import Mapping
from typing import final

import attrs

from ebana_core.arrays import Array
from ebana_core.backends import OperatingPoints, Simulator
from ebana_core.checking import own_settings
from ebana_core.circuit.compiled import CompiledCircuit
from ebana_core.errors import ParameterError, PhaseError
from ebana_core.papers.entries import KENDALL_2020, MOVELLAN_1991, STERN_2021
from ebana_core.rules.clamping import clamped
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


class ClampingRule(PhasedRule):
    """Clamps every prediction a share of the way from where it is free to its target.

    It returns ``W*(q_clamped - q_free)/eta``, V² for conductances, where q is the integral of
    ``dcurrent/dvalue`` over the drop: the gradient of the co-content's difference over eta at
    frozen clamps. For one output that is the gradient of the squared loss times the output's
    conductance.
    """

    strength_name = "eta"

    def displacing(
        self,
        simulator: Simulator,
        compiled: CompiledCircuit,
        parameters: Mapping[str, Array],
        samples: Samples,
        free: OperatingPoints,
    ) -> Displaced:
        for name, loss in samples.losses.items():
            if not loss.targets_are_voltages:
                raise ParameterError(
                    f"{type(self).__name__} clamps outputs at their targets, V; the targets of "
                    f"{name!r} are those of {type(loss).__name__}, which are not voltages.",
                    "use MSE with targets in V, or EquilibriumPropagation",
                )
        distance = {
            name: samples.targets[name] - prediction
            for name, prediction in free.predictions().items()
        }

        return _Clamped(simulator, parameters, samples.inputs, free, distance)


@final
@attrs.frozen(eq=False)
class _Clamped(Displaced):
    """Solves the circuit clamped; `distance` is that of the targets from the predictions, V."""

    simulator: Simulator
    parameters: Mapping[str, Array]
    inputs: Mapping[str, Array]
    free: OperatingPoints
    distance: Mapping[str, Array]

    def __call__(self, strength: float) -> OperatingPoints:
        moves = {name: strength * array for name, array in self.distance.items()}
        return clamped(self.simulator, self.parameters, self.inputs, self.free, moves)


@final
@attrs.frozen
class CoupledLearning(ClampingRule):
    """Coupled learning: clamps the predictions at ``p + eta*(target - p)``.

    Solves the circuit free, clamps, and returns ``W*(q_clamped - q_free)/eta`` per trainable
    value; centered, with clamps on both sides, ``W*(q_plus - q_minus)/(2*eta)``. What the
    targets are is the samples' business; the loss only tells how well they are met.

    Args:
        eta: Share of the way to the target, above 0 and at most 1.
        variant: ``"positive"``, ``"negative"`` (clamped away from the target) or
            ``"centered"`` (both).
        gradient: ``"local"`` or ``"exact"``, see `EquilibriumPropagation`.
        measurement: The converter that reads the drops; None: they are known exactly.

    Raises:
        PhaseError: `eta` is not in this range.
        ParameterError: Unknown variant or gradient; a loss whose targets are not voltages.

    Source:
        Stern, Hexner, Rocks and Liu 2021, Physical Review X 11, 021045.
    """

    eta: float
    variant: Variant = "positive"
    gradient: Gradient = "local"
    measurement: Measurement | None = attrs.field(default=None, kw_only=True)

    def __attrs_post_init__(self) -> None:
        if not (is_positive(self.eta) and self.eta <= 1):
            raise PhaseError(
                f"CoupledLearning has eta={self.eta!r}.",
                'give a number above 0 and at most 1; variant="negative" clamps the other way',
            )
        check_choices(self)
        own_settings(self)

    @property
    def papers(self) -> tuple[str, ...]:
        return (STERN_2021,)


@final
@attrs.frozen
class ContrastiveLearning(ClampingRule):
    """Contrastive learning: clamps the predictions at their targets, ``q_clamped - q_free``.

    Args:
        gradient: ``"local"`` or ``"exact"``, see `EquilibriumPropagation`.
        measurement: The converter that reads the drops; None: they are known exactly.

    Source:
        Movellan 1991, Contrastive Hebbian learning in the continuous Hopfield model; Kendall et
        al. 2020, arXiv:2006.01981.
    """

    gradient: Gradient = "local"
    measurement: Measurement | None = attrs.field(default=None, kw_only=True)

    def __attrs_post_init__(self) -> None:
        check_choices(self)

    @property
    def papers(self) -> tuple[str, ...]:
        return (MOVELLAN_1991, KENDALL_2020)

    @property
    def eta(self) -> float:
        """The whole way to the target."""
        return 1.0

    @property
    def variant(self) -> Variant:
        """Towards the target only."""
        return "positive"
