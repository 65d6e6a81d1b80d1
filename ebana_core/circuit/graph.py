"""Connected components: which nodes branches join."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ebana_core.arrays import IntArray
from ebana_core.later import Late

if TYPE_CHECKING:
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components
else:  # SciPy takes as long to import as all that is needed to name a network's layers
    coo_array = Late("scipy.sparse", "coo_array")
    connected_components = Late("scipy.sparse.csgraph", "connected_components")


def components(n_nodes: int, heads: Sequence[IntArray], tails: Sequence[IntArray]) -> IntArray:
    """Return the number of the connected component of every node. Shape ``(n_nodes,)``."""
    first = np.concatenate([np.zeros(0, np.intp), *heads])
    second = np.concatenate([np.zeros(0, np.intp), *tails])
    graph = coo_array((np.ones(len(first)), (first, second)), shape=(n_nodes, n_nodes))
    return np.asarray(connected_components(graph, directed=False)[1])
