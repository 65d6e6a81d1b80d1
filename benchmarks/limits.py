"""The arithmetic that no solver can leave out, and the share of measured time that it takes.

The formulas stand in docs/speed.md, "Share of the limit".
"""

import statistics
import time
from collections.abc import Sequence

import numpy as np

from ebana_core import Model
from ebana_core.circuit import Crossbar

N_PHASES = {"positive": 2, "centered": 3}
"""Operating points per trained sample, by variant of Equilibrium Propagation."""


def crossbars(model: Model) -> list[tuple[int, int]]:
    """Return rows and columns of each crossbar, the one that sources drive first."""
    arrays = model.network.compiled.circuit.element_arrays
    shapes = [array.topology.shape for array in arrays if isinstance(array.topology, Crossbar)]
    return [(n_rows, n_columns) for n_rows, n_columns in shapes]


def free_and_nudged(shapes: Sequence[tuple[int, int]], n_phases: int = 2) -> float:
    """Return the floating point operations of all phases of one sample.

    The product with the inputs is the same in every phase. Each other crossbar is multiplied
    from both of its sides in every phase, once.

    Args:
        shapes: See `crossbars`.
        n_phases: Operating points of the sample.
    """
    first, *others = (2.0 * n_rows * n_columns for n_rows, n_columns in shapes)
    return first + n_phases * 2 * sum(others)


def trained(shapes: Sequence[tuple[int, int]], n_phases: int) -> float:
    """Return the floating point operations of one trained sample: phases, and gradient.

    The gradient takes one outer product of the first crossbar, whose inputs stay where they are,
    and two of each other, one for the phase at each end.

    Args:
        shapes: See `crossbars`.
        n_phases: Operating points per sample.
    """
    first, *others = (2.0 * n_rows * n_columns for n_rows, n_columns in shapes)
    return free_and_nudged(shapes, n_phases) + first + 2 * sum(others)


def gemm_rate(dtype: str = "float64", size: int = 1024, repeats: int = 5) -> float:
    """Return the floating point operations per second of square matrix products, the median.

    Args:
        dtype: Precision.
        size: Rows and columns.
        repeats: How many products are timed.
    """
    rng = np.random.default_rng(0)
    a, b = (rng.uniform(size=(size, size)).astype(dtype) for _ in range(2))
    times = []
    for _ in range(1 + repeats):  # the first one warms up
        started = time.perf_counter()
        a @ b
        times.append(time.perf_counter() - started)
    return 2.0 * size**3 / statistics.median(times[1:])
