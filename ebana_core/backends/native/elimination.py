"""The order in which a sparse symmetric structure is eliminated, and what the factors then hold."""

import attrs
import numpy as np
from scipy.sparse import csc_array, csr_array
from scipy.sparse.csgraph import dijkstra
from scipy.sparse.linalg import splu

from ebana_core.arrays import IntArray

FEWEST_OF_A_WAVE = 3_000
"""Nodes up to which ordering is quick whatever the structure: a quarter of a second at most."""
WIDEST_WAVE = 0.1
"""Largest share of the nodes at one distance from the start; above it the factors would fill up."""
MANY_NEIGHBOURS = 10
"""Neighbours, relative to the mean, that make a node a hub, which is eliminated last."""


@attrs.frozen(eq=False)
class Elimination:
    """An order of elimination by minimum degree, and the size of the triangular factors.

    Args:
        order: The rows in this order. Shape ``(n,)``.
        entries: Numbers that both factors hold.
        operations: Multiplications of one factorisation.
    """

    order: IntArray
    entries: float
    operations: float


def eliminated(pattern: csr_array) -> Elimination:
    """Return how a symmetric pattern is eliminated.

    A matrix of this pattern is factored once: SuperLU finds the order, and its factors tell their
    size. One of few couplings is done sooner than its fill could be counted in Python.
    """
    n = pattern.shape[0]
    if n == 0:
        return Elimination(np.zeros(0, dtype=np.intp), 0.0, 0.0)
    couplings = np.full(len(pattern.indices), -1.0)
    matrix = csc_array((couplings, pattern.indices, pattern.indptr), shape=pattern.shape)
    # A dominant diagonal: no pivot is exchanged, which would change the order.
    matrix.setdiag(np.diff(pattern.indptr) + 1.0)
    factors = splu(
        matrix,
        permc_spec="MMD_AT_PLUS_A",
        diag_pivot_thresh=0.0,
        options={"SymmetricMode": True},
    )
    counts = np.diff(factors.L.indptr).astype(np.float64)
    order = np.argsort(factors.perm_c).astype(np.intp)
    return Elimination(order, float(2 * counts.sum() - n), float((counts**2).sum()))


def fills_up(pattern: csr_array) -> bool:
    """Tell whether a large structure has no small separators, as a random graph has none.

    A wave through it covers a large share at once; minimum degree would take long to find no
    good order.
    """
    degrees = np.diff(pattern.indptr)
    # Ends of chains fill nothing, and hubs are eliminated last: what lies between decides.
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
