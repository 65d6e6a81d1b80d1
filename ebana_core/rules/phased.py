"""The common part of Equilibrium Propagation and coupled learning: phases around the free one.

A rule displaces the operating point by a strength, and the contrast of what each device measured
before and after, over the width between the phases, is its gradient.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, Literal

from ebana_core.arrays import Array
from ebana_core.backends import OperatingPoints, Simulator
from ebana_core.checking import LARGEST, as_number, check_word
from ebana_core.circuit.compiled import CompiledCircuit
from ebana_core.circuit.stages import StageWeights
from ebana_core.errors import ParameterError
from ebana_core.local_rules import Trainable
from ebana_core.rules.contrasts import contrast_sums
from ebana_core.rules.lost_digits import is_rounded, lost_in_rounding
from ebana_core.rules.measurement import Measurement
from ebana_core.rules.phases import Phases
from ebana_core.rules.rule import LearningRule, RuleResult, Samples
from ebana_core.user_warnings import warn

Variant = Literal["positive", "negative", "centered"]
Gradient = Literal["local", "exact"]
VARIANTS = ("positive", "negative", "centered")
GRADIENTS = ("local", "exact")


class Displaced(ABC):
    """Solves the circuit displaced from its free phase."""

    @abstractmethod
    def __call__(self, strength: float) -> OperatingPoints:
        """Return the points displaced by a signed strength."""

    def both_ways(self, strength: float) -> tuple[OperatingPoints, OperatingPoints]:
        """Return the points displaced by a strength, and by its opposite."""
        return self(strength), self(-strength)


class ReciprocityWarning(UserWarning):
    """The circuit has no energy, so the local gradient is not that of the loss."""


class PhasedRule(LearningRule):
    """Compares operating points displaced from the free phase.

    A subclass holds `variant`, `gradient` and `measurement`, and its strength under the name
    `strength_name`.

    Examples:
        >>> from ebana_core.rules import EquilibriumPropagation
        >>> rule = EquilibriumPropagation(1e-7, "centered")
        >>> isinstance(rule, PhasedRule), rule.strength_name, rule.strength
        (True, 'beta', 1e-07)
    """

    @property
    @abstractmethod
    def variant(self) -> Variant:
        """On which sides of the free phase the circuit is displaced."""

    @property
    @abstractmethod
    def gradient(self) -> Gradient:
        """Whether the stage weights are left out or applied."""

    @property
    @abstractmethod
    def measurement(self) -> Measurement | None:
        """The converter that reads the drops; None: they are known exactly."""

    @abstractmethod
    def displacing(
        self,
        simulator: Simulator,
        compiled: CompiledCircuit,
        parameters: Mapping[str, Array],
        samples: Samples,
        free: OperatingPoints,
    ) -> Displaced:
        """Return what solves the circuit displaced from its free phase."""

    def compared(self, measured: Phases) -> Phases:
        """Return the phases that devices compare. Default: those that were measured."""
        return measured

    @property
    def strength(self) -> float:
        """How far the phases are displaced, above zero."""
        return float(getattr(self, self.strength_name))

    @property
    def phase_names(self) -> tuple[str, ...]:
        return ("free", "plus", "minus") if self.variant == "centered" else ("free", "nudged")

    def check(self, compiled: CompiledCircuit, parameters: Mapping[str, Array]) -> None:
        weights = compiled.weights(parameters)
        if self.gradient == "exact":
            weights.require_reciprocal()
            self.check_ports(compiled, weights)
        elif weights.conflict:
            warn(
                f"The circuit is not reciprocal: {weights.conflict[0]}; "
                "the local gradient is not proportional to that of the loss.",
                ReciprocityWarning,
            )

    def check_ports(self, compiled: CompiledCircuit, weights: StageWeights) -> None:
        """Refuse outputs that the exact gradient cannot nudge. Default: none.

        Raises:
            ReciprocityError: Names the output.
        """
        del compiled, weights

    def run(
        self,
        simulator: Simulator,
        compiled: CompiledCircuit,
        parameters: Mapping[str, Array],
        samples: Samples,
        trainable: Trainable,
    ) -> RuleResult:
        free = simulator.operating_points(parameters, samples.inputs)
        displaced = self.displacing(simulator, compiled, parameters, samples, free)
        if self.variant == "centered":
            plus, minus = displaced.both_ways(self.strength)
            phases = {"free": free, "plus": plus, "minus": minus}
            before, after, width = _change(minus), _change(plus), 2 * self.strength
            injected = minus.nudge, plus.nudge
        else:
            # Nudged the other way, the contrast changes its sign, and so does the width.
            width = self.strength if self.variant == "positive" else -self.strength
            other = displaced(width)
            phases = {"free": free, "nudged": other}
            before, after = None, _change(other)
            injected = free.nudge, other.nudge
        measured = Phases(
            free=free.solved_free,
            before=before,
            after=after,
            factor=1 / width,
            injected=injected,
            is_read=free.is_read,
        )
        measured = self.compared(measured)
        # One phase went to float64 alone: their differences need all of them in one precision.
        if len({array.dtype for array in measured.solved}) > 1:
            finer = simulator.finer("a phase beside others that float32 does hold")
            if finer is not None:
                return self.run(finer, compiled, parameters, samples, trainable)
        weights = self.weights(compiled, parameters)
        sums = contrast_sums(compiled, parameters, trainable, measured, weights, self.measurement)
        if is_rounded(measured.free) and self.measurement is None:
            why = lost_in_rounding(compiled, trainable, measured, weights, sums)
            finer = simulator.finer(why) if why else None
            if finer is not None:
                return self.run(finer, compiled, parameters, samples, trainable)
        return RuleResult(gradient_sums=sums, phases=phases)

    def weights(
        self, compiled: CompiledCircuit, parameters: Mapping[str, Array]
    ) -> StageWeights | None:
        """Return the stage weights; None where the gradient is local."""
        return compiled.weights(parameters) if self.gradient == "exact" else None


def _change(points: OperatingPoints) -> Array:
    if points.solved_change is None:
        raise AssertionError("a displaced phase holds its change")
    return points.solved_change


def check_choices(rule: PhasedRule) -> None:
    """Refuse unknown variants, gradients and measurements.

    Raises:
        ParameterError: Names the rule's field.
    """
    for name, value, known in (
        ("variant", rule.variant, VARIANTS),
        ("gradient", rule.gradient, GRADIENTS),
    ):
        check_word(value, f"{type(rule).__name__} has {name}", known)
    if not isinstance(rule.measurement, Measurement | None):
        raise ParameterError(
            f"{type(rule).__name__} has measurement={rule.measurement!r}.",
            "give a Measurement, or None",
        )


def is_positive(value: Any) -> bool:
    """Tell whether a strength is a finite number above zero."""
    return 0 < as_number(value) <= LARGEST
