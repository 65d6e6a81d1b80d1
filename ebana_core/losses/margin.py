"""Losses of classes that are content with a margin between the scores."""

from abc import abstractmethod
from typing import Any, final

import attrs
import numpy as np

from ebana_core.arrays import Array, BoolArray
from ebana_core.checking import own_settings
from ebana_core.errors import ShapeError
from ebana_core.losses.loss import Loss, checked_pair
from ebana_core.losses.targets import checked_targets, refuse
from ebana_core.validators import number

_MARGIN = number("give a voltage above 0 V", above=0.0)


@attrs.frozen
class MarginLoss(Loss):
    """A loss of how much the label's score misses its margin above the best other score.

    ``miss = max(0, margin - (score_label - score_rival))``, V, where the rival is the best other
    score (of several, the first). A sample whose label leads by the margin costs nothing: no output
    is clamped. Of the others, the label's output is moved up and the rival's down. Targets are 1
    at the label's output, else 0. A class may have several outputs, all with the target 1: the
    best of them is the label's. A sample is right when the largest score is one of its label's.

    Args:
        margin: V, above zero.
    """

    margin: float = attrs.field(validator=_MARGIN)

    def __attrs_post_init__(self) -> None:
        own_settings(self)

    @abstractmethod
    def cost(self, miss: Array) -> Array:
        """Return the loss of samples from what they miss, V. Shape ``(n_samples,)``."""

    @abstractmethod
    def pull(self, miss: Array) -> Array:
        """Return the derivative of the loss by what samples that miss their margin miss."""

    def value(self, prediction: Array, target: Array) -> Array:
        raw, goal = checked_pair(prediction, target)
        label, _, miss = self._missed(raw, goal)
        found = np.zeros_like(raw)
        found[np.arange(len(raw)), label] = self.cost(miss)
        return found

    def gradient(self, prediction: Array, target: Array) -> Array:
        raw, goal = checked_pair(prediction, target)
        label, rival, miss = self._missed(raw, goal)
        pull = np.where(miss > 0, self.pull(miss), 0.0)
        found, rows = np.zeros_like(raw), np.arange(len(raw))
        found[rows, label] = -pull
        found[rows, rival] = pull
        return found

    def clamp(self, prediction: Array, target: Array, nudge: float) -> Array:
        raw, goal = checked_pair(prediction, target)
        label, rival, miss = self._missed(raw, goal)
        found, rows = np.full_like(raw, np.nan), np.flatnonzero(miss > 0)
        moved = nudge / 2 * self.pull(miss)[rows]
        found[rows, label[rows]] = moved
        found[rows, rival[rows]] = -moved
        return found

    def correct(self, prediction: Array, target: Array) -> Array:
        raw, goal = checked_pair(prediction, target)
        return np.asarray(goal[np.arange(len(raw)), raw.argmax(axis=1)] > 0, dtype=np.float64)

    def check_targets(self, target: Array, name: str) -> None:
        goal = checked_targets(target, name)
        kind = type(self).__name__
        if goal.shape[1] < 2:
            raise ShapeError(
                f"targets of {name!r} have 1 prediction; {kind} compares two scores or more.",
                "use MSE for a single output, or give an output per class",
            )
        fix = "give 1 for the outputs of the label, else 0: numpy.eye(n_classes)[labels]"
        what = f"but {kind} takes 0 and 1, of which every sample has both"
        refuse((goal != 0) & (goal != 1), goal, name, what, fix)
        refuse((goal == goal[:, :1]).all(axis=1)[:, None] & (goal >= 0), goal, name, what, fix)

    def _missed(self, raw: Array, goal: Array) -> tuple[Any, Any, Array]:
        """Return label and rival of every sample, and what misses, V."""
        rows, is_own = np.arange(len(raw)), goal > 0
        label = np.where(is_own, raw, -np.inf).argmax(axis=1)
        rival = np.where(is_own, -np.inf, raw).argmax(axis=1)
        gap: Array = raw[rows, label] - raw[rows, rival]
        is_short: BoolArray = gap < self.margin
        return label, rival, np.where(is_short, np.maximum(self.margin - gap, 0.0), 0.0)


@final
@attrs.frozen
class Hinge(MarginLoss):
    """What the label's score misses of its margin, V; see `MarginLoss`.

    A clamp moves the label's output up by half of the nudge, and the rival's down by as much.

    Args:
        margin: V, above zero.

    Examples:
        >>> Hinge(margin=0.5).mean([[0.25, 0.0]], [[1.0, 0.0]])
        0.25
    """

    def cost(self, miss: Array) -> Array:
        return miss

    def pull(self, miss: Array) -> Array:
        return np.ones_like(miss)


@final
@attrs.frozen
class SquaredHinge(MarginLoss):
    """Half the square of what the label's score misses of its margin, over the margin, V.

    A clamp moves as that of `Hinge`, times the share of the margin that is missing.

    Args:
        margin: V, above zero.

    Examples:
        >>> SquaredHinge(margin=0.5).mean([[0.25, 0.0]], [[1.0, 0.0]])
        0.0625
    """

    def cost(self, miss: Array) -> Array:
        return miss**2 / (2 * self.margin)

    def pull(self, miss: Array) -> Array:
        return miss / self.margin
