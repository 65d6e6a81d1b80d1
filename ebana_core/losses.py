"""Losses: what a network's raw output voltages should be, and the nudge that pulls them there.

Predictions are raw volts: a loss owns its softmax or sigmoid. The loss of one sample is the
sum over its predictions, the loss of a data set the mean over its samples.
"""

import abc
import math
from typing import Any, ClassVar, final

import attrs
import numpy as np

from ebana_core.activations import log_softmax, sigmoid, softmax
from ebana_core.arrays import Array
from ebana_core.errors import DataError, ParameterError, ShapeError

SUM_TOLERANCE = 1e-6
"""How far the targets of a sample may sum from 1: about ten roundings of float32."""


@attrs.frozen
class Loss(abc.ABC):
    """A loss of raw predictions against targets, both ``(n_samples, n_predictions)``.

    Every method that takes predictions raises a `ShapeError` where the two shapes differ and a
    `DataError` that names the first sample whose prediction is not finite. Targets are looked
    at once per data set, by `check_targets`.
    """

    targets_are_voltages: ClassVar[bool] = False
    """An output may be clamped at its target, V."""

    @abc.abstractmethod
    def value(self, prediction: Array, target: Array) -> Array:
        """Return the loss of every prediction.

        Args:
            prediction: Raw predictions p. Shape ``(n_samples, n_predictions)``, volts.
            target: Targets t. Same shape.

        Returns:
            Losses. Same shape; V² for `MSE`, else a pure number.
        """

    @abc.abstractmethod
    def gradient(self, prediction: Array, target: Array) -> Array:
        """Return dL/dp, L being the loss of a whole sample.

        Args:
            prediction: Raw predictions p. Shape ``(n_samples, n_predictions)``, volts.
            target: Targets t. Same shape.

        Returns:
            Gradients, which the nudge injects times ``-beta``. Same shape, unit of the loss
            over volts.
        """

    def correct(self, prediction: Array, target: Array) -> Array:
        """Return 1 for a sample that is right, 0 if it is wrong, nan if that has no meaning.

        Args:
            prediction: Raw predictions p. Shape ``(n_samples, n_predictions)``, volts.
            target: Targets t. Same shape.

        Returns:
            Shape ``(n_samples,)``, a pure number; nan for all samples unless overridden.
        """
        raw, _ = _checked_pair(prediction, target)
        return np.full(len(raw), np.nan)

    def check_targets(self, target: Array, name: str) -> None:
        """Refuse targets for which this loss is not defined.

        Args:
            target: All targets of a data set. Shape ``(n_samples, n_predictions)``.
            name: The output layer they belong to, for the error.

        Raises:
            ShapeError: Not two-dimensional, or too few predictions.
            DataError: Not finite, or outside the range; names the sample.
        """
        _checked_targets(target, name)

    @final
    def mean(self, prediction: Array, target: Array) -> float:
        """Return the mean over samples of the sum over predictions, in the loss's unit."""
        return float(self.value(prediction, target).sum(axis=1).mean())

    @final
    def accuracy(self, prediction: Array, target: Array) -> float:
        """Return the fraction of samples that are right; nan where that has no meaning."""
        return float(self.correct(prediction, target).mean())


def _checked_midpoint(value: Any) -> float | None:
    if value is None:
        return None
    try:
        midpoint = float(value)
    except (TypeError, ValueError):
        midpoint = math.nan
    if not math.isfinite(midpoint):
        raise ParameterError(
            f"MSE.output_midpoint is {value!r}.", "give a finite voltage in V, or None"
        )
    return midpoint


@final
@attrs.frozen
class MSE(Loss):
    """Half the squared distance to the target, ``(p - t)**2/2``, V².

    Args:
        output_midpoint: Boundary between two classes, V. A sample is right when each of its
            predictions lies on its target's side (a value at the midpoint counts as above).
            None: no classes, the accuracy is nan.
    """

    targets_are_voltages = True

    output_midpoint: float | None = attrs.field(default=None, converter=_checked_midpoint)

    def value(self, prediction: Array, target: Array) -> Array:
        raw, goal = _checked_pair(prediction, target)
        return 0.5 * (raw - goal) ** 2

    def gradient(self, prediction: Array, target: Array) -> Array:
        raw, goal = _checked_pair(prediction, target)
        return raw - goal

    def correct(self, prediction: Array, target: Array) -> Array:
        if self.output_midpoint is None:
            return super().correct(prediction, target)
        raw, goal = _checked_pair(prediction, target)
        return _all_right((raw >= self.output_midpoint) == (goal >= self.output_midpoint))


@final
@attrs.frozen
class BCE(Loss):
    """Binary cross entropy of the probability ``sigmoid(p)``, each prediction on its own.

    ``log(1 + exp(p)) - t*p`` with targets in [0, 1]. A sample is right when each probability
    lies on its target's side of 0.5 (0.5 itself counts as above).
    """

    def value(self, prediction: Array, target: Array) -> Array:
        raw, goal = _checked_pair(prediction, target)
        # each term is at least 0, so nothing cancels where p is large and the answer right
        return goal * np.logaddexp(0.0, -raw) + (1 - goal) * np.logaddexp(0.0, raw)

    def gradient(self, prediction: Array, target: Array) -> Array:
        raw, goal = _checked_pair(prediction, target)
        return sigmoid(raw) - goal

    def correct(self, prediction: Array, target: Array) -> Array:
        raw, goal = _checked_pair(prediction, target)
        return _all_right((raw >= 0) == (goal >= 0.5))

    def check_targets(self, target: Array, name: str) -> None:
        goal = _checked_targets(target, name)
        _refuse(
            (goal < 0) | (goal > 1),
            goal,
            name,
            "outside [0, 1]",
            "give probabilities, or use MSE for voltages",
        )


@final
@attrs.frozen
class CrossEntropyLoss(Loss):
    """Cross entropy of the probabilities ``softmax(p)`` over the predictions of one output.

    ``-t_k*log(softmax(p)_k)``; its gradient is ``softmax(p) - t`` because the targets of a
    sample are probabilities of classes: at least 0 and 1 in sum. A sample is right when the
    largest prediction and the largest target belong to the same class (of several, the first).
    """

    def value(self, prediction: Array, target: Array) -> Array:
        raw, goal = _checked_pair(prediction, target)
        return -goal * log_softmax(raw)

    def gradient(self, prediction: Array, target: Array) -> Array:
        raw, goal = _checked_pair(prediction, target)
        return softmax(raw) - goal

    def correct(self, prediction: Array, target: Array) -> Array:
        raw, goal = _checked_pair(prediction, target)
        return _all_right((raw.argmax(axis=1) == goal.argmax(axis=1))[:, np.newaxis])

    def check_targets(self, target: Array, name: str) -> None:
        goal = _checked_targets(target, name)
        if goal.shape[1] < 2:
            raise ShapeError(
                f"targets of {name!r} have 1 prediction; a softmax over it is always 1.",
                "use BCE, or one-hot targets: numpy.eye(n_classes)[labels]",
            )
        fix = "give one-hot targets, numpy.eye(n_classes)[labels], or probabilities"
        _refuse(goal < 0, goal, name, "below 0", fix)
        sums = goal.sum(axis=1)
        wrong = np.flatnonzero(np.abs(sums - 1) > SUM_TOLERANCE)
        if wrong.size:
            place = f"targets of {name!r} at sample {wrong[0]}"
            raise DataError(f"{place} sum to {float(sums[wrong[0]])!r}, not 1.", fix)


def _all_right(right: Any) -> Array:
    """Return 1 for every row that is all true, else 0. Shape ``(n_samples,)``."""
    return np.asarray(right.all(axis=1), dtype=np.float64)


def _checked_pair(prediction: Array, target: Array) -> tuple[Array, Array]:
    """Return both as float64 after comparing their shapes; predictions must be finite."""
    raw, goal = np.asarray(prediction, dtype=np.float64), np.asarray(target, dtype=np.float64)
    if raw.ndim != 2 or raw.shape != goal.shape:
        raise ShapeError(
            f"predictions have shape {raw.shape} and targets {goal.shape}.",
            "give both the shape (n_samples, n_predictions)",
        )
    finite = np.isfinite(raw)
    if not finite.all():
        sample, unit = np.argwhere(~finite)[0]
        raise DataError(
            f"prediction {unit} of sample {sample} is {float(raw[sample, unit])!r} V.",
            "check the samples and parameters that lead to it",
        )
    return raw, goal


def _checked_targets(target: Array, name: str) -> Array:
    """Return targets as float64 after checking that they are two-dimensional and finite."""
    goal = np.asarray(target, dtype=np.float64)
    if goal.ndim != 2:
        raise ShapeError(
            f"targets of {name!r} have shape {goal.shape}.",
            "give them the shape (n_samples, n_predictions)",
        )
    _refuse(~np.isfinite(goal), goal, name, "not finite", "repair or remove the sample")
    return goal


def _refuse(bad: Any, goal: Array, name: str, what: str, fix: str) -> None:
    """Raise a `DataError` that names the first target where `bad` holds."""
    if bad.any():
        sample, unit = np.argwhere(bad)[0]
        value = float(goal[sample, unit])
        raise DataError(f"target {unit} of {name!r} at sample {sample} is {value!r}, {what}.", fix)
