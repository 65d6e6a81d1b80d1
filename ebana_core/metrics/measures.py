"""Measures of predictions: errors of regressions, and confusions of classes."""

from collections.abc import Sequence
from typing import Any, final

import attrs
import numpy as np

from ebana_core.arrays import Array
from ebana_core.checking import checked_numbers
from ebana_core.errors import DataError, ParameterError, ShapeError
from ebana_core.tables import NotebookText, text_table


def mean_absolute_error(prediction: Any, target: Any) -> float:
    """Return the mean of ``|prediction - target|``, V for raw predictions.

    Args:
        prediction: As `Model.predict` returns them. Shape ``(n_samples, n_predictions)``.
        target: Same shape.

    Raises:
        ShapeError: The shapes differ, or there is no sample.
        DataError: Not finite; names the first sample.
    """
    found, goal = _checked_pair(prediction, target)
    return float(np.abs(found - goal).mean())


def r_squared(prediction: Any, target: Any) -> float:
    """Return the coefficient of determination: the share of the variance that is predicted.

    1 is perfect, 0 as good as the mean of the targets. Several predictions count by their
    variance.

    Args:
        prediction: As `Model.predict` returns them. Shape ``(n_samples, n_predictions)``.
        target: Same shape.

    Raises:
        ShapeError: The shapes differ, or there is no sample.
        DataError: Not finite, or the targets of all samples are equal.
    """
    found, goal = _checked_pair(prediction, target)
    total = ((goal - goal.mean(axis=0)) ** 2).sum()
    if not total > 0:
        raise DataError(
            "The targets of all samples are equal, so that they have no variance.",
            "use mean_absolute_error, or other samples",
        )
    return float(1 - ((found - goal) ** 2).sum() / total)


@final
@attrs.frozen(eq=False)
class ConfusionMatrix(NotebookText):
    """How often a class was predicted for samples of a class; prints as a table.

    Args:
        counts: Row the true class, column the predicted one. Shape ``(n_classes, n_classes)``.
        labels: What the classes are called.
    """

    counts: np.ndarray[Any, np.dtype[np.intp]]
    labels: tuple[str, ...]

    @property
    def accuracy(self) -> float:
        """Fraction of the samples that are classified right."""
        return float(np.trace(self.counts) / self.counts.sum())

    @property
    def recall(self) -> Array:
        """Fraction of each true class that is found; nan for a class without samples."""
        return _shares(np.diag(self.counts), self.counts.sum(axis=1))

    @property
    def precision(self) -> Array:
        """Fraction of each predicted class that is right; nan for one never predicted."""
        return _shares(np.diag(self.counts), self.counts.sum(axis=0))

    def __str__(self) -> str:
        rows = [["true", *self.labels, "recall"]]
        for label, counts, recall in zip(self.labels, self.counts, self.recall, strict=True):
            rows.append([label, *map(str, counts), f"{recall:.1%}"])
        rows.append(["precision", *(f"{share:.1%}" for share in self.precision)])
        rows[-1].append(f"{self.accuracy:.1%}")
        return text_table(rows)


def confusion_matrix(
    prediction: Any, target: Any, labels: Sequence[str] | None = None
) -> ConfusionMatrix:
    """Return which class was taken for which: the largest entry of each row names the class.

    Args:
        prediction: As `Model.predict` returns them. Shape ``(n_samples, n_classes)``; one
            column means the first class below 0.5 and the second from there on.
        target: One-hot targets or probabilities. Same shape.
        labels: What the classes are called; None: their numbers.

    Raises:
        ShapeError: The shapes differ, or there is no sample.
        DataError: Not finite; names the first sample.
        ParameterError: Another number of labels than classes.
    """
    found, goal = _checked_pair(prediction, target)
    classes = 2 if found.shape[1] == 1 else found.shape[1]
    names = tuple(map(str, range(classes) if labels is None else labels))
    if len(names) != classes:
        raise ParameterError(
            f"{len(names)} labels are given for {classes} classes.", f"give {classes} labels"
        )
    counts = np.zeros((classes, classes), dtype=np.intp)
    np.add.at(counts, (_classes(goal), _classes(found)), 1)
    return ConfusionMatrix(counts, names)


def _classes(array: Array) -> np.ndarray[Any, np.dtype[np.intp]]:
    if array.shape[1] == 1:
        return (array[:, 0] >= 0.5).astype(np.intp)
    return np.asarray(array.argmax(axis=1))


def _shares(parts: Any, totals: Any) -> Array:
    with np.errstate(invalid="ignore"):
        return np.asarray(parts / totals)


def _checked_pair(prediction: Any, target: Any) -> tuple[Array, Array]:
    found = checked_numbers(prediction, "predictions", truths=True)
    goal = checked_numbers(target, "targets", truths=True)
    if found.ndim != 2 or found.shape != goal.shape or not found.size:
        raise ShapeError(
            f"predictions have shape {found.shape} and targets {goal.shape}.",
            "give both the shape (n_samples, n_predictions), for example "
            'model.predict(dataset)["y"] and dataset.outputs["y"]',
        )
    for what, array in (("prediction", found), ("target", goal)):
        bad = np.argwhere(~np.isfinite(array))
        if len(bad):
            sample, place = bad[0]
            raise DataError(
                f"{what} {place} of sample {sample} is {float(array[sample, place])!r}.",
                "leave the sample out",
            )
    return found, goal
