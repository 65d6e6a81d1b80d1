"""Sums over the drops of crossbars by matrix products, without an array of all drops."""

import numpy as np

from ebana_core.arrays import Array, column_products, columns, host
from ebana_core.circuit.elements import Crossbar
from ebana_core.outer import Outer, bordered
from ebana_core.rules.phases import Phases


def crossbar_contrast(
    topology: Crossbar, phases: Phases, *, rows_move: bool, share: float
) -> Array | Outer:
    """Return ``change*(drop + share*change)`` summed over samples, ``(n_in, n_out)``, V².

    A large one of few samples, whose rows stand still, is not multiplied out.

    Args:
        topology: The crossbar.
        phases: What was measured.
        rows_move: Some row is not fixed by a source.
        share: One half for the difference of squares over two.
    """
    everything = slice(None)
    first_out, moved_out = phases.of(everything, topology.column_selector)
    mean_out, moved_out = first_out + share * moved_out, phases.factor * moved_out
    if not rows_move:
        fixed = columns(phases.free, topology.row_selector)
        is_plain = isinstance(fixed, np.ndarray) and fixed.dtype == np.float64
        if is_plain and Outer.is_worth(topology.shape, fixed.shape[0]):
            row = column_products(moved_out, mean_out)
            # NumPy copies columns that do not follow each other in Fortran order.
            left, right = np.ascontiguousarray(fixed), np.ascontiguousarray(-moved_out)
            return Outer(left, right, row)
        return host(drop_products(fixed, None, mean_out, moved_out))
    first_in, moved_in = phases.of(everything, topology.row_selector)
    mean_in, moved_in = first_in + share * moved_in, phases.factor * moved_in
    return host(drop_products(mean_in, moved_in, mean_out, moved_out))


def drop_products(
    mean_in: Array, moved_in: Array | None, mean_out: Array, moved_out: Array
) -> Array:
    """Return ``(moved_in - moved_out)*(mean_in - mean_out)`` summed over samples.

    Two matrix products and two vectors instead of an array of all drops.

    Args:
        mean_in: At the rows. Shape ``(n_samples, n_in)``.
        moved_in: At the rows. Same shape; None: zero.
        mean_out: At the columns. Shape ``(n_samples, n_out)``.
        moved_out: At the columns. Same shape.

    Returns:
        Shape ``(n_in, n_out)``.
    """
    # Multiplied out: of the four sums, those of two rows or two columns are vectors.
    result = bordered(mean_in, -moved_out, column_products(moved_out, mean_out))
    if moved_in is not None:
        result -= moved_in.T @ mean_out
        result += column_products(moved_in, mean_in)[:, None]
    return result
