"""The one door to schemdraw, which is an extra: parts become its elements."""

from collections.abc import Callable, Sequence
from io import BytesIO
from typing import Any

from ebana_core.errors import MissingLibraryError
from ebana_core.plots import close_figure, new_figure
from ebana_core.schematics.parts import (
    INK,
    LINE_WIDTH,
    PAPER,
    UNIT,
    Corners,
    Dot,
    Frame,
    Ground,
    Part,
    Symbol,
    Text,
    Wire,
)

CLASSES = {
    "controlled_source": "SourceControlledI",
    "current_source": "SourceI",
    "diode": "Diode",
    "ideal_diode": "Diode",
    "memristor": "Memristor",
    "nmos": "NMos2",
    "output": "SourceI",
    "pmos": "PMos2",
    "potentiometer": "ResistorVarIEC",
    "resistor": "ResistorIEC",
    "voltage_source": "SourceV",
}
"""Symbol to the class of schemdraw's elements; the others are drawn here."""
REVERSED = frozenset({"pmos", "voltage_source"})
"""Of schemdraw's, those that begin at the minus and at the source; ours at the plus and drain."""
FILLED = frozenset(CLASSES) - {"memristor", "nmos", "pmos"}
"""Symbols with an inside."""
SCALE = 0.8
"""Of symbols, relative to those of schemdraw."""
BETWEEN = {"start": "left", "middle": "center", "end": "right"}
POINTS_PER_INCH, RESOLUTION = 72.0, 200.0
DOLLAR, AMPERSAND = "\ue000", "\ue001"
"""Stand for these letters while schemdraw draws, which takes them for marks of formulas and XML."""


def as_svg(parts: Sequence[Part], corners: Corners) -> str:
    """Return the picture as SVG.

    Args:
        parts: What is drawn.
        corners: Of the paper.

    Raises:
        MissingLibraryError: schemdraw is not installed.
    """
    image: bytes = _drawing(parts, corners, "svg").getimage()
    return image.decode().replace(DOLLAR, "$").replace(AMPERSAND, "&amp;")


def _drawing(parts: Sequence[Part], corners: Corners, canvas: str) -> Any:
    """Return a figure of schemdraw."""
    try:
        import schemdraw
    except ImportError as error:
        raise MissingLibraryError(
            "Schematics need schemdraw, which is not installed.", "pip install ebana-core[draw]"
        ) from error
    sheet = schemdraw.Drawing(canvas=canvas, show=False)
    sheet.config(inches_per_unit=UNIT / POINTS_PER_INCH, margin=0, lw=LINE_WIDTH)
    flat = _Flat()
    flat.paper(corners)
    for part in parts:
        if isinstance(part, Symbol) and part.kind in CLASSES:
            sheet.add(_element(part))
        else:
            flat.add(part)
    sheet.add(flat.element)
    sheet.draw(show=False)
    return sheet.fig


def rendered(parts: Sequence[Part], corners: Corners, kind: str) -> bytes:
    """Return the picture as a file that matplotlib writes, ``"png"`` or ``"pdf"``.

    Raises:
        MissingLibraryError: schemdraw or matplotlib is not installed.
    """
    close_figure(new_figure())  # says which library is missing, as other pictures do
    figure = _drawing(parts, corners, "matplotlib").getfig()
    for text in figure.axes[0].texts:
        text.set(
            parse_math=False, text=text.get_text().replace(DOLLAR, "$").replace(AMPERSAND, "&")
        )
    image = BytesIO()
    try:
        figure.savefig(image, format=kind, bbox_inches="tight", pad_inches=0, dpi=RESOLUTION)
    finally:
        close_figure(figure)
    return image.getvalue()


def _element(symbol: Symbol) -> Any:
    from schemdraw import elements

    element = getattr(elements, CLASSES[symbol.kind])()
    ends = [_up(symbol.start), _up(symbol.end)]
    if symbol.kind in REVERSED:
        ends.reverse()
    element.endpoints(*ends).color(symbol.colour).scale(SCALE)
    if symbol.is_flipped:
        element.flip()
    for segment in element.segments:
        if getattr(segment, "fill", None) == "black":  # the bar of a memristor
            segment.fill = symbol.colour
    if symbol.kind in FILLED:
        element.fill(symbol.colour if symbol.kind == "diode" else PAPER)
    return element


def _up(point: tuple[float, float]) -> tuple[float, float]:
    """Return a point as schemdraw takes it, whose heights grow upwards."""
    return point[0], -point[1]


class _Flat:
    """One element that holds everything beside the symbols of schemdraw."""

    def __init__(self) -> None:
        from schemdraw import segments
        from schemdraw.elements import Element

        self.element, self._made = Element(), segments
        self.element.at((0, 0))
        self.element.theta(0)

    def _line(self, points: Any, **style: Any) -> None:
        path = [_up(point) for point in points]
        self.element.segments.append(self._made.Segment(path, **style))

    def _polygon(self, points: Any, **style: Any) -> None:
        path = [_up(point) for point in points]
        self.element.segments.append(self._made.SegmentPoly(path, **style))

    def paper(self, corners: Corners) -> None:
        """Fill the sheet."""
        self._polygon(_box(corners), fill=PAPER, color=PAPER, lw=0.1, zorder=-1)

    def add(self, part: Part) -> None:
        """Draw a part."""
        match part:
            case Wire(points=points, colour=colour, width=width):
                self._line(points, color=colour, lw=width)
            case Dot(at=at, colour=colour):
                round_ = self._made.SegmentCircle(_up(at), 0.07, color=colour, fill=colour)
                self.element.segments.append(round_)
            case Frame(corners=corners, colour=colour):
                self._polygon(_box(corners), color=colour, fill=PAPER, lw=LINE_WIDTH, zorder=0)
            case Ground(at=(x, y)):
                self._line([(x, y), (x, y + 0.2)], color=INK)
                for k, half in enumerate((0.28, 0.18, 0.08)):
                    level = y + 0.2 + 0.1 * k
                    self._line([(x - half, level), (x + half, level)], color=INK)
            case Text():
                self._text(part)
            case Symbol():
                self._own_symbol(part)

    def _text(self, text: Text) -> None:
        align = (BETWEEN[text.anchor], "center")
        what = text.what.replace("$", DOLLAR).replace("&", AMPERSAND)
        segment = self._made.SegmentText(
            _up(text.at), what, align, color=text.colour, fontsize=text.size
        )
        self.element.segments.append(segment)

    def _own_symbol(self, symbol: Symbol) -> None:
        match symbol.kind:
            case "amplifier" | "back":
                self._triangle(symbol)
            case "diode_pair":
                self._pair(symbol)
            case "box":
                self._square(symbol)

    def _triangle(self, symbol: Symbol) -> None:
        """Draw a triangle that points from start to end, with its gain in it."""
        (x, y), (end, _) = symbol.start, symbol.end
        way = 1 if end > x else -1
        is_forward = symbol.kind == "amplifier"
        near = x + way * (0.2 if is_forward else 0.0)
        far = end - way * (0.2 if is_forward else 0.0)
        half = 0.5 if is_forward else 0.27
        for lead in ([(x, y), (near, y)], [(far, y), (end, y)]):
            self._line(lead, color=symbol.colour, lw=LINE_WIDTH)
        corners = [(near, y - half), (near, y + half), (far, y)]
        self._polygon(corners, color=symbol.colour, fill=PAPER, lw=LINE_WIDTH)
        if is_forward:
            self._text(Text((near + 0.08, y), symbol.text, "start", symbol.colour, 8.0))
        else:
            at = (near + far) / 2, y + 0.42
            self._text(Text(at, symbol.text, "middle", symbol.colour, 8.0))

    def _square(self, symbol: Symbol) -> None:
        """Draw a square with two leads, which is any device of two terminals."""
        at = _beside(symbol)
        style: dict[str, Any] = {"color": symbol.colour, "lw": LINE_WIDTH}
        self._line([symbol.start, at(-0.3, 0.0)], **style)
        self._line([at(0.3, 0.0), symbol.end], **style)
        corners = [at(-0.3, -0.3), at(0.3, -0.3), at(0.3, 0.3), at(-0.3, 0.3)]
        self._polygon(corners, fill=PAPER, **style)
        # A bar where the current enters, as of a diode's anode.
        self._line([at(-0.2, -0.3), at(-0.2, 0.3)], **style)

    def _pair(self, symbol: Symbol) -> None:
        """Draw two diodes side by side, one each way."""
        at = _beside(symbol)
        style: dict[str, Any] = {"color": symbol.colour, "lw": LINE_WIDTH}
        for sign, side in ((1, 0.24), (-1, -0.24)):
            self._line([at(-0.35, side), at(0.35, side)], **style)
            corners = [at(-0.17 * sign, side - 0.17), at(-0.17 * sign, side + 0.17)]
            self._polygon([*corners, at(0.17 * sign, side)], fill=symbol.colour, **style)
            self._line([at(0.17 * sign, side - 0.17), at(0.17 * sign, side + 0.17)], **style)
        for forward, outer in ((-0.35, symbol.start), (0.35, symbol.end)):
            self._line([at(forward, -0.24), at(forward, 0.24)], **style)
            self._line([at(forward, 0.0), outer], **style)


def _beside(symbol: Symbol) -> Callable[[float, float], tuple[float, float]]:
    """Return places around the middle of a symbol: so far along its way, so far beside it."""
    (x, y), (end_x, end_y) = symbol.start, symbol.end
    length = ((end_x - x) ** 2 + (end_y - y) ** 2) ** 0.5
    along = (end_x - x) / length, (end_y - y) / length
    middle = (x + end_x) / 2, (y + end_y) / 2

    def at(forward: float, side: float) -> tuple[float, float]:
        return (
            middle[0] + along[0] * forward - along[1] * side,
            middle[1] + along[1] * forward + along[0] * side,
        )

    return at


def _box(corners: Corners) -> list[tuple[float, float]]:
    left, top, right, bottom = corners
    return [(left, top), (right, top), (right, bottom), (left, bottom)]
