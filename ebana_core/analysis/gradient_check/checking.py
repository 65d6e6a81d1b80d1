"""Runs a learning rule over a range of strengths beside the adjoint."""

import math
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from typing import Any

import attrs
import numpy as np

from ebana_core.analysis.gradient_check.agreement import Agreement
from ebana_core.analysis.gradient_check.drops import changes, largest, topologies_of
from ebana_core.analysis.gradient_check.result import GradientCheck, ParameterCheck
from ebana_core.analysis.strengths import examined, recommended, suggested_beta
from ebana_core.arrays import Array
from ebana_core.backends import OperatingPoints
from ebana_core.checking import checked_number, checked_whole
from ebana_core.chips.hardware import Hardware
from ebana_core.errors import ConvergenceError, ParameterError, PhaseError
from ebana_core.execution.drive import Drive
from ebana_core.execution.simulated import (
    BackendChoice,
    ChipChoice,
    Given,
    LossChoice,
    SimulatedNetwork,
)
from ebana_core.execution.solving import batch_gradient
from ebana_core.execution.work import Solve
from ebana_core.losses import MSE
from ebana_core.network.checks import check_rule, checked_losses, checked_samples
from ebana_core.rules import Adjoint, LearningRule, PhasedRule, ProbedAdjoint

Measuring = PhasedRule | ProbedAdjoint
"""Rules that read voltages by a converter, whose noise is drawn several times."""


def check_gradient(
    simulated: SimulatedNetwork,
    dataset: Given,
    rule: LearningRule,
    loss_fn: LossChoice | None = None,
    *,
    strengths: Sequence[float] | None = None,
    max_angle: float = 1.0,
    n_readings: int = 8,
    backend: BackendChoice = "native",
    executor: Executor | None = None,
    chip: ChipChoice = None,
) -> GradientCheck:
    """Compare a rule's gradient with the exact one, over a range of beta.

    Args:
        simulated: The network on simulators.
        dataset: Inputs and targets; some ten samples tell enough.
        rule: What to examine; of a measured one the noise is drawn several times.
        loss_fn: One loss, or output to loss; None: `MSE`.
        strengths: Values of beta (S), eta, or what else `LearningRule.strength_name` says; None:
            of beta around the rule of thumb, of eta up to 1, of others what the rule has.
        max_angle: Largest angle to the exact gradient that counts as right, degrees.
        n_readings: How often noise is drawn.
        backend: See `operating_points`; the adjoint holds on any simulator's points.
        executor: See `operating_points`.
        chip: As of `fit`: on twins, what their mismatch does to the rule. The exact gradient is
            that of the circuit that is solved free.

    Raises:
        ParameterError: Nothing to train, something other than a rule, an angle out of range, or
            strengths of a rule that has none.
        PhaseError: The exact gradient is zero on these samples.
    """
    check_rule(rule)
    fix = "give an angle above 0, degrees"
    max_angle = checked_number(max_angle, "max_angle", fix, above=0.0, at_most=180.0)
    loss_fn = MSE() if loss_fn is None else loss_fn
    if not simulated.values.trainable_parameters():
        raise ParameterError(
            "The model has no trainable parameter, so it has no gradient to check.",
            "set trainable=True on a layer",
        )
    hardware = Hardware(simulated.values, chip, None)
    return _Check(simulated, dataset, rule, loss_fn, backend, executor, hardware).result(
        strengths, max_angle, checked_whole(n_readings, "n_readings")
    )


@attrs.frozen(eq=False)
class _Row:
    """Result at one strength, by parameter."""

    strength: float
    seen: Mapping[str, Agreement]
    noiseless: Mapping[str, Agreement]
    changes: Mapping[str, float]


class _Check:
    """A network, its samples and exact gradients."""

    def __init__(
        self,
        simulated: SimulatedNetwork,
        dataset: Given,
        rule: LearningRule,
        loss_fn: LossChoice,
        backend: BackendChoice,
        executor: Executor | None,
        hardware: Hardware,
    ) -> None:
        network, values = simulated.network, simulated.values
        self.compiled, self.runner = network.compiled, simulated.runner(backend, executor)
        self.samples = checked_samples(network, dataset, checked_losses(network, loss_fn))
        self.local_rules = values.local_rules()
        hardware.check(rule, self.compiled.circuit, set(self.local_rules))
        self.values, self.second = hardware.readings(), hardware.second()
        drive = Drive(inputs=self.samples.inputs, n_samples=self.samples.n_samples)
        parts = self.runner.results(Solve(is_nudged=False), self.values, drive)
        self.points = OperatingPoints.joined(list(parts))
        exact, _ = self._gradients(Adjoint(), second=None)
        self.exact = {name: gradient for name, gradient in exact.items() if gradient.any()}
        self.idle = tuple(name for name in exact if name not in self.exact)
        if not self.exact:
            raise PhaseError(
                "The exact gradient of every parameter is zero on these samples.",
                "give samples that are not learned yet",
            )
        self._places = {name: topologies_of(self.compiled.circuit, name) for name in self.exact}
        weights = self.compiled.weights(self.values)
        self.route = weights.conflict[0] if weights.conflict else None
        self.weights = None if weights.conflict else weights
        has_no_exact = self.route and isinstance(rule, PhasedRule) and rule.gradient == "exact"
        self.rule = _with(rule, gradient="local") if has_no_exact else rule
        self.is_measured = isinstance(rule, Measuring) and rule.measurement is not None
        self.strength_name = rule.strength_name if rule.is_adjustable else ""

    def result(
        self, strengths: Sequence[float] | None, max_angle: float, n_readings: int
    ) -> GradientCheck:
        rows: list[_Row] = []
        failures: dict[float, str] = {}
        is_beta = self.strength_name == "beta"
        suggested = suggested_beta(self.points, self.samples) if is_beta else math.nan
        for strength in examined(self.rule, strengths, suggested):
            try:
                rows.append(self._row(float(strength), n_readings))
            except ConvergenceError as error:
                failures[float(strength)], last = error.problem, error
        if not rows:
            raise last
        chosen = np.array([row.strength for row in rows])
        angles = {key: np.array([row.seen[key].angle for row in rows]) for key in self.exact}
        place, largest, reason = recommended(
            chosen,
            angles,
            max_angle,
            self.strength_name,
            measured=self.is_measured,
            suggested=suggested,
        )
        return GradientCheck(
            rule=self.rule,
            strength_name=self.strength_name,
            strengths=chosen,
            parameters={key: self._parameter(key, rows) for key in self.exact},
            recommended=place,
            largest=largest,
            suggested_beta=suggested,
            reason=reason,
            route=self.route,
            idle=self.idle,
            failures=failures,
            n_samples=self.samples.n_samples,
            n_readings=n_readings if self.is_measured else 1,
        )

    def _row(self, strength: float, n_readings: int) -> "_Row":
        """Run the rule at one strength, with all digits and as it measures."""
        rule = self.rule
        if self.strength_name:
            rule = _with(rule, **{self.strength_name: strength})
        clean = _with(rule, measurement=None) if self.is_measured else rule
        found, phases = self._gradients(clean, second=self.second, keep_phases=True)
        noiseless = self._agreements(found)
        seen = self._read(rule, n_readings) if self.is_measured else noiseless
        return _Row(strength, seen, noiseless, changes(self._places, phases))

    def _parameter(self, name: str, rows: "Sequence[_Row]") -> ParameterCheck:
        return ParameterCheck(
            size=float(np.sqrt(np.mean(self.exact[name] ** 2))),
            weights=self._weights_of(name),
            seen=[row.seen[name] for row in rows],
            noiseless=[row.noiseless[name] for row in rows],
            change=[row.changes.get(name, math.nan) for row in rows],
            largest_drop=self._largest_drop(name),
        )

    def _gradients(
        self,
        rule: LearningRule,
        *,
        second: Mapping[str, Array] | None,
        keep_phases: bool = False,
    ) -> tuple[dict[str, Array], dict[str, OperatingPoints]]:
        found = batch_gradient(
            rule,
            self.runner,
            self.values,
            self.samples,
            self.local_rules,
            keep_phases=keep_phases,
            second=second,
        )
        return found.gradients, found.phases

    def _agreements(self, found: Mapping[str, Array]) -> dict[str, Agreement]:
        return {name: Agreement.of(found[name], exact) for name, exact in self.exact.items()}

    def _read(self, rule: LearningRule, n_readings: int) -> dict[str, Agreement]:
        """Return the typical agreement of several draws of the noise."""
        assert isinstance(rule, Measuring)
        assert rule.measurement is not None
        readings = []
        for reading in range(n_readings):
            own = attrs.evolve(rule.measurement, seed=rule.measurement.seed + reading)
            readings.append(
                self._agreements(
                    self._gradients(_with(rule, measurement=own), second=self.second)[0]
                )
            )
        return {name: Agreement.mean([r[name] for r in readings]) for name in self.exact}

    def _largest_drop(self, name: str) -> float:
        voltages = self.points.free_voltages
        drops = [largest(place, voltages) for place in self._places[name]]
        return max(drops, default=math.nan)

    def _weights_of(self, name: str) -> tuple[float, float]:
        if self.weights is None or not self._places[name]:
            return 1.0, 1.0
        found = [
            self.weights.of_branches(place, self.compiled.stages.of_node)
            for place in self._places[name]
        ]
        return min(float(w.min()) for w in found), max(float(w.max()) for w in found)


def _with(rule: LearningRule, **settings: Any) -> LearningRule:
    return attrs.evolve(rule, **settings)  # type: ignore[misc]  # every rule is an attrs class, which LearningRule cannot say
