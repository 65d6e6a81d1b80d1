"""Where a label has room: beside its device, and on nothing else if that can be."""

from collections.abc import Iterable, Sequence

import numpy as np

from ebana_core.arrays import Array
from ebana_core.schematics.parts import SMALL, Corners, Point, Text

FREE = 0.05
"""Kept free around a label."""
APART = 0.15
"""Between points that stand for a line."""


class Room:
    """What is drawn already, where labels are to find a place.

    Args:
        lines: Wires and symbols, as pairs of their ends.
        texts: Texts that have their place.
    """

    def __init__(self, lines: Iterable[tuple[Point, Point]], texts: Iterable[Text]) -> None:
        points = [_along(np.array(start), np.array(end)) for start, end in lines]
        self._points = np.concatenate([np.zeros((0, 2)), *points])
        self._boxes = [text.corners for text in texts]

    def placed(self, what: str, colour: str, places: Sequence[Point]) -> Text:
        """Return a text at the first of some places that is free, or at the freest.

        Args:
            what: The text.
            colour: Of its letters.
            places: Where its middle may be, the best first.
        """
        texts = [Text(place, what, "middle", colour, SMALL) for place in places]
        best = min(texts, key=lambda text: self._taken(text.corners))
        self._boxes.append(best.corners)
        return best

    def _taken(self, corners: Corners) -> float:
        left, top, right, bottom = corners
        x, y = self._points.T
        is_in = (left - FREE < x) & (x < right + FREE) & (top - FREE < y) & (y < bottom + FREE)
        covered = sum(_common(corners, other) for other in self._boxes)
        # A text on a text cannot be read at all; one on a line can.
        return float(is_in.sum()) + 1e3 * covered


def _along(start: Array, end: Array) -> Array:
    n_points = 2 + int(np.linalg.norm(end - start) / APART)
    return np.asarray(start + np.linspace(0, 1, n_points)[:, None] * (end - start))


def _common(one: Corners, other: Corners) -> float:
    """Return the area that two boxes have in common."""
    width = min(one[2], other[2]) - max(one[0], other[0]) + FREE
    height = min(one[3], other[3]) - max(one[1], other[1]) + FREE
    return max(width, 0.0) * max(height, 0.0)
