"""Measures of predictions: errors of regressions, and confusions of classes."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, final

import attrs
import numpy as np

from ebana_core.arrays import Array, IntArray
from ebana_core.checking import checked_numbers, shown
from ebana_core.errors import DataError, ParameterError, ShapeError
from ebana_core.objects import checked_list
from ebana_core.plots import axes_of
from ebana_core.tables import NotebookText, text_table

if TYPE_CHECKING:
    from matplotlib.axes import Axes


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

    Examples:
        >>> import numpy
        >>> matrix = ConfusionMatrix(numpy.array([[9, 1], [2, 8]]), ("low", "high"))
        >>> matrix.accuracy
        0.85
    """

    counts: IntArray
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

    def plot(self, axes: "Axes | None" = None) -> "Axes":
        """Plot the counts; a cell is the darker, the larger its share of the true class.

        Args:
            axes: Where to draw; None: a new figure.

        Raises:
            MissingLibraryError: matplotlib is not installed.
        """
        axes = axes_of(axes)
        shares = self.counts / np.maximum(self.counts.sum(axis=1, keepdims=True), 1)
        axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
        for (row, column), count in np.ndenumerate(self.counts):
            color = "white" if shares[row, column] > 0.5 else "black"
            axes.text(column, row, str(count), ha="center", va="center", color=color)
        places = range(len(self.labels))
        is_long = max(map(len, self.labels)) * len(self.labels) > 40
        axes.set_xticks(places, self.labels, rotation=45 if is_long else 0)
        axes.set_yticks(places, self.labels)
        axes.set_xlabel("predicted")
        axes.set_ylabel("true")
        axes.set_title(f"accuracy {self.accuracy:.1%}", fontsize="medium")
        return axes

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
        target: One-hot targets or probabilities; in one column 0 to 1. Same shape.
        labels: What the classes are called; None: their numbers.

    Raises:
        ShapeError: The shapes differ, or there is no sample.
        DataError: Not finite, or a target in one column below 0 or above 1; names the first
            sample.
        ParameterError: Another number of labels than classes.
    """
    found, goal = _checked_pair(prediction, target)
    outside = np.flatnonzero((goal < 0) | (goal > 1))
    if goal.shape[1] == 1 and len(outside):
        # Of targets such as -1 and 1, 0.5 is not the boundary of the classes.
        raise DataError(
            f"target of sample {outside[0]} is {float(goal[outside[0], 0])!r}; in one column, "
            "targets lie between 0 and 1, and 0.5 parts the classes.",
            "compare both with your own boundary: confusion_matrix(prediction >= 0, target >= 0)",
        )
    if labels is not None:
        labels = checked_list(labels, "labels", "give a list of names of the classes")
    classes = 2 if found.shape[1] == 1 else found.shape[1]
    names = tuple(map(str, range(classes) if labels is None else labels))
    if len(names) != classes:
        raise ParameterError(
            f"labels={shown(labels)} are {len(names)} for {classes} classes.",
            f"give {classes} labels",
        )
    counts = np.zeros((classes, classes), dtype=np.intp)
    np.add.at(counts, (_classes(goal), _classes(found)), 1)
    return ConfusionMatrix(counts, names)


def _classes(array: Array) -> IntArray:
    if array.shape[1] == 1:
        return (array[:, 0] >= 0.5).astype(np.intp)
    return np.asarray(array.argmax(axis=1))


def _shares(parts: Any, totals: Any) -> Array:
    with np.errstate(invalid="ignore"):
        return np.asarray(parts / totals)


def _checked_pair(prediction: Any, target: Any) -> tuple[Array, Array]:
    found = checked_numbers(prediction, "prediction", truths=True)
    goal = checked_numbers(target, "target", truths=True)
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
