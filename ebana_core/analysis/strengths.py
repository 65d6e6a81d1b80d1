"""The strength to use: by a rule of thumb, and by the result of a check."""

import math
from collections.abc import Mapping

import numpy as np

from ebana_core.arrays import DOUBLE, Array
from ebana_core.backends import OperatingPoints
from ebana_core.backends.linearized import Linearized
from ebana_core.rules.rule import Samples

SAME = 0.1
"""Strengths whose angle lies within this share of the allowed angle above the best one are as
good."""
THUMB = 1e-3
"""Displacement of a prediction that the rule of thumb aims at, relative to the predictions."""


def suggested_beta(points: OperatingPoints, samples: Samples) -> float:
    """Return the beta of the rule of thumb, S; nan where nothing is to be learned.

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
    return thumb_beta(points, gradients) if _rms(gradients) > 2 * rounding else math.nan


def thumb_beta(points: OperatingPoints, gradients: Mapping[str, Array]) -> float:
    """Return ``1e-3*G*rms(p)/rms(dL/dp)``, S; nan where no current moves an output.

    Args:
        points: Free operating points.
        gradients: Output name to dL/dp, ``(n_samples, n_predictions)``.
    """
    resistance = float(np.einsum("sii->si", Linearized(points).port_resistances()).mean())
    size = _rms(gradients)
    return (
        THUMB / resistance * _rms(points.predictions()) / size if resistance and size else math.nan
    )


def _rms(arrays: Mapping[str, Array]) -> float:
    return math.sqrt(np.mean(np.concatenate(list(arrays.values()), axis=1) ** 2))


def recommended(
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
