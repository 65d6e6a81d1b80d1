"""What a schematic is drawn of: wires, symbols, dots, frames and texts, each at its place.

Coordinates are lengths of a symbol's body: x to the right, y downwards.
"""

from collections.abc import Iterable, Sequence

import attrs

INK, PAPER, PALE = "#1b1b1b", "#fbfaf7", "#5c5c5c"
BLUE, ORANGE, GREEN, PURPLE = "#0072b2", "#c14f00", "#007a59", "#a8478a"
"""Of Okabe and Ito's palette; all but blue a little darker, for thin strokes and text on paper."""

UNIT = 36.0
"""Points in a length of 1."""
SIZE, SMALL = 9.5, 8.0
"""Of letters, points."""
LINE_WIDTH = 1.4
"""Of wires and symbols, points."""
LINE = 0.33
"""Between two lines of text."""

Point = tuple[float, float]
Corners = tuple[float, float, float, float]
"""Left, top, right and bottom."""

_WIDTHS = {
    **dict.fromkeys("ijl|.,:;'", 0.32),
    **dict.fromkeys(" ft()[]r-/", 0.41),
    **dict.fromkeys("mwMW%@—", 0.98),
    **dict.fromkeys("×−+=<>Ω", 0.84),
    **dict.fromkeys("ABCDEFGHKLNOPQRSTUVXYZ", 0.74),
}
OTHER = 0.64
"""Widths of letters relative to their size; those of the widest font that shows them."""


def text_width(text: str, size: float = SIZE) -> float:
    """Return how long a line of text is at most."""
    return sum(_WIDTHS.get(letter, OTHER) for letter in text) * size / UNIT


@attrs.frozen
class Wire:
    """A line through points."""

    points: tuple[Point, ...]
    colour: str = INK
    width: float = LINE_WIDTH


@attrs.frozen
class Symbol:
    """A device between two points.

    Args:
        kind: A word of `SYMBOLS`; ``"frame"``: what a `Frame` already draws; ``"back"``: the way
            back through an amplifier.
        start: Its head, or its input.
        end: Its tail, or its output.
        element: Name of the element array to which the device belongs.
        colour: Of its lines.
        text: What is written in it; empty: nothing.
        is_flipped: Its other side is to the right of its way.
    """

    kind: str
    start: Point
    end: Point
    element: str
    colour: str = INK
    text: str = ""
    is_flipped: bool = False


@attrs.frozen
class Ground:
    """The mark of ground below a point."""

    at: Point


@attrs.frozen
class Dot:
    """Where wires are joined."""

    at: Point
    colour: str = INK


@attrs.frozen
class Frame:
    """A rectangle."""

    corners: Corners
    colour: str = INK


@attrs.frozen
class Text:
    """A line of text whose middle is at the height of a point.

    Args:
        at: Its beginning, middle or end.
        what: The text.
        anchor: ``"start"``, ``"middle"`` or ``"end"``: which of these stands at the point.
        colour: Of its letters.
        size: Of its letters, points.
    """

    at: Point
    what: str
    anchor: str = "start"
    colour: str = INK
    size: float = SIZE

    @property
    def corners(self) -> Corners:
        """The box around it."""
        width, half = text_width(self.what, self.size), 0.6 * self.size / UNIT
        left = self.at[0] - {"start": 0.0, "middle": width / 2, "end": width}[self.anchor]
        return left, self.at[1] - half, left + width, self.at[1] + half


Part = Wire | Symbol | Ground | Dot | Frame | Text


def corners_of(part: Part) -> Corners:
    """Return the box around a part."""
    match part:
        case Text():
            return part.corners
        case Frame(corners=corners):
            return corners
        case Wire(points=points):
            return _around(points)
        case Symbol(start=start, end=end):
            left, top, right, bottom = _around((start, end))
            return left - 0.5, top - 0.5, right + 0.5, bottom + 0.5
        case Ground(at=(x, y)):
            return x - 0.4, y, x + 0.4, y + 0.5
        case Dot(at=(x, y)):
            return x, y, x, y


def around(parts: Iterable[Part]) -> Corners:
    """Return the box around parts."""
    boxes = [corners_of(part) for part in parts]
    return (
        min(box[0] for box in boxes),
        min(box[1] for box in boxes),
        max(box[2] for box in boxes),
        max(box[3] for box in boxes),
    )


def _around(points: Sequence[Point]) -> Corners:
    xs, ys = zip(*points, strict=True)
    return min(xs), min(ys), max(xs), max(ys)


def shifted(part: Part, dx: float) -> Part:
    """Return a part moved to the right."""

    def moved(point: Point) -> Point:
        return point[0] + dx, point[1]

    match part:
        case Wire(points=points):
            return attrs.evolve(part, points=tuple(map(moved, points)))
        case Symbol(start=start, end=end):
            return attrs.evolve(part, start=moved(start), end=moved(end))
        case Frame(corners=(left, top, right, bottom)):
            return attrs.evolve(part, corners=(left + dx, top, right + dx, bottom))
        case Ground() | Dot() | Text():
            return attrs.evolve(part, at=moved(part.at))
