"""Boxes: many devices under one label, and devices of several terminals with their pins."""

from collections.abc import Iterator
from typing import final

import attrs
import numpy as np

from ebana_core.circuit import GROUND, Crossbar
from ebana_core.circuit.tiles import Tiles
from ebana_core.derived import derived
from ebana_core.schematics.block import MARGIN, Block, Heights
from ebana_core.schematics.parts import (
    INK,
    PALE,
    SIZE,
    SMALL,
    Frame,
    Ground,
    Part,
    Symbol,
    Text,
    Wire,
    text_width,
)

LEAST_WIDTH = 1.9
"""Of a box."""


@final
@attrs.frozen(eq=False)
class Many(Block):
    """One box for devices that are too many to draw."""

    pitch = 0.8

    says: list[str] = derived(lambda own: own._says())
    """The lines in the box."""

    def _says(self) -> list[str]:
        topology, devices = self.devices.topology, self.devices
        n_rows, n_columns = (len(np.unique(ends)) for ends in (devices.heads, devices.tails))
        if isinstance(topology, Tiles):
            n, rows = topology.rows.shape
            inner = f"{rows} × {topology.columns.shape[1]}"
            lines = [f"{n:,} windows", f"of {inner} {devices.noun}"]
        elif isinstance(topology, Crossbar):
            lines = [" × ".join(f"{n:,}" for n in topology.shape), devices.noun]
        elif devices.terminals is None and devices.n == n_rows * n_columns:
            lines = [f"{n_rows:,} × {n_columns:,}", devices.noun]
        else:
            lines = [self.count, f"at {len(devices.nodes):,} nodes"]
        return [*lines, *self.told]

    @property
    def caption(self) -> list[str]:
        return [line for line in super().caption if line not in self.says]

    @property
    def _box_width(self) -> float:
        return max(LEAST_WIDTH, 0.5 + max(map(text_width, self.says)))

    @property
    def inner_width(self) -> float:
        return self._box_width + 2 * MARGIN + 0.2 + self.name_width()

    @property
    def centre(self) -> float:
        return MARGIN + self._box_width / 2

    def _edges(self, lefts: Heights, rights: Heights) -> tuple[float, float]:
        ends = [*lefts, *rights] or [0.0]
        middle, half = (min(ends) + max(ends)) / 2, 0.2 * len(self.says) + 0.55
        return min(min(ends) - 0.45, middle - half), max(max(ends) + 0.45, middle + half)

    def above(self, lefts: Heights, rights: Heights) -> float:
        return self._edges(lefts, rights)[0] - 0.2

    def bottom(self, lefts: Heights, rights: Heights) -> float:
        return self._edges(lefts, rights)[1] + 0.2

    def draw(self, lefts: Heights, rights: Heights) -> Iterator[Part]:
        top, bottom = self._edges(lefts, rights)
        left, right = MARGIN, MARGIN + self._box_width
        colour = self.devices.colour
        yield Frame((left, top, right, bottom), colour)
        yield from (Wire(((0.0, y), (left, y))) for y in lefts)
        yield from self.named(rights, right)
        x, middle = (left + right) / 2, (top + bottom) / 2
        first = middle + 0.3 - 0.2 * (len(self.says) - 1)
        yield Symbol(
            self.devices.symbol, (x - 0.6, first - 0.6), (x + 0.6, first - 0.6), "", colour
        )
        for k, line in enumerate(self.says):
            yield Text((x, first + 0.4 * k), line, "middle", INK, SIZE if k == 0 else SMALL)
        yield from self.gaps(self.lefts, lefts, left / 2)
        yield from self.gaps(self.rights, rights, right + MARGIN / 2)


@final
@attrs.frozen(eq=False)
class Boxes(Block):
    """A box with pins for every device of several terminals.

    Args:
        shown: Numbers of the devices that are drawn; their pins follow each other.
    """

    shown: tuple[int, ...]

    pitch = 0.7

    @property
    def below(self) -> float:  # type: ignore[override]  # it follows the terminals
        terminals = self.devices.terminals
        return 1.2 if terminals is not None and (terminals == GROUND).any() else 0.55

    def _rows(self, place: int) -> tuple[list[tuple[int, str]], list[tuple[int, str]], list[str]]:
        """Return pins on the left and on the right, and names of the terminals at ground."""
        devices = self.devices
        assert devices.terminals is not None
        lefts, rights, grounded = [], [], []
        for node, name in zip(
            devices.terminals[place].tolist(), devices.terminal_names, strict=True
        ):
            if node == GROUND:
                grounded.append(name)
            elif node in self.rights:
                rights.append((node, name))
            else:
                lefts.append((node, name))
        return lefts, rights, grounded

    @property
    def inner_width(self) -> float:
        return self._box_width + 2 * MARGIN + 0.2 + self.name_width()

    @property
    def _box_width(self) -> float:
        names = [text_width(name, SMALL) for name in self.devices.terminal_names]
        return max(LEAST_WIDTH, 2 * max(names) + 0.6, text_width(self.devices.title) + 0.4)

    @property
    def centre(self) -> float:
        return MARGIN + self._box_width / 2

    def left_heights(self, wanted: Heights) -> list[float]:
        heights: list[float] = []
        for place in self.shown:
            left, right, _ = self._rows(place)
            # A box is as high as its longer side, with room for its title.
            more = self.pitch * max(len(right) - len(left), 0) / 2
            for k in range(len(left)):
                y = wanted[len(heights)]
                if k == 0:
                    lowest = heights[-1] + 1.5 + more if heights else y
                    heights.append(max(y, lowest))
                else:
                    heights.append(heights[-1] + self.pitch)
        return heights

    def right_heights(self, lefts: Heights) -> list[float]:
        known: dict[int, float] = {}
        cursor, last = 0, -1e9
        for place in self.shown:
            left, right, _ = self._rows(place)
            own = lefts[cursor : cursor + len(left)]
            cursor += len(left)
            middle = (own[0] + own[-1]) / 2 if own else last + 2
            first = max(middle - self.pitch * (len(right) - 1) / 2, last + 1.4)
            known |= {node: first + self.pitch * k for k, (node, _) in enumerate(right)}
            last = max([*own, first + self.pitch * (len(right) - 1)])
        return [known[node] for node in self.rights]

    def draw(self, lefts: Heights, rights: Heights) -> Iterator[Part]:
        at_right = dict(zip(self.rights, rights, strict=True))
        box_left, box_right, cursor = MARGIN, MARGIN + self._box_width, 0
        devices = self.devices
        for place in self.shown:
            left, right, grounded = self._rows(place)
            pins = [(y, name) for y, (_, name) in zip(lefts[cursor:], left, strict=False)]
            cursor += len(left)
            outs = [(at_right[node], name) for node, name in right]
            ends = [y for y, _ in (*pins, *outs)]
            top, bottom = min(ends) - 0.75, max(ends) + (0.55 if grounded else 0.3)
            yield Frame((box_left, top, box_right, bottom), devices.colour)
            middle = (box_left + box_right) / 2
            yield Symbol("frame", (middle, top), (middle, bottom), devices.element)
            yield Text((middle, top + 0.25), self.devices.title, "middle", devices.colour)
            for y, name in pins:
                yield Wire(((0.0, y), (box_left, y)))
                yield Text((box_left + 0.1, y), name, "start", PALE, SMALL)
            for y, name in outs:
                yield Text((box_right - 0.1, y), name, "end", PALE, SMALL)
            if grounded:
                yield Text((middle, bottom - 0.2), ", ".join(grounded), "middle", PALE, SMALL)
                yield Ground((middle, bottom))
        yield from self.named(rights, box_right)
