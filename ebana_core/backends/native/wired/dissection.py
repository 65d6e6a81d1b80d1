"""A crossbar with wires, taken apart into patches and joined to what its ports conduct.

Each level joins neighbouring patches, first side by side, then one above the other; from single
cells to the whole crossbar that takes about N³ multiplications, where row by row it takes N⁴.

Source:
    George 1973, SIAM J. Numer. Anal. 10, 345 (nested dissection).
"""

from collections.abc import Mapping, Sequence
from typing import final

import attrs
import numpy as np

from ebana_core.arrays import Array
from ebana_core.backends.native.wired.joins import Join, Patches, Side, joined, opened

SMALLEST = 4
"""Side of the patches whose inner nodes are one product of their ports' voltages."""
PATCHES, LARGE = 8, 16
"""Patches along the longer side, and a side of each, at which they are no longer joined all
together, but one by one, which leaves out what lies beyond the edges."""
BESIDE, ROW, COLUMN, ABOVE = range(4)
"""Ports of a single cell: its own two nodes, and those that its segments lead to."""


@attrs.frozen(eq=False)
class _Tree:
    """How a patch was joined.

    Args:
        place: Of one of the equal patches in their grid; None: it was joined of others.
        join: How; None: it is one of the equal patches.
        parts: Of what.
    """

    place: tuple[int, int] | None = None
    join: Join | None = None
    parts: tuple["_Tree", ...] = ()

    def hand_down(self, voltages: Array, target: Array) -> None:
        """Write the voltages of the equal patches' ports, V.

        Args:
            voltages: Of this one's ports. Shape ``(1, n_ports, n_samples)``.
            target: Shape ``(*grid, n_ports_of_equals, n_samples)``.
        """
        if self.place is not None:
            target[self.place] = voltages[0]
        if self.join is not None:
            for part, own in zip(self.parts, self.join.split(voltages), strict=True):
                part.hand_down(own, target)


_Piece = tuple[Patches, _Tree]


@final
class Dissection:
    """What the ports of a crossbar conduct, and the voltages inside by those of its ports.

    The ports are the nodes before the rows, or the first ones in them, and the last nodes in the
    columns. What leads from there on may carry next to nothing, as at the end of a column that is
    open: it would be lost beside what all of the crossbar conducts.

    Args:
        cells: Conductances of the cells. Shape ``(n_rows, n_columns)``, S.
        row_wires: Of the segment before each cell. Same shape, S, above zero.
        column_wires: Of the segment behind each cell, likewise; the last ones lead out of it.
        begins_inside: The first nodes in the rows are ports; the first segments lead out of it.

    Attributes:
        between: What ports conduct to each other, rows first, then columns; 0 on the diagonal.
            Shape ``(n_rows + n_columns, n_rows + n_columns)``, S.
    """

    def __init__(
        self, cells: Array, row_wires: Array, column_wires: Array, *, begins_inside: bool
    ) -> None:
        self._shape, self._side = cells.shape, side_of_equals(cells.shape)
        # Segments beyond the edges, of any conductance, lead to nodes that carry nothing.
        column_wires = column_wires.take([0, *range(len(cells) - 1)], axis=0)
        if begins_inside:
            last = cells.shape[1] - 1
            row_wires = row_wires.take([*range(1, last + 1), last], axis=1)
        # Beyond the last column, and above the first row, where neither ports nor currents are.
        self._above, beyond = (-n % self._side for n in cells.shape)
        margin = (self._above, 0), (0, beyond)
        along, down = (np.pad(wire, margin, mode="edge") for wire in (row_wires, column_wires))
        self._levels: list[tuple[Join, int]] = []
        left, right = (ROW, BESIDE) if begins_inside else (BESIDE, ROW)
        sides: dict[Side, int] = {"left": left, "right": right, "top": ABOVE, "bottom": COLUMN}
        single = _single_cells(np.pad(cells, margin), along, down, sides)
        grid = self._grid(single, (len(cells) + self._above, cells.shape[1] + beyond))
        while len(grid) > 1 or len(grid[0]) > 1:
            grid = [_in_pairs(row, "right") for row in grid]
            columns = [_in_pairs(column, "bottom") for column in zip(*grid, strict=True)]
            grid = [list(row) for row in zip(*columns, strict=True)]
        whole, self._tree = grid[0][0]
        self._ports = np.concatenate([whole.sides["left"], whole.sides["bottom"]])
        self.between = whole.between[0][np.ix_(self._ports, self._ports)]

    def _grid(self, patches: Patches, shape: tuple[int, int]) -> list[list[_Piece]]:
        """Return the equal patches; those at the edges without ports that lead nowhere.

        Args:
            patches: The single cells.
            shape: Of their grid.
        """
        size = 1
        inner = np.zeros((len(patches.between), 2, 1, 1, patches.n_ports))
        inner[:, 0, ..., ROW] = inner[:, 1, ..., COLUMN] = 1.0
        while size < self._side:
            for axis in (1, 0):
                patches, join = _joined_along(patches, shape, axis)
                if size < SMALLEST:
                    inner = _inner_along(inner, join, shape, axis)
                else:
                    self._levels.append((join, axis))
                shape = (shape[0] // (2 - axis), shape[1] // (1 + axis))
            size *= 2
        self._inner, self._equals = inner, (*shape, patches.n_ports)
        return [[self._piece(patches, (i, j)) for j in range(shape[1])] for i in range(shape[0])]

    def _piece(self, equals: Patches, place: tuple[int, int]) -> _Piece:
        """Return one of the equal patches."""
        number = place[0] * self._equals[1] + place[1]
        own, tree = Patches(equals.between[[number]], equals.sides), _Tree(place)
        above = self._above if place[0] == 0 else 0
        n_columns = self._shape[1] - place[1] * self._side
        sides, none = own.sides, np.zeros(0, dtype=np.intp)
        floating = np.concatenate(
            [
                sides["right"][above:] if n_columns <= self._side else none,
                sides["top"][:n_columns] if place[0] == 0 else none,
            ]
        )
        left, right, top, bottom = sides.values()
        absent = left[:above], right[:above], top[n_columns:], bottom[n_columns:]
        beyond = np.concatenate(absent)
        if not len(floating) and not len(beyond):
            return own, tree
        patches, join = opened(own, floating, beyond)
        return patches, _Tree(None, join, (tree,))

    def inner(self, ports: Array) -> Array:
        """Return the voltages of row nodes and column nodes, V.

        Args:
            ports: Voltages of the ports, as in `between`. Shape ``(n_samples, n_ports)``, V.

        Returns:
            Shape ``(n_samples, 2, n_rows, n_columns)``: nodes of the rows first.
        """
        n_samples, shape = len(ports), self._equals[:2]
        voltages = np.zeros((*self._equals, n_samples))
        whole = np.empty((1, len(self._ports), n_samples))
        whole[0, self._ports] = ports.T
        self._tree.hand_down(whole, voltages)
        for join, axis in reversed(self._levels):
            parts = join.split(voltages.reshape(-1, *voltages.shape[2:]))
            shape = (shape[0] * (2 - axis), shape[1] * (1 + axis))
            voltages = np.empty((*shape, *parts[0].shape[1:]))
            for first, part in enumerate(parts):
                every = voltages[:, first::2] if axis else voltages[first::2]
                every[...] = part.reshape(every.shape)
        n, _, side, _, n_ports = self._inner.shape
        inner = self._inner.reshape(n, -1, n_ports) @ voltages.reshape(n, n_ports, n_samples)
        split = inner.reshape(*shape, 2, side, side, n_samples).transpose(5, 2, 0, 3, 1, 4)
        placed = split.reshape(n_samples, 2, shape[0] * side, shape[1] * side)
        return placed[:, :, self._above :, : self._shape[1]]


def side_of_equals(shape: tuple[int, ...]) -> int:
    """Return the side of the largest patches that are joined all together: a power of two."""
    side = SMALLEST
    while side < min(shape) and (side < LARGE or side * 2 * PATCHES <= max(shape)):
        side *= 2
    return side


def _single_cells(
    cells: Array, row_wires: Array, column_wires: Array, sides: Mapping[Side, int]
) -> Patches:
    """Return each cell with its two segments as a patch, whose ports stand at these sides."""
    between = np.zeros((cells.size, 4, 4))
    for one, conductance in ((BESIDE, row_wires), (ROW, cells), (COLUMN, column_wires)):
        between[:, one, one + 1] = between[:, one + 1, one] = conductance.reshape(-1)
    return Patches(between, {side: np.array([place]) for side, place in sides.items()})


def _joined_along(patches: Patches, shape: tuple[int, ...], axis: int) -> tuple[Patches, Join]:
    """Join each second patch of a grid to the one before it: in its row, or in its column."""
    first, second = _halves(patches.between, shape, axis)
    pair = Patches(first, patches.sides), Patches(second, patches.sides)
    return joined(*pair, "right" if axis else "bottom")


def _halves(array: Array, shape: tuple[int, ...], axis: int) -> tuple[Array, Array]:
    """Return what belongs to the patches of even numbers along an axis, and of odd ones."""
    grid = array.reshape(*shape, *array.shape[1:])
    halves = (grid[:, k::2] if axis else grid[k::2] for k in (0, 1))
    first, second = (half.reshape(-1, *array.shape[1:]) for half in halves)
    return first, second


def _inner_along(inner: Array, join: Join, shape: tuple[int, ...], axis: int) -> Array:
    """Return the inner nodes of joined patches by their ports."""
    result, begin = [], 0
    for part, own in zip(join.parts, _halves(inner, shape, axis), strict=True):
        n, *nodes, n_ports = own.shape
        flat = own.reshape(n, -1, n_ports)
        by_ports = flat[:, :, part.shared] @ join.weights
        by_ports[:, :, begin : begin + len(part.kept)] += flat[:, :, part.kept]
        begin += len(part.kept)
        result.append(by_ports.reshape(n, *nodes, -1))
    return np.concatenate(result, axis=2 + axis)


def _in_pairs(pieces: Sequence[_Piece], side: Side) -> list[_Piece]:
    """Join neighbouring pieces of one row or column; the last one of an odd number is left."""
    result = []
    for (one, tree), (other, next_tree) in zip(pieces[::2], pieces[1::2], strict=False):
        patches, join = joined(one, other, side)
        result.append((patches, _Tree(None, join, (tree, next_tree))))
    return result + list(pieces[len(result) * 2 :])
