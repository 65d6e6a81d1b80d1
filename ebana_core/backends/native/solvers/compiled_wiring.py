"""The elements of devices of several terminals as compiled code reads them, and their wiring."""

from collections.abc import Callable, Sequence
from typing import final

import numpy as np

from ebana_core.arrays import Array, IntArray
from ebana_core.backends.factors import Factors, Pattern
from ebana_core.backends.native.contraction import Contracted
from ebana_core.backends.native.terminal_arrays import TerminalArray
from ebana_core.circuit.circuit import GROUND
from ebana_core.laws.tables import Table

Find = Callable[[IntArray, IntArray], IntArray]
"""Rows and columns of the Jacobian to entries of the factors; -1 where one of them is fixed."""
Wiring = tuple[IntArray, Array, IntArray, IntArray, Array]
"""See `junction_kernel`."""
Batch = tuple[Array, Array, Wiring, Array]
"""See `limited_kernel`."""
NOWHERE = np.iinfo(np.intp).max
"""Unknown that a fixed terminal follows."""


def finder(pattern: Pattern, factors: Factors) -> Find:
    """Return what finds entries of the factors of matrices of a pattern."""
    n = pattern.shape[0]

    def find(rows: IntArray, columns: IntArray) -> IntArray:
        within = (rows < n) & (columns < n)
        places = pattern.find(np.where(within, rows, 0), np.where(within, columns, 0))
        # Where an end is fixed, the place of (0, 0) was asked for, which there may not be.
        held = np.minimum(places, len(pattern) - 1)
        return np.where(within, factors.entries[held], -1)

    return find


@final
class WiredElements:
    """The elements of one kind of all devices, and where they stand in the circuit.

    Args:
        tables: Devices and their elements.
        between: Ends of an element between which it has slopes.
        n_numbers: How many an element has.
        n_states: Numbers that tell where the junctions of an element were evaluated.
        contracted: How unknowns follow others.
        find: Finds the entries of their slopes.
    """

    def __init__(
        self,
        tables: Sequence[tuple[TerminalArray, Table]],
        between: Sequence[tuple[int, int]],
        n_numbers: int,
        n_states: int,
        contracted: Contracted,
        find: Find,
    ) -> None:
        self._n_states, self._contracted = n_states, contracted
        n_ends = 1 + max(end for pair in between for end in pair)
        # All arrays are in C order: machine code of another order would be made anew, for seconds.
        self._numbers = np.ascontiguousarray(
            np.concatenate(
                [np.zeros((0, n_numbers))]
                + [np.tile(table.numbers, (len(array.nodes), 1)) for array, table in tables]
            )
        )
        nothing = np.zeros((0, n_ends), dtype=np.intp)
        parts = [_ends(array, table) for array, table in tables]
        self._nodes = np.concatenate([nothing, *(nodes for nodes, _, _ in parts)])
        unknowns = np.concatenate([nothing, *(places for _, places, _ in parts)])
        self._scales = np.concatenate([np.zeros((0, n_ends)), *(scale for *_, scale in parts)])
        self._followed = np.minimum(unknowns, len(contracted.gain) - 1)
        self._between = np.array(between)
        self._whole = self._wired(unknowns, self._scales, lambda rows, _: np.full(rows.shape, -1))
        kept, place = contracted.structure.kept, contracted.structure.place[self._followed]
        is_fixed = place == len(kept)
        scales = np.where(is_fixed, 1.0, self._scales * contracted.gain[self._followed])
        self._wiring = self._wired(np.where(is_fixed, NOWHERE, place), scales, find)

    def at(self, offsets: Array, constants: Array) -> tuple[Batch, Batch]:
        """Return the elements by the unknowns that stay, and by all unknowns.

        Args:
            offsets: Node voltages without the unknowns, V.
            constants: See `Contracted.constants`.
        """
        own = np.ascontiguousarray(offsets[:, self._nodes])
        voltages = np.ascontiguousarray(own + self._scales * constants[:, self._followed])
        states = np.zeros((*own.shape[:2], self._n_states))
        return (
            (voltages, self._numbers, self._wiring, states),
            (own, self._numbers, self._whole, states),
        )

    def _wired(self, unknowns: IntArray, scales: Array, find: Find) -> Wiring:
        rows, columns = self._between.T
        entries = np.ascontiguousarray(find(unknowns[:, rows], unknowns[:, columns]))
        ratios = np.ascontiguousarray(scales[:, columns] / scales[:, rows])
        return (
            np.ascontiguousarray(unknowns),
            np.ascontiguousarray(scales),
            entries,
            self._between,
            ratios,
        )


def _ends(array: TerminalArray, table: Table) -> tuple[IntArray, IntArray, Array]:
    """Return nodes, unknowns and scales of the ends of all elements; 1 where they are fixed."""
    is_ground = np.tile(table.terminals < 0, (len(array.nodes), 1))
    shape = (-1, table.terminals.shape[1])
    nodes, places, scale = (
        own[:, table.terminals].reshape(shape) for own in (array.nodes, array.places, array.scale)
    )
    fixed = is_ground | (scale == 0)
    return (
        np.where(is_ground, GROUND, nodes),
        np.where(fixed, NOWHERE, places),
        np.where(fixed, 1.0, scale),
    )
