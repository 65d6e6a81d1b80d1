"""Structure of a linearised circuit: the unknown that each node follows, and ohmic couplings."""

import attrs
import numpy as np
from scipy.sparse import csr_array

from ebana_core.arrays import Array, IntArray
from ebana_core.circuit.compiled import CompiledCircuit
from ebana_core.circuit.elements import Branches, Crossbar, ElementArray, Input

Entries = tuple[Array, IntArray, IntArray]
"""Amounts, rows and columns of entries of a matrix; amounts of a batch have a first axis more."""


@attrs.frozen(eq=False)
class Structure:
    """Numbering of the unknowns: those that couple to none of their own kind come first.

    Args:
        place: Unknown that each node follows; ``n_unknowns`` where it is fixed. Shape
            ``(n_nodes,)``.
        nodes: Root node of each unknown. Shape ``(n_unknowns,)``.
        n_first: How many eliminate cheaply: their block of the matrix is diagonal.
    """

    place: IntArray
    nodes: IntArray
    n_first: int


def structure_of(compiled: CompiledCircuit) -> Structure:
    """Number the unknowns; a greedy choice, those with few neighbours first."""
    root, unknowns = compiled.constraints.root, compiled.constraints.unknowns
    n = len(unknowns)
    place = np.full(len(root), n)
    place[unknowns] = np.arange(n)
    place = place[root]
    ends: list[tuple[IntArray, IntArray]] = [(np.zeros(0, np.intp), np.zeros(0, np.intp))]
    remains = np.zeros(n, dtype=bool)
    for array in compiled.circuit.element_arrays:
        heads, tails = _coupled(array.topology, place, n)
        ends += [(heads, tails), (tails, heads)]
        if varies(array):
            # Slopes that differ between samples cannot be eliminated once for all.
            remains[heads] = remains[tails] = True
    for devices in compiled.circuit.terminal_devices:
        own = np.unique(place[devices.nodes])
        remains[own[own < n]] = True
    rows, columns = (np.concatenate(part) for part in zip(*ends, strict=True))
    couples = csr_array((np.ones(len(rows)), (rows, columns)), shape=(n, n))
    is_first = np.zeros(n, dtype=bool)
    # Each one that is chosen rules its neighbours out, so those with few come first.
    for unknown in np.argsort(np.diff(couples.indptr), kind="stable"):
        if not remains[unknown]:
            is_first[unknown] = True
            remains[couples.indices[couples.indptr[unknown] : couples.indptr[unknown + 1]]] = True
    order = np.concatenate([np.flatnonzero(is_first), np.flatnonzero(~is_first)])
    number = np.full(n + 1, n)
    number[order] = np.arange(n)
    return Structure(number[place], unknowns[order], int(is_first.sum()))


def _coupled(topology: Branches | Crossbar, place: IntArray, n: int) -> tuple[IntArray, IntArray]:
    """Return the pairs of different unknowns that the branches join."""
    if isinstance(topology, Crossbar):
        rows, columns = place[topology.rows], place[topology.columns]
        rows, columns = rows[rows < n], columns[columns < n]
        heads, tails = np.repeat(rows, len(columns)), np.tile(columns, len(rows))
    else:
        heads, tails = place[topology.heads], place[topology.tails]
    differ = (heads != tails) & (heads < n) & (tails < n)
    return heads[differ], tails[differ]


def varies(array: ElementArray) -> bool:
    """Tell whether the slopes differ between samples."""
    has_inputs = any(isinstance(value, Input) for value in array.values.values())
    return has_inputs or not array.is_ohmic
