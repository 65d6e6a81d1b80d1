"""The strength to use: by a rule of thumb, and by the result of a check."""

import math
from collections.abc import Mapping, Sequence

import numpy as np

from ebana_core.arrays import DOUBLE, Array
from ebana_core.backends import OperatingPoints
from ebana_core.backends.linearized import Linearized
from ebana_core.checking import checked_numbers, shown
from ebana_core.errors import ParameterError, PhaseError
from ebana_core.rules.rule import LearningRule, Samples

SAME = 0.1
"""Strengths whose angle lies within this share of the allowed angle above the best one are as
good."""
THUMB = 1e-3
"""Displacement of a prediction that the rule of thumb aims at, relative to the predictions."""
WAY = 0.1
"""How much of its way to where the loss is least a nudge may move a prediction, at most."""


DECADES = np.arange(-3, 3.5, 0.5)
"""Betas that are examined, around the rule of thumb."""
ETAS = np.logspace(-5, 0, 11)
"""Displacements that are examined."""


def suggested_beta(points: OperatingPoints, samples: Samples) -> float:
    """Return the beta to begin with, S; nan where nothing is to be learned.

    The rule of thumb moves predictions by a thousandth of their size, however small the errors
    are that are left. A network that has nearly learned its samples would be pushed far beyond
    its targets, so the nudge changes dL/dp by no more than a tenth.

    Args:
        points: Free operating points.
        samples: Their targets and losses.
    """
    predictions = points.predictions()
    gradients = samples.loss_gradients_at(predictions)
    # Targets that the network itself predicted are met up to rounding, which is nothing to learn.
    beside = {name: array * (1 + DOUBLE.imbalance) for name, array in predictions.items()}
    moved = samples.loss_gradients_at(beside)
    rounding = _rms({name: moved[name] - gradients[name] for name in gradients})
    if not _rms(gradients) > 2 * rounding:
        return math.nan
    thumb = thumb_beta(points, gradients)
    if math.isnan(thumb):
        return thumb
    reach = thumb * _mean_resistance(points)  # V per unit of dL/dp
    nudged = {name: predictions[name] - reach * gradients[name] for name in gradients}
    after = samples.loss_gradients_at(nudged)
    changed = _rms({name: after[name] - gradients[name] for name in gradients})
    allowed = WAY * _rms(gradients)
    return thumb if changed <= allowed else thumb * allowed / changed


def thumb_beta(points: OperatingPoints, gradients: Mapping[str, Array]) -> float:
    """Return ``1e-3*G*rms(p)/rms(dL/dp)``, S; nan where no current moves an output.

    Outputs that cancel, as the two columns of one row do, predict 0 V whatever their nodes are at:
    then the voltages of the nodes stand in for p.

    Args:
        points: Free operating points.
        gradients: Output name to dL/dp, ``(n_samples, n_predictions)``.
    """
    resistance, error = _mean_resistance(points), _rms(gradients)
    predicted, present = _rms(points.predictions()), _rms({"nodes": points.voltages})
    size = predicted if predicted > DOUBLE.imbalance * present else present
    return THUMB / resistance * size / error if resistance and error and size else math.nan


def _mean_resistance(points: OperatingPoints) -> float:
    """Return by how much a current into an output moves it, mean over samples, ohms."""
    return float(np.einsum("sii->si", Linearized(points).port_resistances()).mean())


def _rms(arrays: Mapping[str, Array]) -> float:
    return math.sqrt(np.mean(np.concatenate(list(arrays.values()), axis=1) ** 2))


def examined(rule: LearningRule, given: Sequence[float] | None, suggested: float) -> Array:
    """Return the strengths that a check examines, ascending.

    Args:
        rule: Says what its strength is; one that has none to choose is examined at nan.
        given: What was asked for; None: around the suggestion, of eta its whole range, of others
            what the rule has.
        suggested: Of `suggested_beta`, S.

    Raises:
        ParameterError: Strengths were asked for, and the rule has none.
        PhaseError: There are none, or there is nothing to learn.
    """
    name = rule.strength_name
    if not rule.is_adjustable:
        if given is not None:
            raise ParameterError(
                f"strengths is {shown(given)}, and {type(rule).__name__} has no strength that "
                "could be chosen.",
                "leave out strengths, or give a rule with a beta or an eta",
            )
        return np.array([math.nan])
    if given is not None:
        chosen: Array = np.unique(checked_numbers(given, "strengths"))
        if not chosen.size:
            raise PhaseError("strengths is empty.", f"give values of {name}, or None")
        return chosen
    if name == "eta":
        return ETAS
    if name != "beta":
        return np.array([float(getattr(rule, name))])
    if math.isnan(suggested):
        raise PhaseError(
            "The loss has no gradient on these samples, or no current moves the outputs.",
            "give samples that are not learned yet, or strengths=[...]",
        )
    return suggested * 10**DECADES


def recommended(
    strengths: Array,
    angles: Mapping[str, Array],
    max_angle: float,
    name: str,
    *,
    measured: bool,
    suggested: float,
) -> tuple[int, int, str]:
    """Return the place of the strength to use, that of the largest right one, and why.

    Without noise all strengths that are right teach the same. Of these it is the one nearest to
    the suggestion, from which training has the longest way to where it would be wrong, and
    without a suggestion the largest, which hardware resolves best. With noise it is the one
    whose gradients are nearest to the right direction, all in all.

    Args:
        strengths: What was examined, ascending. Shape ``(n_strengths,)``.
        angles: Parameter to its angle at each strength, degrees.
        max_angle: Largest angle that counts as right, degrees.
        name: What a strength is called; empty: there is only one.
        measured: Drops were read with noise.
        suggested: Of `suggested_beta`, S; nan where there is no suggestion.
    """
    table = np.stack(list(angles.values()))
    worst = table.max(axis=0)
    limit = max(max_angle, float(worst.min()) + SAME * max_angle)
    right = np.flatnonzero(worst <= limit)
    if measured:
        place = int(np.argmin(np.mean(np.minimum(table, 90.0) ** 2, axis=0)))
    elif math.isnan(suggested):
        place = int(right[-1])
    else:
        place = int(right[np.abs(np.log(strengths[right] / suggested)).argmin()])
    culprit = list(angles)[int(table[:, place].argmax())]
    state = f"the worst parameter, {culprit}, is {worst[place]:.3g}° off"
    largest = int(right[-1])
    if len(strengths) == 1:
        at = f"{name} = {strengths[0]:.3g}" if name else "its only strength"
        return place, largest, f"At {at} {state}."
    why = _why(place, largest, max_angle, is_right=bool(worst[place] <= max_angle))
    if measured:
        is_last = place == len(strengths) - 1
        why = "the largest examined" if is_last else "where bias balances noise"
    reason = f"Recommended: {name} = {strengths[place]:.3g}, {why}; {state}."
    if place < largest and not measured and worst[largest] <= max_angle:
        reason += f"\nNo parameter is more than {max_angle:g}° off up to "
        reason += f"{name} = {strengths[largest]:.3g}."
    return place, largest, reason


def _why(place: int, largest: int, max_angle: float, *, is_right: bool) -> str:
    if not is_right:
        return f"which is as good as any: none is within {max_angle:g}°"
    if place == largest:
        return f"the largest with every parameter within {max_angle:g}°"
    return "nearest to the rule of thumb"
