"""Devices from nodes that pass on to ground, or to a rail that a source holds."""

from collections.abc import Iterator
from typing import final

import attrs
import numpy as np

from ebana_core.circuit import GROUND
from ebana_core.schematics.block import MARGIN, Block, Heights
from ebana_core.schematics.numbers import engineering
from ebana_core.schematics.parts import (
    BLUE,
    LINE_WIDTH,
    SMALL,
    Dot,
    Ground,
    Part,
    Symbol,
    Text,
    Wire,
    text_width,
)
from ebana_core.schematics.sources import Rails

LENGTH = 1.1
"""Of a device with its leads."""
TAP = MARGIN + 0.55
"""Where the devices hang."""
LABEL = 0.55
"""From there to what is written beside them."""


@final
@attrs.frozen(eq=False)
class Shunts(Block):
    """A device below every wire that passes.

    Args:
        rails: The sources behind the devices; None: ground, or the bounds of ideal diodes.
    """

    rails: Rails | None = None

    @property
    def _has_one_rail(self) -> bool:
        return self.rails is not None and len(self.rails.nodes) == 1

    @property
    def below(self) -> float:  # type: ignore[override]  # it follows the rails
        return 3.1 if self._has_one_rail else 1.75

    @property
    def _far(self) -> float:
        """Where the rail stands, right of the labels."""
        return TAP + LABEL + 0.2 + self._label_width()

    def _label_width(self) -> float:
        labels = [label for _, label, _ in self._devices()]
        if self.devices.symbol == "ideal_diode":
            labels = [self._bound(node) for node in self.lefts]
        return max((text_width(label, SMALL) for label in labels), default=0.0)

    @property
    def inner_width(self) -> float:
        if self.rails is None:
            return self._far + 0.2
        labels = [self.rails.label(node) for node in self.rails.nodes]
        wide = max(text_width(label, SMALL) for label in labels)
        return self._far + wide + (0.75 if self._has_one_rail else 2.4)

    def _devices(self) -> Iterator[tuple[int, str, bool]]:
        """Yield node, label, and whether its head is at the node, of every device drawn."""
        devices = self.devices
        far = {GROUND} if self.rails is None else set(self.rails.nodes)
        wanted = set(self.lefts)
        ends = zip(devices.heads.tolist(), devices.tails.tolist(), strict=True)
        for k, (head, tail) in enumerate(ends):
            is_head = tail in far
            if (node := head if is_head else tail) in wanted:
                yield node, devices.label(k), is_head

    def _bound(self, node: int) -> str:
        """Return the voltage at which the ideal diode of a node holds it."""
        bounds, devices = self.devices.numbers["bound"], self.devices
        places = np.flatnonzero((devices.heads == node) | (devices.tails == node))
        return "" if bounds is None else engineering(float(bounds[places[0]]), "V")

    def _far_nodes(self) -> dict[int, int]:
        """Return the node behind the device of every node."""
        far = set(self.rails.nodes) if self.rails else {GROUND}
        ends = zip(self.devices.heads.tolist(), self.devices.tails.tolist(), strict=True)
        return dict((head, tail) if tail in far else (tail, head) for head, tail in ends)

    def draw(self, lefts: Heights, rights: Heights) -> Iterator[Part]:
        heights, far = dict(zip(self.lefts, lefts, strict=True)), self._far_nodes()
        for node, y in heights.items():
            yield Wire(((0.0, y), (self.width if node in self.rights else TAP, y)))
        for node, label, is_head in self._devices():
            y = heights[node]
            near, end = (TAP, y), (TAP, y + LENGTH)
            start, stop = (near, end) if is_head else (end, near)
            devices = self.devices
            yield Symbol(devices.symbol, start, stop, devices.element, devices.colour)
            if node in self.rights:
                yield Dot(near)
            if label:
                at = TAP + LABEL, y + LENGTH / 2
                yield Text(at, label, "start", devices.colour, SMALL)
            yield from self._ended(end, node, far[node])
        if self._has_one_rail:
            yield from self._common([y + LENGTH for y in lefts])
        yield from self.gaps(self.lefts, lefts, MARGIN / 2)

    def _ended(self, end: tuple[float, float], node: int, far: int) -> Iterator[Part]:
        """Yield what is at the far end of a device."""
        if self.devices.symbol == "ideal_diode":
            x, y = end
            yield Wire(((x - 0.3, y), (x + 0.3, y)), width=2 * LINE_WIDTH)
            yield Text((x + 0.4, y), self._bound(node), "start", BLUE, SMALL)
            return
        if self.rails is None:
            yield Ground(end)
            return
        yield Wire((end, (self._far, end[1])))
        if not self._has_one_rail:
            start, stop = (self._far, end[1]), (self._far + 1.1, end[1])
            yield Symbol("voltage_source", start, stop, self.rails.element, self.rails.colour)
            yield Wire((stop, (stop[0] + 0.3, end[1])))
            yield Ground((stop[0] + 0.3, end[1]))
            at = stop[0] + 0.7, end[1]
            yield Text(at, self.rails.label(far), "start", self.rails.colour, SMALL)

    def _common(self, ends: list[float]) -> Iterator[Part]:
        """Yield the wire that joins the far ends, and its source."""
        assert self.rails is not None
        x, bottom = self._far, ends[-1] + 0.2
        yield Wire(((x, ends[0]), (x, bottom)))
        yield from (Dot((x, y)) for y in ends[1:])
        stop = (x, bottom + 1.1)
        yield Symbol("voltage_source", (x, bottom), stop, self.rails.element, self.rails.colour)
        yield Ground(stop)
        label = self.rails.label(self.rails.nodes[0])
        yield Text((x + 0.6, bottom + 0.55), label, "start", self.rails.colour, SMALL)
