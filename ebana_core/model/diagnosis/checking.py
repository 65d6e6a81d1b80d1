"""Runs a learning rule over a range of strengths beside the adjoint."""

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from ebana_core.arrays import Array
from ebana_core.backends.backend import Backend, OperatingPoints
from ebana_core.backends.linearized import Linearized
from ebana_core.data import DataSet
from ebana_core.errors import ParameterError, PhaseError
from ebana_core.model.checks import checked_count
from ebana_core.model.diagnosis.agreement import Agreement
from ebana_core.model.diagnosis.drops import arrays_of, largest, mean_square
from ebana_core.model.diagnosis.gradient_check import GradientCheck, ParameterCheck
from ebana_core.model.evaluation import check_losses
from ebana_core.model.solving import batch_gradient
from ebana_core.model.task import task_samples
from ebana_core.rules import Adjoint, LearningRule, PhasedRule, Samples

if TYPE_CHECKING:
    from ebana_core.model.model import Model

DECADES = np.arange(-3, 3.5, 0.5)
"""Betas that are examined, around the rule of thumb."""
ETAS = np.logspace(-5, 0, 11)
"""Displacements that are examined."""
SAME = 0.1
"""Share of the allowed angle by which one strength may be worse than the best and count as good."""
THUMB = 1e-3
"""Displacement of a prediction that the rule of thumb aims at, relative to the predictions."""


def suggested_beta(points: OperatingPoints, gradients: Mapping[str, Array]) -> float:
    """Return ``1e-3*G*rms(p)/rms(dL/dp)``, S; nan where nothing is to be learned.

    Args:
        points: Free operating points.
        gradients: Output name to dL/dp, ``(n_samples, n_predictions)``.
    """
    resistance = float(np.einsum("sii->si", Linearized(points).port_resistances()).mean())
    predictions = points.predictions()
    sizes = [
        math.sqrt(np.mean(np.concatenate([array[name] for name in predictions], axis=1) ** 2))
        for array in (predictions, gradients)
    ]
    return THUMB / resistance * sizes[0] / sizes[1] if resistance and sizes[1] else math.nan


def check_gradient(
    model: "Model",
    dataset: DataSet,
    rule: LearningRule,
    loss_fn: Any,
    *,
    strengths: Sequence[float] | None,
    max_angle: float,
    n_readings: int,
    backend: str | Backend,
) -> GradientCheck:
    """Compare a rule with the adjoint; see `Model.check_gradient`."""
    if not model.trainable_parameters():
        raise ParameterError(
            "The model has nothing to train, so no gradient to check.",
            "set trainable=True on a layer",
        )
    return _Check(model, dataset, rule, loss_fn, backend).result(
        strengths, max_angle, checked_count(n_readings, "n_readings")
    )


class _Check:
    """A model, its samples and exact gradients."""

    def __init__(
        self, model: "Model", dataset: DataSet, rule: LearningRule, loss_fn: Any, backend: Any
    ) -> None:
        self.compiled, self.runner = model.network.compiled, model.runner(backend)
        self.samples: Samples = task_samples(model, dataset, check_losses(model.network, loss_fn))
        self.values, self.local_rules = model.parameters.snapshot(), model.local_rules()
        self.points = model.operating_points(dataset.inputs, backend)
        exact, _ = self._gradients(Adjoint())
        self.exact = {name: gradient for name, gradient in exact.items() if gradient.any()}
        if not self.exact:
            raise PhaseError(
                "The exact gradient of every parameter is zero on these samples.",
                "give samples that are not learned yet",
            )
        self._arrays = {name: arrays_of(self.compiled.circuit, name) for name in self.exact}
        weights = self.compiled.weights(self.values)
        self.route = weights.conflict[0] if weights.conflict else None
        self.weights = None if weights.conflict else weights
        has_no_exact = self.route and isinstance(rule, PhasedRule) and rule.gradient == "exact"
        self.rule = _with(rule, gradient="local") if has_no_exact else rule

    def result(
        self, strengths: Sequence[float] | None, max_angle: float, n_readings: int
    ) -> GradientCheck:
        adjusts = isinstance(self.rule, PhasedRule) and self.rule.is_adjustable
        name = self.rule.strength_name if isinstance(self.rule, PhasedRule) else ""
        measured = isinstance(self.rule, PhasedRule) and self.rule.measurement is not None
        chosen = self._strengths(name, strengths) if adjusts else np.array([math.nan])
        rules = [_with(self.rule, **{name: float(s)}) if adjusts else self.rule for s in chosen]
        seen: list[dict[str, Agreement]] = []
        noiseless: list[dict[str, Agreement]] = []
        changes: list[dict[str, float]] = []
        for rule in rules:
            clean = _with(rule, measurement=None) if measured else rule
            found, phases = self._gradients(clean, keep_phases=True)
            noiseless.append(self._agreements(found))
            changes.append(self._changes(phases))
            seen.append(self._read(rule, n_readings) if measured else noiseless[-1])
        angles = {key: np.array([row[key].angle for row in seen]) for key in self.exact}
        place, reason = _recommended(chosen, angles, max_angle, name if adjusts else "", measured)
        parameters = {
            key: ParameterCheck(
                size=float(np.sqrt(np.mean(exact**2))),
                weights=self._weights_of(key),
                seen=[row[key] for row in seen],
                noiseless=[row[key] for row in noiseless],
                change=[row.get(key, math.nan) for row in changes],
                largest_drop=self._largest_drop(key),
            )
            for key, exact in self.exact.items()
        }
        return GradientCheck(
            rule=self.rule,
            strength_name=name if adjusts else "",
            strengths=chosen,
            parameters=parameters,
            recommended=place,
            reason=reason,
            route=self.route,
            n_samples=self.samples.n_samples,
            n_readings=n_readings if measured else 1,
        )

    def _strengths(self, name: str, given: Sequence[float] | None) -> Array:
        if given is not None:
            chosen = np.unique(np.asarray(given, dtype=np.float64))
            if not chosen.size:
                raise PhaseError("strengths is empty.", f"give values of {name}, or None")
            return chosen
        if name != "beta":
            return ETAS
        suggested = suggested_beta(self.points, self.samples.loss_gradients(self.points))
        if math.isnan(suggested):
            raise PhaseError(
                "The loss has no gradient on these samples, or no current moves the outputs.",
                "give samples that are not learned yet, or strengths=[...]",
            )
        return suggested * 10**DECADES

    def _gradients(
        self, rule: LearningRule, *, keep_phases: bool = False
    ) -> tuple[dict[str, Array], dict[str, OperatingPoints]]:
        found = batch_gradient(
            rule,
            self.runner,
            self.values,
            self.samples,
            self.local_rules,
            keep_phases=keep_phases,
        )
        return found.gradients, found.phases

    def _agreements(self, found: Mapping[str, Array]) -> dict[str, Agreement]:
        return {name: Agreement.of(found[name], exact) for name, exact in self.exact.items()}

    def _read(self, rule: LearningRule, n_readings: int) -> dict[str, Agreement]:
        """Return the typical agreement of several draws of the noise."""
        seed = rule.measurement.seed  # type: ignore[attr-defined]  # the rule measures
        readings = []
        for reading in range(n_readings):
            own = attrs.evolve(rule.measurement, seed=seed + reading)  # type: ignore[attr-defined]
            readings.append(self._agreements(self._gradients(_with(rule, measurement=own))[0]))
        return {name: Agreement.mean([r[name] for r in readings]) for name in self.exact}

    def _changes(self, phases: Mapping[str, OperatingPoints]) -> dict[str, float]:
        """Return by how much a rule moves the drops of every parameter, V."""
        moved = [points.change for points in phases.values() if points.change is not None]
        if not moved:
            return {}
        apart = moved[0] if len(moved) == 1 else moved[0] - moved[1]
        return {
            name: math.sqrt(np.mean([mean_square(a.topology, apart) for a in arrays]))
            for name, arrays in self._arrays.items()
            if arrays
        }

    def _largest_drop(self, name: str) -> float:
        voltages = self.points.free_voltages
        drops = [largest(array.topology, voltages) for array in self._arrays[name]]
        return max(drops, default=math.nan)

    def _weights_of(self, name: str) -> tuple[float, float]:
        if self.weights is None or not self._arrays[name]:
            return 1.0, 1.0
        found = [
            self.weights.of_branches(array.topology, self.compiled.stages.of_node)
            for array in self._arrays[name]
        ]
        return min(float(w.min()) for w in found), max(float(w.max()) for w in found)


def _with(rule: LearningRule, **settings: Any) -> LearningRule:
    return attrs.evolve(rule, **settings)  # type: ignore[misc]  # rules are attrs classes


def _recommended(
    strengths: Array, angles: Mapping[str, Array], max_angle: float, name: str, measured: bool
) -> tuple[int, str]:
    """Return the place of the strength to use, and why.

    Without noise the largest that is right, or as good as any: hardware resolves larger changes
    better. With noise the one whose gradients are nearest to the right direction, all in all.
    """
    table = np.stack(list(angles.values()))
    worst = table.max(axis=0)
    if measured:
        place = int(np.argmin(np.mean(np.minimum(table, 90.0) ** 2, axis=0)))
    else:
        limit = max(max_angle, float(worst.min()) + SAME * max_angle)
        place = int(np.flatnonzero(worst <= limit)[-1])
    culprit = list(angles)[int(table[:, place].argmax())]
    state = f"the worst parameter, {culprit}, is {worst[place]:.3g}° off"
    if not name:
        return place, f"At its only strength {state}."
    start = f"Recommended: {name} = {strengths[place]:.3g}"
    if measured:
        is_last = place == len(strengths) - 1
        why = "the largest examined" if is_last else "where bias balances noise"
        return place, f"{start}, {why}; {state}."
    if worst[place] <= max_angle:
        return place, f"{start}, the largest with every parameter within {max_angle:g}°; {state}."
    return place, f"{start}, which is as good as any: none is within {max_angle:g}°; {state}."
