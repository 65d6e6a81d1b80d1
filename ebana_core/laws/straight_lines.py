"""A rising curve of straight lines between points, with all its digits."""

from collections.abc import Sequence
from typing import Any, Literal, final

import attrs
import numpy as np

from ebana_core.arrays import Array, IntArray


@attrs.frozen(eq=False)
class Way:
    """A way along a curve.

    Args:
        rise: Of the curve from its begin to its end.
        area: Below the curve between them.
    """

    rise: Array
    area: Array


@final
@attrs.frozen(eq=False)
class StraightLines:
    """Straight lines between points; the outer ones go on for ever.

    Args:
        x: Rising, V. Shape ``(n_points,)``.
        y: The curve there. Same shape.
        slopes: Of the lines. Shape ``(n_points - 1,)``.
        areas: Below the curve, from the first point to each. Shape of `x`.
        anchors: End of each line from which it is measured. Shape of `slopes`.
    """

    x: Array
    y: Array
    slopes: Array
    areas: Array
    anchors: IntArray

    @classmethod
    def through(cls, x: Sequence[float], y: Sequence[float]) -> "StraightLines":
        """Return the lines through points, two or more; 0 V becomes one where it is none."""
        at, value, slopes = _with_zero(np.array(x, dtype=float), np.array(y, dtype=float))
        areas = np.concatenate([[0.0], np.cumsum(np.diff(at) * (value[1:] + value[:-1]) / 2)])
        # From the end nearer to 0 V, which is a point, so that small drops lose no digits.
        anchors = np.arange(len(at) - 1) + (np.abs(at[1:]) < np.abs(at[:-1]))
        return cls(at, value, slopes, areas, anchors)

    def part(self, drop: Array, side: Literal["left", "right"] = "right") -> IntArray:
        """Return the line that each drop lies on; of two that meet there, the right or the left."""
        found = np.searchsorted(self.x, drop, side=side) - 1
        return np.clip(found, 0, len(self.slopes) - 1)

    def at(self, drop: Array, part: Any = None) -> Array:
        """Return the curve; on the lines `part`, where these are known."""
        lines = self.part(drop) if part is None else part
        anchors = self.anchors[lines]
        return np.asarray(self.y[anchors] + self.slopes[lines] * (drop - self.x[anchors]))

    def slope(self, drop: Array) -> Array:
        """Return the slope; at a point that of the line to its right."""
        return np.asarray(self.slopes[self.part(drop)])

    def way(self, drop: Array, change: Array) -> Way:
        """Return what lies between `drop` and `drop + change`, without cancellation."""
        drop, change = np.broadcast_arrays(drop, change)
        end, is_up = drop + change, change >= 0
        # A drop on a point belongs to the line that it leaves for, so that a short way is one line.
        first = np.where(is_up, self.part(drop), self.part(drop, "left"))
        last = np.where(is_up, self.part(end, "left"), self.part(end))
        # A way too short for the digits of its end does not turn round.
        last = np.where(is_up, np.maximum(first, last), np.minimum(first, last))
        begin = self.at(drop, first)
        rise = self.slopes[first] * change
        area = (begin + rise / 2) * change
        crosses = first != last
        if not crosses.any():
            return Way(rise, area)
        # Three parts: to the first point on the way, between points, and from the last one.
        leaves, enters = np.where(is_up, first + 1, first), np.where(is_up, last, last + 1)
        before, behind = self.x[leaves] - drop, (drop - self.x[enters]) + change
        gained = self.slopes[first] * before, self.slopes[last] * behind
        between = self.y[enters] - self.y[leaves]
        areas = (begin + gained[0] / 2) * before, (self.y[enters] + gained[1] / 2) * behind
        across = self.areas[enters] - self.areas[leaves]
        return Way(
            np.where(crosses, gained[0] + between + gained[1], rise),
            np.where(crosses, areas[0] + across + areas[1], area),
        )


def _with_zero(x: Array, y: Array) -> tuple[Array, Array, Array]:
    """Return points with one at 0 V, on the line that passes there, and the slopes between them."""
    slopes = np.diff(y) / np.diff(x)
    if (x == 0).any():
        return x, y, slopes
    place = int(np.searchsorted(x, 0.0))
    k = min(max(place - 1, 0), len(slopes) - 1)
    # Written so that a line through the origin passes zero to the last digit.
    there = (y[k] * x[k + 1] - y[k + 1] * x[k]) / (x[k + 1] - x[k])
    # Both parts of the line keep its slope: their ends may be too near to tell it.
    return np.insert(x, place, 0.0), np.insert(y, place, there), np.insert(slopes, k, slopes[k])
