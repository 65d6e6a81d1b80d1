"""Tiles: crossbars of one size beside each other, as windows over a plane make them."""

import attrs
import numpy as np

from ebana_core.arrays import BoolArray, IntArray
from ebana_core.circuit.elements import Branches, Parameter, Selector, selector, table
from ebana_core.derived import derived

MISSING = -1
"""Stands for a row that a tile lacks."""


@attrs.frozen(eq=False)
class Tiles(Branches):
    """A branch from every row (head) to every column (tail) of the same tile.

    They are branches like any others, numbered tile by tile and row by row; whoever knows that
    they are tiles sums them by matrix products. Made by `between`.

    Args:
        heads: First node of every branch.
        tails: Second node.
        rows: Nodes of each tile's rows; ground in place of those that are missing. Shape
            ``(n_tiles, n_rows)``.
        columns: Nodes of each tile's columns. Shape ``(n_tiles, n_columns)``.
        is_there: Which rows there are. Shape of `rows`.
    """

    rows: IntArray = attrs.field(converter=table)
    columns: IntArray = attrs.field(converter=table)
    is_there: BoolArray

    places: IntArray = derived(lambda own: own._places())
    """Number of each branch among those of a whole tile: that of the value it has in common with
    the branches of other tiles, where such values are shared. Shape ``(n_branches,)``."""

    row_selector: Selector = derived(lambda own: selector(own.rows.reshape(-1)))
    """The rows of all tiles one after the other, to index voltages with."""
    column_selector: Selector = derived(lambda own: selector(own.columns.reshape(-1)))
    """The columns likewise."""

    @classmethod
    def between(cls, rows: IntArray, columns: IntArray) -> "Tiles":
        """Return tiles between rows, of which some may be `MISSING`, and columns."""
        is_there = rows != MISSING
        heads, tails = np.broadcast_arrays(rows[:, :, None], columns[:, None, :])
        return cls(heads[is_there], tails[is_there], np.where(is_there, rows, 0), columns, is_there)

    def _places(self) -> IntArray:
        numbers = np.arange(self.rows.shape[1] * self.columns.shape[1], dtype=np.intp)
        each = numbers.reshape(self.rows.shape[1], self.columns.shape[1])
        places = np.broadcast_to(each, (*self.rows.shape, len(each[0])))[self.is_there].reshape(-1)
        places.flags.writeable = False
        return places

    def are_shared(self, value: Parameter) -> bool:
        """Tell whether a value is the same one in each tile, place by place."""
        index = value.index
        return isinstance(index, np.ndarray) and np.array_equal(index, self.places)
