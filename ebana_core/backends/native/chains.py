"""Finds the chains of resistors in a circuit, and whether everything else joins two kinds of them.

The wires of a crossbar are such chains: along its rows, and along its columns, which cells join.
"""

from collections.abc import Sequence

import attrs
import numpy as np
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import connected_components, dijkstra

from ebana_core.arrays import IntArray
from ebana_core.backends.native.sparse_linear import all_ends
from ebana_core.circuit.elements import Branches, ElementArray

LANES = 4
"""Parts of a kind, from chain to chain, whose recurrences compiled code runs side by side: each
waits for its own last result alone."""
Pairs = tuple[IntArray, IntArray]
"""The two unknowns of each coupling."""


@attrs.frozen(eq=False)
class Chains:
    """The unknowns of a circuit as chains of two kinds; only unlike ones are coupled otherwise.

    Args:
        order: The unknowns, chain after chain, in each from one end to the other, all chains of
            the first kind first.
        n_first: How many belong to these.
        n_chains: How many chains there are.
    """

    order: IntArray
    n_first: int
    n_chains: int


def find_chains(
    arrays: Sequence[ElementArray], of_node: IntArray, n_unknowns: int
) -> Chains | None:
    """Return the chains; None: other couplings join chains of one kind, or there are none.

    Args:
        arrays: The branches of all laws.
        of_node: Unknown that each node follows; `n_unknowns` where sources fix it.
        n_unknowns: How many there are.
    """
    along, across, degree = [], [], np.zeros(n_unknowns, dtype=np.intp)
    for array in arrays:
        pairs = _pairs(array, of_node, n_unknowns)
        own = np.bincount(np.concatenate(pairs), minlength=n_unknowns)
        is_chain = array.is_ohmic and isinstance(array.topology, Branches)
        if is_chain and (degree + own).max(initial=0) <= 2:
            along.append(pairs)
            degree += own
        else:
            across.append(pairs)
    if not along:
        return None
    links = _graph(along, n_unknowns)
    n_chains, chain = connected_components(links, directed=False)
    if links.nnz // 2 != n_unknowns - n_chains:  # one of them is a ring
        return None
    kind = _kinds([(chain[one], chain[other]) for one, other in across], n_chains)
    if kind is None:
        return None
    ends = np.flatnonzero(degree <= 1)
    _, first = np.unique(chain[ends], return_index=True)
    place = _distances(links, ends[first])
    order = np.lexsort((place, chain, kind[chain]))
    return Chains(order, int((kind[chain] == 0).sum()), n_chains)


def _pairs(array: ElementArray, of_node: IntArray, n_unknowns: int) -> Pairs:
    """Return the unknowns that the branches of an array couple."""
    heads, tails = (of_node[ends] for ends in all_ends([array]))
    both = (heads < n_unknowns) & (tails < n_unknowns) & (heads != tails)
    return heads[both], tails[both]


def _graph(pairs: Sequence[Pairs], n: int) -> csr_array:
    none: IntArray = np.zeros(0, dtype=np.intp)
    one, other = (np.concatenate([none, *ends]) for ends in zip((none, none), *pairs, strict=True))
    both = np.concatenate([one, other]), np.concatenate([other, one])
    graph = coo_array((np.ones(len(both[0])), both), shape=(n, n)).tocsr()
    graph.sum_duplicates()
    return csr_array(graph)


def _distances(graph: csr_array, starts: IntArray) -> IntArray:
    """Return how many couplings each row is away from the nearest start."""
    found = dijkstra(graph, indices=starts, unweighted=True, min_only=True)
    return np.asarray(found).astype(np.intp)


def _kinds(pairs: Sequence[Pairs], n_chains: int) -> IntArray | None:
    """Return 0 or 1 for every chain, different for coupled ones; None: that cannot be."""
    graph = _graph(pairs, n_chains)
    _, part = connected_components(graph, directed=False)
    _, starts = np.unique(part, return_index=True)
    kind = _distances(graph, starts) % 2
    return None if any((kind[one] == kind[other]).any() for one, other in pairs) else kind
