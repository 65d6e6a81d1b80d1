"""The interface of losses, and the checks that all share.

Predictions are raw volts: a loss owns its softmax or sigmoid. The loss of one sample is the
sum over its predictions, the loss of a data set the mean over its samples.
"""

import abc
import math
from typing import Any, final

import attrs
import numpy as np

from ebana_core.arrays import Array, average
from ebana_core.checking import LARGEST, checked_numbers, shown
from ebana_core.errors import DataError, NotFiniteError, ShapeError
from ebana_core.losses.targets import checked_targets
from ebana_core.papers import Citing


@attrs.frozen
class Loss(Citing, abc.ABC):
    """A loss of raw predictions against targets, both ``(n_samples, n_predictions)``.

    Every method that takes predictions raises a `ShapeError` where the two shapes differ and a
    `DataError` that names the first sample whose prediction is not finite. Targets are looked
    at once per data set, by `check_targets`.

    Examples:
        >>> import numpy
        >>> class Cubic(Loss):
        ...     def value(self, prediction, target):
        ...         return abs(prediction - target) ** 3 / 3
        ...     def gradient(self, prediction, target):
        ...         return abs(prediction - target) * (prediction - target)
        >>> Cubic().nudge(numpy.array([[0.5]]), numpy.array([[0.0]]))
        array([[0.25]])
    """

    @property
    def targets_are_voltages(self) -> bool:
        """Whether an output may be clamped at its target, V; not unless overridden."""
        return False

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

    def clamp(self, prediction: Array, target: Array, nudge: float) -> Array:
        """Return how far predictions are moved where outputs are clamped; see `DropSquared`.

        The default moves all of them, against their gradient: ``-nudge*dL/dp``.

        Args:
            prediction: Raw free predictions p. Shape ``(n_samples, n_predictions)``, volts.
            target: Targets t. Same shape.
            nudge: Size of the move, above zero, in the unit that makes volts of a gradient.

        Returns:
            Moves, V; nan where an output is left open. Same shape.
        """
        return -nudge * self.gradient(prediction, target)

    def correct(self, prediction: Array, target: Array) -> Array:
        """Return 1 for a sample that is right, 0 if it is wrong, nan if that has no meaning.

        Args:
            prediction: Raw predictions p. Shape ``(n_samples, n_predictions)``, volts.
            target: Targets t. Same shape.

        Returns:
            Shape ``(n_samples,)``, a pure number; nan for all samples unless overridden.
        """
        raw, _ = checked_pair(prediction, target)
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
        checked_targets(target, name)

    @final
    def mean(self, prediction: Array, target: Array) -> float:
        """Return the mean over samples of the sum over predictions, in the loss's unit."""
        losses = self._returned("value", prediction, target, np.shape(prediction))
        return average(np.add.reduce(losses, axis=1))

    @final
    def right(self, prediction: Array, target: Array) -> Array:
        """Return the result of `correct`, checked: 1, 0 or nan. Shape ``(n_samples,)``."""
        found = self._returned("correct", prediction, target, np.shape(prediction)[:1], nan=True)
        # 0 and 1 are their own squares, and nothing else is.
        is_known = (found * found == found).all() or np.isnan(found).all()
        if not is_known and not (np.isnan(found) | (found == 0) | (found == 1)).all():
            raise DataError(
                f"correct of {type(self).__name__} returned {shown(found)}.",
                "return 1 for samples that are right, 0 for others, nan where that has no meaning",
            )
        return found

    @final
    def nudge(self, prediction: Array, target: Array) -> Array:
        """Return the result of `gradient`, checked. Shape ``(n_samples, n_predictions)``."""
        return self._returned("gradient", prediction, target, np.shape(prediction))

    @final
    def displacement(self, prediction: Array, target: Array, nudge: float) -> Array:
        """Return the result of `clamp`, checked. Shape ``(n_samples, n_predictions)``, V."""
        shape = np.shape(prediction)
        return self._returned("clamp", prediction, target, shape, nudge, nan=True)

    @final
    def accuracy(self, prediction: Array, target: Array) -> float:
        """Return the fraction of samples that are right; nan where that has no meaning."""
        return average(self.right(prediction, target))

    def _returned(
        self,
        method: str,
        prediction: Array,
        target: Array,
        shape: tuple[int, ...],
        *settings: float,
        nan: bool = False,
    ) -> Array:
        """Return the result of a method that a user may have written, checked.

        Raises:
            ShapeError: Another shape.
            DataError: No numbers, or not finite ones.
        """
        given = getattr(self, method)(prediction, target, *settings)
        if _is_right(given, shape, nan=nan):
            return np.asarray(given)
        name = f"{method} of {type(self).__name__}"
        found = checked_numbers(given, name, truths=True)
        if found.shape != shape:
            raise ShapeError(
                f"{name} returned shape {found.shape}.", f"return an array of shape {shape}"
            )
        is_right = np.isfinite(found) | (np.isnan(found) if nan else False)
        if not is_right.all():
            sample = int(np.argwhere(~is_right)[0][0])
            raise NotFiniteError(
                f"{name} returned a value that is not finite for sample {sample}.",
                "return finite numbers for finite predictions and targets",
            )
        return found


def _is_right(given: Any, shape: tuple[int, ...], *, nan: bool) -> bool:
    """Tell at little cost that all checks would let an array pass; most arrays they let."""
    is_plain = type(given) is np.ndarray and given.dtype == np.float64 and given.shape == shape
    if not is_plain or not given.size:
        return False
    # No number is larger than the root of the sum of all squares. A loss that does not know what is
    # right says so of every sample.
    is_small = bool(np.vdot(given, given) <= LARGEST**2)
    return is_small or (nan and bool(np.isnan(given).all()))


def all_right(right: Any) -> Array:
    """Return 1 for every row that is all true, else 0. Shape ``(n_samples,)``."""
    return np.asarray(right.all(axis=1), dtype=np.float64)


def checked_pair(prediction: Array, target: Array) -> tuple[Array, Array]:
    """Return both as float64 after comparing their shapes; predictions must be finite."""
    raw, goal = np.asarray(prediction, dtype=np.float64), np.asarray(target, dtype=np.float64)
    if raw.ndim != 2 or raw.shape != goal.shape:
        raise ShapeError(
            f"predictions have shape {raw.shape} and targets {goal.shape}.",
            "give both the shape (n_samples, n_predictions)",
        )
    # The sum of finite numbers may overflow: then each one is looked at.
    if not math.isfinite(np.vdot(raw, raw)) and not (finite := np.isfinite(raw)).all():
        sample, unit = np.argwhere(~finite)[0]
        raise NotFiniteError(
            f"prediction {unit} of sample {sample} is {float(raw[sample, unit])!r} V.",
            "check the samples and parameters that lead to it",
        )
    return raw, goal


def same_class(raw: Array, goal: Array) -> Array:
    """Return 1 for every row whose largest entries stand at one place, else 0."""
    return all_right((raw.argmax(axis=1) == goal.argmax(axis=1))[:, np.newaxis])
