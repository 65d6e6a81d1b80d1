"""Updates of whole arrays compiled with numba: one pass over the memory, nothing in between.

Every number comes out of the same operations in the same order as where NumPy makes them array by
array (`Optimizer.step`), so that both give the same bits. What a kernel cannot do right it tells,
and nothing of what it has written is then used.
"""

import math

import numba

from ebana_core.arrays import Array

Steps = tuple[float, float, float]
"""Fields of `PlainSteps`."""


@numba.njit(cache=True)
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
        Whether all changes and all new values are finite.
    """
    is_odd = False
    for i in range(len(values)):
        change = rate * (gradient[i] * scale)
        new[i], odd = _programmed(values[i], change, steps)
        is_odd |= odd
    return not is_odd


@numba.njit(cache=True)
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


@numba.njit(cache=True)
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

    `divisors` make up for moments that began at zero.
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


@numba.njit(cache=True)
def _programmed(value: float, change: float, steps: Steps) -> tuple[float, bool]:
    """Return a value after a wished change, and whether one of both is not finite."""
    relative, lower, upper = steps
    limit = relative * value
    limited = min(max(change, -limit), limit)
    new = min(max(limited + value, lower), upper)
    return new, _is_odd(change) | _is_odd(new)


@numba.njit(cache=True)
def _is_odd(number: float) -> bool:
    """Tell whether a number is infinite or none at all."""
    return number - number != 0.0
