"""Spans of nodes: what a terminal of an element array touches, cut where its kind changes.

A span is what the solver can treat with one slice: all its nodes follow an unknown of the same
part of the partition, or all are fixed by sources.
"""

import attrs
import numpy as np

from ebana_core.arrays import Array, IntArray, add_at, host
from ebana_core.backends.native.array_library import ArrayLibrary
from ebana_core.backends.native.partition import Partition
from ebana_core.circuit.compiled import CompiledCircuit
from ebana_core.circuit.elements import Selector, selector


@attrs.frozen(eq=False)
class NodeSpan:
    """Consecutive terminals of one kind.

    Args:
        place: Where they stand among the terminals.
        nodes: The circuit nodes.
        unknowns: The unknowns that they follow; None where sources fix them.
        is_first: These belong to the independent set.
        has_offset: Their voltage has a part that no unknown gives.
        is_scaled: They follow through amplifiers.
    """

    place: slice
    nodes: Selector
    unknowns: Selector | None
    is_first: bool
    has_offset: bool
    is_scaled: bool

    def on(self, library: ArrayLibrary) -> "NodeSpan":
        """Return it for arrays of a library."""
        unknowns = None if self.unknowns is None else library.places(self.unknowns)
        return attrs.evolve(self, nodes=library.places(self.nodes), unknowns=unknowns)

    def scale(self, scales: Array) -> Array | float:
        """Return d(node voltage)/d(unknown)."""
        return scales[self.nodes] if self.is_scaled else 1.0


def find_spans(nodes: IntArray, compiled: CompiledCircuit, partition: Partition) -> list[NodeSpan]:
    """Cut terminals into spans."""
    if not len(nodes):
        return []
    unknown = partition.of_node[nodes]
    # Nodes that sources fix are numbered after the last unknown.
    is_fixed = unknown == partition.n_unknowns
    is_first = unknown < partition.n_first
    is_tied = compiled.constraints.root[nodes] != nodes
    kinds = np.stack([is_fixed, is_first, is_tied])
    starts = np.flatnonzero(np.append(True, (np.diff(kinds, axis=1) != 0).any(axis=0)))
    spans = []
    for start, end in zip(starts, [*starts[1:], len(nodes)], strict=True):
        place = slice(int(start), int(end))
        spans.append(
            NodeSpan(
                place,
                selector(nodes[place]),
                None if is_fixed[start] else selector(unknown[place]),
                bool(is_first[start]),
                bool(is_tied[start]),
                bool(is_tied[start] and not is_fixed[start]),
            )
        )
    return spans


def shifted(numbers: Selector, by: int) -> Selector:
    """Return the selector with its numbers lowered."""
    if isinstance(numbers, slice):
        return slice(numbers.start - by, numbers.stop - by)
    return numbers - by


def add_columns(target: Array, columns: Selector, amounts: Array) -> None:
    """Add to columns of `target`, which may repeat. Shape of `amounts` ``(n_samples, n)``."""
    if isinstance(columns, slice):
        target[:, columns] += amounts
    else:
        add_at(target, columns, amounts)


def add_at_places(target: Array, places: Selector, amounts: Array) -> None:
    """Add to numbers of `target`, NumPy's, at places that may repeat. Shape of all ``(n,)``."""
    if isinstance(places, slice):
        target[places] += amounts
    else:
        np.add.at(target, places, amounts)


def add_distinct(target: Array, columns: Selector, amounts: Array) -> None:
    """Add to columns of `target` that do not repeat: faster with NumPy."""
    if isinstance(columns, slice) or isinstance(target, np.ndarray):
        target[:, columns] += amounts
    else:
        add_at(target, columns, amounts)


def subtract_block(target: Array, rows: Selector, columns: Selector, block: Array) -> None:
    """Subtract a block from a matrix; rows and columns may repeat."""
    if isinstance(rows, slice) and isinstance(columns, slice):
        target[rows, columns] -= block
    else:
        np.subtract.at(target, np.ix_(places(rows), places(columns)), block)


def places(selected: Selector) -> IntArray:
    """Return the numbers that a selector stands for."""
    if isinstance(selected, slice):
        return np.arange(selected.start, selected.stop)
    return selected


def host_places(selected: Selector) -> IntArray:
    """Return NumPy's numbers of what a selector of any library stands for."""
    return np.asarray(host(places(selected)), dtype=np.intp)
