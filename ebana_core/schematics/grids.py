"""Crossbars: a device from every row to every column, each with its symbol."""

from collections.abc import Iterator
from itertools import pairwise
from typing import final

import attrs
import numpy as np

from ebana_core.circuit import Crossbar
from ebana_core.derived import derived
from ebana_core.schematics.block import MARGIN, Block, Heights
from ebana_core.schematics.parts import SMALL, Dot, Part, Symbol, Text, Wire, text_width

CELL = 0.95
WIDE_CELL = 1.2
"""How far a device reaches along its row, and up its column; and one with a gate."""
METAL = 0.95
"""Length of a segment's resistance."""
LANE = 0.28
"""Between the wires that lead from columns to pins."""


@attrs.frozen(eq=False)
class Grid(Block):
    """Rows from the left, columns that leave at the top.

    Args:
        places: Number of the device between each row and column, in their order. Shape
            ``(n_rows, n_columns)``.
    """

    places: tuple[tuple[int, ...], ...]

    longest: float = derived(lambda own: own._longest())
    """Width of the longest label."""

    @property
    def _reach(self) -> float:
        """How far a device reaches along its row, and up its column."""
        return WIDE_CELL if self._has_gates else CELL

    @property
    def _has_gates(self) -> bool:
        return self.devices.symbol in ("nmos", "pmos")

    @property
    def _cell(self) -> float:
        """Width of a column with its labels."""
        return self._reach + 0.2 + self.longest * (1.0 if self._has_gates else 0.85)

    def _longest(self) -> float:
        labels = [self._label(i, j) for i, j in np.ndindex(self._shape)]
        return max(text_width(label, SMALL) for label in labels)

    @property
    def _shape(self) -> tuple[int, int]:
        return len(self.places), len(self.places[0])

    def _label(self, row: int, column: int) -> str:
        number, devices = self.places[row][column], self.devices
        if isinstance(devices.topology, Crossbar):
            place = np.unravel_index(number, devices.topology.shape)
            return devices.label((int(place[0]), int(place[1])))
        return devices.label(number)

    @property
    def inner_width(self) -> float:
        n_columns = self._shape[1]
        return 2 * MARGIN + self._cell * n_columns + LANE * (n_columns + 1) + self.name_width()

    @property
    def centre(self) -> float:
        return MARGIN + self._cell * self._shape[1] / 2

    def above(self, lefts: Heights, rights: Heights) -> float:
        return min(self._top(lefts), *rights) - 0.6

    def _top(self, lefts: Heights) -> float:
        """Return where the column nearest to the pins turns towards them."""
        return lefts[0] - self._reach - 0.35 - LANE * (self._shape[1] - 1)

    def draw(self, lefts: Heights, rights: Heights) -> Iterator[Part]:
        n_rows, n_columns = self._shape
        columns = [MARGIN + self._cell * (j + 1) for j in range(n_columns)]
        yield from self._rows(columns, lefts)
        for i, j in np.ndindex(n_rows, n_columns):
            yield from self._device(columns[j], lefts[i], self._label(i, j))
        yield from self._leaving(columns, lefts, rights)

    def _rows(self, columns: list[float], lefts: Heights) -> Iterator[Part]:
        """Yield the rows, from their pins to their last devices."""
        for y in lefts:
            yield Wire(((0.0, y), (columns[-1] - self._reach, y)))

    def _device(self, x: float, y: float, label: str) -> Iterator[Part]:
        devices = self.devices
        start, end = (x - self._reach, y), (x, y - self._reach)
        # Gates point to the upper left, where nothing else is.
        is_flipped = devices.symbol == "nmos"
        yield Symbol(devices.symbol, start, end, devices.element, devices.colour, "", is_flipped)
        yield Dot(start)
        yield Dot(end)
        if label:
            aside = 0.98 if self._has_gates else 0.72
            at = x - aside * self._reach, y - 0.82 * self._reach
            yield Text(at, label, "end", devices.colour, SMALL)

    def _leaving(self, columns: list[float], lefts: Heights, rights: Heights) -> Iterator[Part]:
        """Yield the columns, over the top of the crossbar and down to their pins."""
        n, right = len(columns), columns[-1] + LANE
        for j, (x, y) in enumerate(zip(columns, rights, strict=True)):
            top = self._top(lefts) + LANE * j
            # Each goes round those after it: no two cross.
            way_down = right + LANE * (n - 1 - j)
            start = lefts[-1] - self._reach
            yield Wire(((x, start), (x, top), (way_down, top), (way_down, y), (self.width, y)))
        yield from self._names(rights)

    def _names(self, rights: Heights) -> Iterator[Part]:
        return (part for part in self.named(rights, self.width) if isinstance(part, Text))


@final
@attrs.frozen(eq=False)
class WiredGrid(Grid):
    """A crossbar with a resistance before each cell of a row, and behind each of a column.

    Its columns leave at the bottom, behind their last row.
    """

    pitch = 2.3

    @property
    def _cell(self) -> float:
        return super()._cell + (0.5 if "row" in self.wires else 0.0)

    @property
    def below(self) -> float:  # type: ignore[override]  # it follows the columns
        return 1.7 + LANE * self._shape[1]

    def bottom(self, lefts: Heights, rights: Heights) -> float:
        return max(lefts[-1] + self.below, rights[-1] + 0.5)

    def above(self, lefts: Heights, rights: Heights) -> float:
        return min(lefts[0] - self._reach, *rights) - 0.5

    def _rows(self, columns: list[float], lefts: Heights) -> Iterator[Part]:
        if "row" not in self.wires:
            yield from super()._rows(columns, lefts)
            return
        for y in lefts:
            before = 0.0
            for x in columns:
                end = x - self._reach - 0.05
                yield Wire(((before, y), (end - METAL, y)))
                yield Symbol("resistor", (end - METAL, y), (end, y), self.wires["row"].element)
                before = end
            yield Wire(((before, y), (columns[-1] - self._reach, y)))

    def _leaving(self, columns: list[float], lefts: Heights, rights: Heights) -> Iterator[Part]:
        n, right = len(columns), columns[-1] + 0.5
        first = lefts[-1] + self.pitch - self._reach
        for j, (x, y) in enumerate(zip(columns, rights, strict=True)):
            yield from self._column(x, lefts)
            level, way_up = first + LANE * (n - j), right + LANE * (n - 1 - j)
            yield Wire(((x, first), (x, level), (way_up, level), (way_up, y), (self.width, y)))
        yield from self._names(rights)

    def _column(self, x: float, lefts: Heights) -> Iterator[Part]:
        """Yield a column, as far as behind its last cell."""
        starts = [y - self._reach for y in (*lefts, lefts[-1] + self.pitch)]
        for start, stop in pairwise(starts):
            end = stop - 0.1
            if "column" in self.wires:
                yield Wire(((x, start), (x, end - METAL)))
                element = self.wires["column"].element
                yield Symbol("resistor", (x, end - METAL), (x, end), element)
                yield Wire(((x, end), (x, stop)))
            else:
                yield Wire(((x, start), (x, stop)))
