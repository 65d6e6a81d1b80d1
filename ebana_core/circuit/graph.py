"""Connected components: which nodes branches join."""

from collections.abc import Sequence

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from ebana_core.circuit.elements import IntArray


def components(n_nodes: int, heads: Sequence[IntArray], tails: Sequence[IntArray]) -> IntArray:
    """Return the number of the connected component of every node. Shape ``(n_nodes,)``."""
    first = np.concatenate([np.zeros(0, np.intp), *heads])
    second = np.concatenate([np.zeros(0, np.intp), *tails])
    graph = coo_array((np.ones(len(first)), (first, second)), shape=(n_nodes, n_nodes))
    return np.asarray(connected_components(graph, directed=False)[1])
