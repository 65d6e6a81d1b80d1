"""Currents of ideal sources that are no unknowns of a search, in compiled code."""

from typing import Any

import numpy as np

from ebana_core.arrays import Array, IntArray
from ebana_core.backends.native.solvers.junction_kernel import EXACT
from ebana_core.backends.native.solvers.limited_kernel import Batch, Linear, evaluate
from ebana_core.kernels import kernel

Sources = tuple[IntArray, IntArray, IntArray, Array, Array]
"""Unknowns of the currents, of the ends that others follow (beyond all unknowns where these are
fixed), and of the ends that follow, each behind the one that it follows; what a current takes from
both ends."""


@kernel(error_model="numpy")
def set_currents(
    x: Array,
    constant: Array,
    magnitudes: Array,
    linear: Linear,
    diodes: Batch,
    transistors: Batch,
    sources: Sources,
) -> None:
    """Set the currents of sources in solved samples, A.

    Args:
        x: Unknowns, these currents zero; they are overwritten. Shape ``(n_samples, n)``.
        constant: Currents at zero unknowns, without diodes and transistors. Same shape, A.
        magnitudes: Their absolute values.
        linear: The linear part; its entries belong to no factors.
        diodes: Likewise.
        transistors: Likewise.
        sources: See there.
    """
    currents, parents, children, at_parent, at_child = sources
    n, n_sources = x.shape[1], len(currents)
    exact: Any = np.int64(EXACT)
    lu, left, size = np.empty(1), np.empty(n), np.empty(n)
    total, mass, rate = np.empty(n), np.empty(n), np.empty(n)
    for s in range(len(x)):
        own = diodes[0][s], diodes[1], diodes[2], diodes[3][s]
        others = transistors[0][s], transistors[1], transistors[2], transistors[3][s]
        constants = constant[s], magnitudes[s]
        evaluate(exact, x[s], constants, linear, own, others, (left, lu, size))
        for i in range(n):
            total[i], mass[i] = left[i], size[i]
        for e in range(n_sources - 1, -1, -1):
            if parents[e] < n:
                share = -at_parent[e] / at_child[e]
                total[parents[e]] += share * total[children[e]]
                mass[parents[e]] += abs(share) * mass[children[e]]
        # What rounding left of nodes that are one in the search is shared out: of each node it is
        # then the same part of what flows there, however little that is.
        for i in range(n):
            rate[i] = total[i] / mass[i] if mass[i] > 0 else 0.0
        for e in range(n_sources):
            rate[children[e]] = 0.0
            if parents[e] < n:
                same = at_parent[e] * at_child[e] < 0
                rate[children[e]] = rate[parents[e]] if same else -rate[parents[e]]
        for i in range(n):
            left[i] -= rate[i] * size[i]
        for e in range(n_sources - 1, -1, -1):
            current = -left[children[e]] / at_child[e]
            x[s, currents[e]] = current
            if parents[e] < n:
                left[parents[e]] += at_parent[e] * current
