"""The updates of `kernels` where the gradient is not multiplied out, but summed as it is needed.

A number of the gradient is one of `row` and four products, rounded in an order of their own: it
differs from that of a matrix product by the rounding of such a sum. Moments have no such kernel: of
so many arrays loops do one number at a time.

The loops of `kernels` stand here once more: handing these a row at a time takes up to three times
as long where rows are short.
"""

from ebana_core.arrays import Array
from ebana_core.kernels import kernel
from ebana_core.optimizers.kernels import Steps, _programmed

FUSED = {"contract"}
"""A product and its sum are rounded once, as matrix products do it."""
Factors = tuple[Array, Array, Array]
"""`Outer.factors`."""
Column = tuple[float, float, float, float]
"""A column of `Outer.left`: what the rows of `Outer.right` are multiplied with."""


@kernel()
def steepest_rows(
    factors: Factors, scale: float, rate: float, values: Array, steps: Steps, new: Array
) -> bool:
    """Do what `steepest` does. Shape of `values` and `new` ``(n_in, n_out)``."""
    left, right, row = factors
    is_odd = False
    for i in range(values.shape[0]):
        column = left[0, i], left[1, i], left[2, i], left[3, i]
        for j in range(values.shape[1]):
            change = rate * (_summed(column, right, row, j) * scale)
            new[i, j], odd = _programmed(values[i, j], change, steps)
            is_odd |= odd
    return not is_odd


@kernel()
def with_velocity_rows(
    factors: Factors,
    scale: float,
    rate: float,
    values: Array,
    steps: Steps,
    new: Array,
    velocity: Array,
    new_velocity: Array,
    momentum: float,
) -> bool:
    """Do what `with_velocity` does. Shape of arrays of values ``(n_in, n_out)``."""
    left, right, row = factors
    is_odd = False
    for i in range(values.shape[0]):
        column = left[0, i], left[1, i], left[2, i], left[3, i]
        for j in range(values.shape[1]):
            own = _summed(column, right, row, j) * scale
            new_velocity[i, j] = momentum * velocity[i, j] + own
            change = rate * new_velocity[i, j]
            new[i, j], odd = _programmed(values[i, j], change, steps)
            is_odd |= odd
    return not is_odd


@kernel(fastmath=FUSED)
def _summed(column: Column, right: Array, row: Array, j: int) -> float:
    """Return one number of the gradient."""
    p, q, r, s = column
    return row[j] + ((p * right[0, j] + q * right[1, j]) + (r * right[2, j] + s * right[3, j]))
