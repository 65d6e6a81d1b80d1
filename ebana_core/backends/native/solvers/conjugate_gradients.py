"""Conjugate gradients on all samples of a batch together."""

from collections.abc import Callable

from ebana_core.arrays import Array, BoolArray, anywhere, namespace

FORCING = 1e-6
"""Size of the preconditioned residual at which a Newton step is exact enough, relative to its
start: two or three steps then end at rounding, with half of the products."""
MAX_PRODUCTS = 500
"""Products after which conjugate gradients give up; Newton's method judges the result."""


def conjugate_gradients(
    product: Callable[[Array], Array],
    diagonal: Array,
    right: Array,
    held: BoolArray | None,
    known: Array,
) -> Array:
    """Solve a symmetric positive definite system for every sample.

    Unknowns at a bound are known: their rows leave the system, their columns go to the right.

    Args:
        product: Applies the matrices to one vector per sample.
        diagonal: Their diagonals, which precondition. Shape ``(n_samples, n)``.
        right: Right-hand sides. Same shape.
        held: Which unknowns are known. Same shape; None: none is.
        known: Their values. Same shape.
    """
    if held is None or not anywhere(held):
        return _iterated(product, diagonal, right)
    xp = namespace(right)
    free = xp.where(held, 0.0, xp.ones_like(right))
    known = xp.where(held, known, 0.0)
    goal = (right - product(known)) * free
    return known + _iterated(lambda vector: product(vector) * free, diagonal, goal)


def _iterated(product: Callable[[Array], Array], diagonal: Array, right: Array) -> Array:
    """Solve without bounds, starting at zero.

    Source:
        Saad 2003, Iterative Methods for Sparse Linear Systems, algorithm 9.1.
    """
    xp = namespace(right)
    x = xp.zeros_like(right)
    residual = xp.asarray(right, copy=True)
    direction = ahead = residual / diagonal
    power = xp.vecdot(residual, ahead)
    # `power` is the square of a size.
    goal = FORCING**2 * power
    for _ in range(MAX_PRODUCTS):
        is_open = power > goal
        if not anywhere(is_open):
            break
        image = product(direction)
        curvature = xp.vecdot(direction, image)
        # Samples that are done, and directions without curvature, stay where they are.
        length = xp.where(
            is_open & (curvature > 0), power / xp.where(curvature > 0, curvature, 1.0), 0.0
        )
        x += length[:, None] * direction
        residual -= length[:, None] * image
        ahead = residual / diagonal
        new = xp.vecdot(residual, ahead)
        ratio = xp.where(is_open, new / xp.where(power > 0, power, 1.0), 0.0)
        direction = ahead + ratio[:, None] * direction
        power = xp.where(is_open, new, power)
        # Rounding lets no sample move any more.
        if not anywhere(length):
            break
    return x
