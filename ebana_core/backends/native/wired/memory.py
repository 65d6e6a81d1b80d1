"""How much memory crossbars take whose inner nodes are eliminated, from their shapes.

The numbers are counted at the peak of memory, over square and oblong crossbars.
"""

from collections.abc import Sequence

import numpy as np

from ebana_core.backends.native.wired.lattice import Lattice
from ebana_core.backends.native.wired.networks import AT_ONCE
from ebana_core.memory import PER_NUMBER

PER_CELL, PER_PORTS = 80, 3
"""Numbers kept per cell, and per pair of ports."""
TO_ELIMINATE, WHOLE = 90, 4
"""Numbers more per cell and per pair of ports, while inner nodes are eliminated."""
PER_INNER = 5
"""Times that the voltages of inner nodes which are found together are held."""


def network_memory(lattices: Sequence[Lattice]) -> tuple[int, int]:
    """Return the bytes that crossbars take at one set of parameters, and those to find them."""
    cells = [int(np.prod(lattice.shape)) for lattice in lattices]
    pairs = [sum(lattice.shape) ** 2 for lattice in lattices]
    kept = sum(PER_CELL * n + PER_PORTS * p for n, p in zip(cells, pairs, strict=True))
    more = max(TO_ELIMINATE * n + WHOLE * p for n, p in zip(cells, pairs, strict=True))
    return PER_NUMBER * kept, PER_NUMBER * (kept + more)


def inner_memory(lattices: Sequence[Lattice], n_nodes: int, n_samples: int) -> int:
    """Return the bytes of all voltages of a batch, while those inside of crossbars are found."""
    largest = max(int(np.prod(lattice.shape)) for lattice in lattices)
    at_once = min(n_samples * largest, max(AT_ONCE, largest))
    return PER_NUMBER * (2 * n_samples * n_nodes + PER_INNER * at_once)
