"""A branch of a web: a device on a line between two nodes, and where its label may stand."""

from collections.abc import Iterator

import attrs
import numpy as np

from ebana_core.arrays import Array
from ebana_core.schematics.devices import Devices
from ebana_core.schematics.parts import SMALL, Part, Point, Symbol, Wire, text_width

HALF = 0.6
"""Half of a device with its leads."""
GATE = 0.67
"""From the middle of a transistor to the end of its gate."""
GATED = ("nmos", "pmos")
BESIDE = {"box": 0.42, "potentiometer": 0.45}
"""From the middle of a symbol to its label, where it is wider than most."""


@attrs.frozen(eq=False)
class Branch:
    """A device between two nodes.

    Args:
        kind: A word of `SYMBOLS`.
        label: What differs; empty: nothing.
        start: Place of its head.
        end: Place of its tail.
        aside: How far to the right of the straight way the device stands.
    """

    kind: str
    label: str
    start: Array
    end: Array
    aside: float

    @property
    def _way(self) -> Array:
        return np.asarray((self.end - self.start) / np.linalg.norm(self.end - self.start))

    @property
    def _right(self) -> Array:
        """Perpendicular to its way; schemdraw has gates of n channels there."""
        return np.array([-self._way[1], self._way[0]])

    @property
    def _gate(self) -> Array:
        """Way from the middle to the end of a gate; that of schemdraw's p channel runs back."""
        return (-GATE if self.kind == "pmos" else GATE) * self._right

    @property
    def _middle(self) -> Array:
        return np.asarray((self.start + self.end) / 2 + self._right * self.aside)

    @property
    def _ends(self) -> tuple[Array, Array]:
        return self._middle - HALF * self._way, self._middle + HALF * self._way

    @property
    def lines(self) -> Iterator[tuple[Point, Point]]:
        """What it covers, as lines."""
        one, two = self._ends
        yield point(self.start), point(one)
        yield point(two), point(self.end)
        reach = self._right * 0.18
        for side in (-1, 0, 1):
            yield point(one + side * reach), point(two + side * reach)
        if self.kind in GATED:
            for along in (-0.3, 0.0, 0.3):
                foot = self._middle + along * self._way
                yield point(foot), point(foot + self._gate)

    def draw(self, devices: Devices) -> Iterator[Part]:
        """Yield its parts."""
        one, two = map(point, self._ends)
        yield Wire((point(self.start), one))
        yield Wire((two, point(self.end)))
        yield Symbol(self.kind, one, two, devices.element, devices.colour)

    def label_places(self) -> list[Point]:
        """Return where its label may stand, the best first."""
        right = self._right
        room = abs(right[0]) * text_width(self.label, SMALL) / 2 + abs(right[1]) * 0.15
        near, gate = room + BESIDE.get(self.kind, 0.28), -1.0 if self.kind == "pmos" else 1.0
        far = near + (GATE - 0.23 if self.kind in GATED else 0.0)
        return [
            point(self._middle + side * reach * right + along * self._way)
            for side, reach in ((gate, far), (-gate, near), (gate, near), (-gate, far))
            for along in (0.0, -0.35, 0.35, -0.7, 0.7)
        ]


def point(place: Array) -> Point:
    """Return a place as parts take it."""
    return float(place[0]), float(place[1])
