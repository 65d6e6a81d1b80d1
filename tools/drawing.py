"""Drawings of circuits as SVG: parts along wires, labels, arrows, in one palette.

Every drawing brings its own light paper, so that it reads the same on light and dark pages.
"""

from html import escape

INK, PAPER = "#1b1b1b", "#fbfaf7"
BLUE, ORANGE, GREEN, PURPLE = "#0072b2", "#d55e00", "#007a59", "#a8478a"
"""Of Okabe and Ito's palette; green and purple a little darker, for text on paper."""
SIZE = 15
"""Of letters, px."""


class Drawing:
    """A picture that grows part by part; coordinates are pixels from its upper left corner."""

    def __init__(self, width: int, height: int, says: str) -> None:
        self.width, self.height, self.says = width, height, says
        self.texts: list[tuple[float, float, str, str, int]] = []
        self._parts: list[str] = []

    def __str__(self) -> str:
        head = (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {self.width} {self.height}" '
            f'role="img" font-family="sans-serif" font-size="{SIZE}" stroke-linecap="round">\n'
            f"<title>{escape(self.says)}</title>\n"
            f'<rect width="{self.width}" height="{self.height}" rx="10" fill="{PAPER}"/>'
        )
        return "\n".join([head, *self._parts, "</svg>"]) + "\n"

    def wire(self, *points: tuple[float, float], colour: str = INK, width: float = 2) -> None:
        """Draw a wire through points."""
        way = " ".join(f"{x:g},{y:g}" for x, y in points)
        self._parts.append(
            f'<polyline points="{way}" fill="none" stroke="{colour}" stroke-width="{width:g}"/>'
        )

    def part(self, name: str, x: float, y: float, turn: float = 0, colour: str = INK) -> None:
        """Draw a part of `PARTS` around a point, turned by degrees."""
        style = f'fill="none" stroke="{colour}" stroke-width="2" color="{colour}"'
        place = f'transform="translate({x:g} {y:g}) rotate({turn:g})"'
        self._parts.append(f"<g {place} {style}>{PARTS[name]}</g>")

    def dot(self, x: float, y: float, colour: str = INK, radius: float = 4) -> None:
        """Draw a node."""
        self._parts.append(f'<circle cx="{x:g}" cy="{y:g}" r="{radius:g}" fill="{colour}"/>')

    def box(self, x: float, y: float, width: float, height: float, colour: str) -> None:
        """Draw a frame of dashes."""
        self._parts.append(
            f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="8" fill="none" '
            f'stroke="{colour}" stroke-width="1.5" stroke-dasharray="6 4"/>'
        )

    def text(
        self, x: float, y: float, what: str, colour: str = INK, anchor: str = "start",
        size: int = SIZE,
    ) -> None:  # fmt: skip
        """Write a line, whose baseline begins, ends or has its middle at the point."""
        self.texts.append((x, y, what, anchor, size))
        end = "" if anchor == "start" else f' text-anchor="{anchor}"'
        end += "" if size == SIZE else f' font-size="{size}"'
        self._parts.append(f'<text x="{x:g}" y="{y:g}" fill="{colour}"{end}>{escape(what)}</text>')

    def arrow(self, x: float, y: float, dx: float, dy: float, colour: str = INK) -> None:
        """Draw an arrow from a point by a way along one axis."""
        self.wire((x, y), (x + dx, y + dy), colour=colour)
        turn = {(1, 0): 0, (-1, 0): 180, (0, 1): 90, (0, -1): 270}[_sign(dx), _sign(dy)]
        self._parts.append(
            f'<path d="M0 0 L-9 -5 L-9 5 Z" fill="{colour}" '
            f'transform="translate({x + dx:g} {y + dy:g}) rotate({turn})"/>'
        )

    def source(self, x: float, y: float, label: str, colour: str = INK) -> None:
        """Draw a voltage source from ground up to a point, its label on the left."""
        self.part("source", x, y + 30, colour=colour)
        self.part("ground", x, y + 60)
        self.text(x - 24, y + 35, label, colour, "end")

    def resistor(
        self, start: tuple[float, float], end: tuple[float, float], label: str = "",
        colour: str = INK,
    ) -> None:  # fmt: skip
        """Draw a resistor in the middle of a level wire, its label above."""
        (x, y), (right, _) = start, end
        middle = (x + right) / 2
        self.wire(start, (middle - 25, y), colour=colour)
        self.wire((middle + 25, y), end, colour=colour)
        self.part("resistor", middle, y, colour=colour)
        if label:
            self.text(middle, y - 14, label, colour, "middle")


def _sign(number: float) -> int:
    return (number > 0) - (number < 0)


PARTS = {
    "resistor": '<rect x="-25" y="-8" width="50" height="16"/>',
    "source": (
        '<path d="M0 -30 V-17 M0 17 V30"/><circle r="17"/><path d="M-5 -7 H5 M0 -12 V-2 M-5 9 H5"/>'
    ),
    "current": (
        '<path d="M0 -30 V-17 M0 17 V30"/><circle r="17"/><path d="M0 9 V-5"/>'
        '<path d="M0 -11 L-5 -2 H5 Z" fill="currentColor"/>'
    ),
    "ground": '<path d="M0 0 V8 M-13 8 H13 M-8 13 H8 M-3 18 H3"/>',
    "diode": (
        '<path d="M-25 0 H-9 M9 0 H25 M9 -10 V10"/>'
        '<path d="M-9 -10 V10 L9 0 Z" fill="currentColor"/>'
    ),
    "amplifier": '<path d="M-22 -24 V24 L22 0 Z"/>',
}
"""Part to its strokes around a point, its way along the x axis (sources: upwards)."""
