"""The order in which a sparse symmetric structure is eliminated, and what the factors then hold."""

import attrs
import numpy as np
from scipy.sparse import csc_array, csr_array
from scipy.sparse.csgraph import dijkstra
from scipy.sparse.linalg import spilu

from ebana_core.circuit.elements import IntArray

FEWEST_OF_A_WAVE = 20_000
"""Nodes up to which ordering is quick whatever the structure."""
WIDEST_WAVE = 0.1
"""Share of the nodes at one distance above which the factors would fill up."""
MANY_NEIGHBOURS = 10
"""Neighbours, relative to the mean, that make a node a hub, which is eliminated last."""


@attrs.frozen
class Fill:
    """Size of the triangular factors of a sparse matrix.

    Args:
        entries: Numbers that both factors hold.
        operations: Multiplications of one factorisation.
    """

    entries: float
    operations: float


def elimination_order(pattern: csr_array) -> IntArray:
    """Return the rows of a symmetric pattern by minimum degree. Shape ``(n,)``."""
    n = pattern.shape[0]
    if n == 0:
        return np.zeros(0, dtype=np.intp)
    # SuperLU orders before it factors; what it factors here is the diagonal alone.
    degrees = np.diff(pattern.indptr)
    values = np.full(len(pattern.indices), -0.5)
    matrix = csc_array((values, pattern.indices, pattern.indptr), shape=pattern.shape)
    matrix.setdiag(degrees + 1.0)
    factors = spilu(
        matrix,
        drop_tol=1e9,
        fill_factor=1,
        permc_spec="MMD_AT_PLUS_A",
        options={"SymmetricMode": True},
    )
    return np.argsort(factors.perm_c).astype(np.intp)


def fills_up(pattern: csr_array) -> bool:
    """Tell whether a large structure has no small separators, as a random graph has none.

    A wave through it covers a large share at once; minimum degree would take long to find no
    good order.
    """
    degrees = np.diff(pattern.indptr)
    while len(degrees) > FEWEST_OF_A_WAVE:
        is_inner = (degrees > 1) & (degrees <= MANY_NEIGHBOURS * degrees.mean())
        if is_inner.all():
            return bool(wave(pattern).max() > WIDEST_WAVE * len(degrees))
        pattern = pattern[is_inner][:, is_inner]
        degrees = np.diff(pattern.indptr)
    return False


def wave(pattern: csr_array) -> IntArray:
    """Return how many rows are 0, 1, 2, ... couplings away from the one with most of them."""
    start = int(np.argmax(np.diff(pattern.indptr)))
    distances = dijkstra(pattern, indices=start, unweighted=True)
    return np.bincount(distances[np.isfinite(distances)].astype(np.intp))


def factor_fill(pattern: csr_array, order: IntArray) -> Fill:
    """Return the size of the factors without computing them.

    Args:
        pattern: Symmetric.
        order: In which the rows are eliminated.

    Source:
        Gilbert, Ng, Peyton 1994, SIAM J. Matrix Anal. Appl. 15, 1075; as in Davis 2006, Direct
        Methods for Sparse Linear Systems, section 4.5.
    """
    n = len(order)
    permuted = pattern[order][:, order]
    pointers, indices = permuted.indptr.tolist(), permuted.indices.tolist()
    neighbours = [indices[pointers[k] : pointers[k + 1]] for k in range(n)]
    parent = _elimination_tree(neighbours)
    counts = np.array(_column_counts(neighbours, parent), dtype=np.float64)
    return Fill(float(2 * counts.sum() - n), float((counts**2).sum()))


def _elimination_tree(neighbours: list[list[int]]) -> list[int]:
    """Return the parent of every column; -1 at roots."""
    parent = [-1] * len(neighbours)
    ancestor = [-1] * len(neighbours)
    for k, row in enumerate(neighbours):
        for start in row:
            i = start
            while i != -1 and i < k:
                following = ancestor[i]
                ancestor[i] = k
                if following == -1:
                    parent[i] = k
                i = following
    return parent


def _postorder(parent: list[int]) -> list[int]:
    """Return the columns with every child before its parent, subtrees together."""
    children: list[list[int]] = [[] for _ in parent]
    stack: list[int] = []
    for column, above in enumerate(parent):
        (children[above] if above >= 0 else stack).append(column)
    reversed_order = []
    while stack:
        column = stack.pop()
        reversed_order.append(column)
        stack.extend(children[column])
    return reversed_order[::-1]


def _column_counts(neighbours: list[list[int]], parent: list[int]) -> list[int]:
    """Return the entries of every column of the lower factor, its diagonal included."""
    n = len(parent)
    order = _postorder(parent)
    first, counts = [-1] * n, [0] * n
    for k, column in enumerate(order):
        counts[column] = 1 if first[column] == -1 else 0  # 1 at leaves
        j = column
        while j != -1 and first[j] == -1:
            first[j] = k
            j = parent[j]
    newest, leaf, ancestor = [-1] * n, [-1] * n, list(range(n))
    for j in order:
        above = parent[j]
        if above != -1:
            counts[above] -= 1
        for i in neighbours[j]:
            if i <= j or first[j] <= newest[i]:
                continue
            newest[i] = first[j]
            before, leaf[i] = leaf[i], j
            counts[j] += 1
            if before != -1:
                counts[_shared_root(before, ancestor)] -= 1
        if above != -1:
            ancestor[j] = above
    for j in order:
        if parent[j] != -1:
            counts[parent[j]] += counts[j]
    return counts


def _shared_root(column: int, ancestor: list[int]) -> int:
    """Return the root of a column's set, and shorten the way there."""
    root = column
    while root != ancestor[root]:
        root = ancestor[root]
    while column != root:
        column, ancestor[column] = ancestor[column], root
    return root
