"""Checks of the targets of a data set."""

from typing import Any

import numpy as np

from ebana_core.arrays import Array
from ebana_core.errors import DataError, ShapeError

SUM_TOLERANCE = 1e-6
"""How far the targets of a sample may sum from 1: about ten roundings of float32."""


def checked_targets(target: Array, name: str) -> Array:
    """Return targets as float64 after checking that they are two-dimensional and finite."""
    goal = np.asarray(target, dtype=np.float64)
    if goal.ndim != 2:
        raise ShapeError(
            f"targets of {name!r} have shape {goal.shape}.",
            "give them the shape (n_samples, n_predictions)",
        )
    refuse(~np.isfinite(goal), goal, name, "not finite", "repair or remove the sample")
    return goal


def refuse(bad: Any, goal: Array, name: str, what: str, fix: str) -> None:
    """Raise a `DataError` that names the first target for which `bad` is true."""
    if bad.any():
        sample, unit = np.argwhere(bad)[0]
        value = float(goal[sample, unit])
        raise DataError(f"target {unit} of {name!r} at sample {sample} is {value!r}, {what}.", fix)


def check_distribution(target: Array, name: str) -> None:
    """Refuse targets other than probabilities of classes.

    Raises:
        ShapeError: Fewer than two predictions, whose probability would always be 1.
        DataError: Below 0, or not 1 in sum; names the sample.
    """
    goal = checked_targets(target, name)
    if goal.shape[1] < 2:
        raise ShapeError(
            f"targets of {name!r} have 1 prediction; a softmax over it is always 1.",
            "use BCE, or one-hot targets: numpy.eye(n_classes)[labels]",
        )
    fix = "give one-hot targets, numpy.eye(n_classes)[labels], or probabilities"
    refuse(goal < 0, goal, name, "below 0", fix)
    sums = goal.sum(axis=1)
    wrong = np.flatnonzero(np.abs(sums - 1) > SUM_TOLERANCE)
    if wrong.size:
        place = f"targets of {name!r} at sample {wrong[0]}"
        raise DataError(f"{place} sum to {float(sums[wrong[0]])!r}, not 1.", fix)
