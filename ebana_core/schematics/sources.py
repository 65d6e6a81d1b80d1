"""Voltage sources between ground and nodes that they drive."""

from collections.abc import Iterator
from typing import final

import attrs
import numpy as np

from ebana_core.arrays import Array
from ebana_core.schematics.block import MARGIN, PITCH, Block, Heights
from ebana_core.schematics.numbers import engineering
from ebana_core.schematics.parts import (
    BLUE,
    ORANGE,
    SMALL,
    Ground,
    Part,
    Symbol,
    Text,
    Wire,
    text_width,
)

LENGTH = 1.1
"""Of a source with its leads."""


@final
@attrs.frozen(eq=False)
class Sources(Block):
    """A source from ground to every node, lying on its side with its plus at the node."""

    below = 0.75

    @property
    def inner_width(self) -> float:
        return MARGIN + 0.4 + LENGTH + max(self.name_width(), self._label_width()) + 0.15

    @property
    def centre(self) -> float:
        return MARGIN + 0.4 + LENGTH / 2

    def _label_width(self) -> float:
        return max((text_width(text, SMALL) for text in self._labels()), default=0.0)

    def _labels(self) -> list[str]:
        return [self.devices.label(place) for place in self._places()]

    def _places(self) -> list[int]:
        heads = self.devices.heads.tolist()
        return [heads.index(node) for node in self.rights]

    def draw(self, lefts: Heights, rights: Heights) -> Iterator[Part]:
        x = MARGIN + 0.4
        end = x + LENGTH
        colour = ORANGE if self.devices.is_trained else BLUE
        for y, label in zip(rights, self._labels(), strict=True):
            yield Symbol("voltage_source", (end, y), (x, y), self.devices.element, colour)
            yield Wire(((x, y), (MARGIN + 0.2, y), (MARGIN + 0.2, y + 0.25)))
            yield Ground((MARGIN + 0.2, y + 0.25))
            if label:
                yield Text((self.width - 0.05, y + 0.24), label, "end", colour, SMALL)
        yield from self.named(rights, end)
        yield from self.gaps(self.rights, rights, x + LENGTH / 2)

    def right_heights(self, lefts: Heights) -> list[float]:
        return [PITCH * k for k in range(len(self.rights))]


@attrs.frozen(eq=False)
class Rails:
    """Sources that only one row of devices leads to, drawn with it.

    Args:
        element: Name of the sources.
        nodes: The nodes that they hold.
        voltages: V; None: not known.
        is_trained: Learning changes them.
    """

    element: str
    nodes: tuple[int, ...]
    voltages: Array | None
    is_trained: bool

    @property
    def colour(self) -> str:
        """Of the sources."""
        return ORANGE if self.is_trained else BLUE

    def label(self, node: int) -> str:
        """Return the voltage of one of the nodes; empty: it is not known."""
        if self.voltages is None:
            return ""
        voltages = np.broadcast_to(self.voltages, (len(self.nodes),))
        return engineering(float(voltages[self.nodes.index(node)]), "V")
