"""Coupled and contrastive learning: the outputs are clamped instead of nudged."""

from collections.abc import Mapping
from typing import final

import attrs

from ebana_core.arrays import Array
from ebana_core.backends import OperatingPoints, Simulator
from ebana_core.checking import own_settings
from ebana_core.circuit.compiled import CompiledCircuit
from ebana_core.errors import ParameterError, PhaseError
from ebana_core.papers.entries import KENDALL_2020, MCGINNIS_2026, MOVELLAN_1991, STERN_2021
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
from ebana_core.rules.phases import Phases
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
        ways = {
            name: self.way(samples.targets[name] - prediction)
            for name, prediction in free.predictions().items()
        }
        return _Clamped(simulator, parameters, samples.inputs, free, ways)

    def way(self, distance: Array) -> Array:
        """Return where predictions are clamped over `eta`: the whole way to the target, or another.

        Args:
            distance: Of the targets from the free predictions. Shape ``(n_samples,
                n_predictions)``, V.
        """
        return distance


@final
@attrs.frozen(eq=False)
class _Clamped(Displaced):
    """Solves the circuit clamped; `ways` lead from the predictions to the clamps over eta, V."""

    simulator: Simulator
    parameters: Mapping[str, Array]
    inputs: Mapping[str, Array]
    free: OperatingPoints
    ways: Mapping[str, Array]

    def __call__(self, strength: float) -> OperatingPoints:
        moves = {name: strength * array for name, array in self.ways.items()}
        return clamped(self.simulator, self.parameters, self.inputs, self.free, moves)


def _check_eta(rule: "CoupledLearning | AdjointCoupledLearning") -> None:
    if not (is_positive(rule.eta) and rule.eta <= 1):
        raise PhaseError(
            f"{type(rule).__name__} has eta={rule.eta!r}.",
            'give a number above 0 and at most 1; variant="negative" clamps the other way',
        )
    check_choices(rule)
    own_settings(rule)


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

    Examples:
        >>> CoupledLearning(0.1).eta
        0.1

    Source:
        Stern, Hexner, Rocks and Liu 2021, Physical Review X 11, 021045.
    """

    eta: float
    variant: Variant = "positive"
    gradient: Gradient = "local"
    measurement: Measurement | None = attrs.field(default=None, kw_only=True)

    def __attrs_post_init__(self) -> None:
        _check_eta(self)

    @property
    def papers(self) -> tuple[str, ...]:
        return (STERN_2021,)


@final
@attrs.frozen
class AdjointCoupledLearning(ClampingRule):
    """Coupled learning that follows a gradient: what a small clamp moves is taken the whole way.

    Devices compare the free drop u with ``u + w``, where w is the change between the phases over
    eta: how far the drop would move if the outputs went all the way to their targets. For a
    conductance that is ``w*(u + w/2)``, where plain coupled learning is left with ``w*u`` as eta
    vanishes. With the second term it is, at any eta, the gradient of the energy that clamps at the
    targets would take, ``distance.T @ K @ distance / 2`` with K the conductances at the outputs:
    a loss of its own, that of `ContrastiveLearning`, found here without the large displacement.
    Exact where nothing bends between the phases and the targets.

    It takes no converter of drops, whose noise a division by eta would raise: `read_noise` of a fit
    says what is read of nodes, and is divided.

    Args:
        eta: Share of the way to the target, above 0 and at most 1; 1 is `ContrastiveLearning`.
        variant: ``"positive"``, ``"negative"`` or ``"centered"``, see `CoupledLearning`.
        gradient: ``"local"`` or ``"exact"``, see `EquilibriumPropagation`.

    Raises:
        PhaseError: `eta` is not in this range.
        ParameterError: Unknown variant or gradient; a loss whose targets are not voltages.

    Examples:
        >>> AdjointCoupledLearning(eta=0.01).eta
        0.01

    Source:
        McGinnis, Li and Mori 2026, arXiv:2606.15443, name such a rule, and the cubic term by which
        plain coupled learning departs from a gradient flow. Its abstract is what was found; the
        formula is derived here.
    """

    eta: float
    variant: Variant = "positive"
    gradient: Gradient = "local"

    def __attrs_post_init__(self) -> None:
        _check_eta(self)

    @property
    def papers(self) -> tuple[str, ...]:
        return (STERN_2021, MCGINNIS_2026)

    @property
    def measurement(self) -> None:
        """None: drops are known exactly."""
        return None

    def compared(self, measured: Phases) -> Phases:
        whole = measured.after if measured.before is None else measured.after - measured.before
        first, second = measured.injected
        injected = {
            name: measured.factor * (current - first.get(name, 0.0))
            for name, current in second.items()
        }
        moved = measured.factor * whole
        return attrs.evolve(measured, before=None, after=moved, factor=1.0, injected=({}, injected))


@final
@attrs.frozen
class ContrastiveLearning(ClampingRule):
    """Contrastive learning: clamps the predictions at their targets, ``q_clamped - q_free``.

    Args:
        gradient: ``"local"`` or ``"exact"``, see `EquilibriumPropagation`.
        measurement: The converter that reads the drops; None: they are known exactly.

    Examples:
        >>> ContrastiveLearning().gradient
        'local'

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
