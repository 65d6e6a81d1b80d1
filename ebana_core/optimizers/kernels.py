"""Updates of whole arrays compiled with numba: one pass over the memory, nothing in between.

A kernel makes the operations of NumPy's way (`Optimizer._programmed`) in the same order, so that
both give the same bits. Where a number is not finite, or a value not allowed, a kernel says so; the
caller then drops what it has written, and NumPy's way finds out what is wrong. Divisions are those
of NumPy, too: a check of each divisor would keep a processor from doing several at once.
"""

import math

from ebana_core.arrays import Array
from ebana_core.kernels import kernel

Steps = tuple[float, float, float, float]
"""Fields of `PlainSteps`."""


@kernel()
def steepest(
    gradient: Array, scale: float, rate: float, values: Array, steps: Steps, new: Array
) -> bool:
    """Write values after a step along the gradient.

    Args:
        gradient: Gradient, or its sum over samples. Shape ``(n,)``.
        scale: Multiplies it.
        rate: Learning rate, negative.
        values: Present values. Same shape.
        steps: What devices make of a change.
        new: Written. Same shape.

    Returns:
        Whether all changes and all new values are finite, and the latter allowed.
    """
    is_odd = False
    for i in range(len(values)):
        change = rate * (gradient[i] * scale)
        new[i], odd = _programmed(values[i], change, steps)
        is_odd |= odd
    return not is_odd


@kernel()
def with_velocity(
    gradient: Array,
    scale: float,
    rate: float,
    values: Array,
    steps: Steps,
    new: Array,
    velocity: Array,
    new_velocity: Array,
    momentum: float,
) -> bool:
    """Write values after a step along the velocity, and the velocity; see `steepest`."""
    is_odd = False
    for i in range(len(values)):
        new_velocity[i] = momentum * velocity[i] + gradient[i] * scale
        change = rate * new_velocity[i]
        new[i], odd = _programmed(values[i], change, steps)
        is_odd |= odd
    return not is_odd


@kernel(error_model="numpy")
def with_moments(
    gradient: Array,
    scale: float,
    rate: float,
    values: Array,
    steps: Steps,
    new: Array,
    first: Array,
    second: Array,
    new_first: Array,
    new_second: Array,
    betas: tuple[float, float],
    divisors: tuple[float, float],
    epsilon: float,
) -> bool:
    """Write values after a step of Adam, and both moments; see `steepest`.

    `divisors` correct the bias of both moments, which began at zero.
    """
    is_odd = False
    for i in range(len(values)):
        own = gradient[i] * scale
        new_first[i] = betas[0] * first[i] + (1 - betas[0]) * own
        new_second[i] = betas[1] * second[i] + (1 - betas[1]) * (own * own)
        root = math.sqrt(new_second[i] / divisors[1])
        change = rate * (new_first[i] / divisors[0] / (root + epsilon))
        new[i], odd = _programmed(values[i], change, steps)
        is_odd |= odd
    return not is_odd


@kernel()
def _programmed(value: float, change: float, steps: Steps) -> tuple[float, bool]:
    """Return a value after a wished change, and whether it or the change cannot be."""
    relative, lower, upper, above = steps
    limit = relative * value
    limited = min(max(change, -limit), limit)
    new = min(max(limited + value, lower), upper)
    return new, _is_odd(change) | _is_odd(new) | (new <= above)


@kernel()
def _is_odd(number: float) -> bool:
    """Tell whether a number is infinite or nan: only then its difference from itself is nan."""
    return number - number != 0.0
