"""The root of an increasing function by Newton's method between two bounds."""

from collections.abc import Callable

from ebana_core.arrays import Array, epsilon, everywhere, namespace

MAX_STEPS = 200
"""Largest number of steps. Halving alone takes 60 from 100 V to the last digit, Newton's method
about eight."""

Function = Callable[[Array], tuple[Array, Array, Array]]
"""Takes arguments; returns the values, their slopes, and the sums of their absolute terms."""


def bounded_root(function: Function, start: Array, low: Array, high: Array) -> Array:
    """Return the arguments at which an increasing function is zero.

    A step of Newton's method is taken where it stays between the bounds and is at most half as
    long as the one before; else the bounds' middle. So the number of steps is bounded, whatever
    the function's shape. A function that jumps across zero gives the drop of its jump.

    Args:
        function: Value, slope and size at an argument; infinite values count by their sign.
        start: First argument, between the bounds.
        low: Bound at which the function is not above zero.
        high: Bound at which it is not below zero.

    Source:
        Press et al., Numerical Recipes, section 9.4 (Newton-Raphson with bisection).
    """
    xp, close = namespace(start), 2 * epsilon(start)
    root, last = start, high - low
    is_done = high == low
    for _ in range(MAX_STEPS):
        value, slope, size = function(root)
        # The root stays enclosed, whatever the slopes say.
        high, low = xp.where(value > 0, root, high), xp.where(value < 0, root, low)
        step = value / slope
        wished = root - step
        is_newton = (wished >= low) & (wished <= high) & (abs(step) <= last / 2)
        is_rounding = abs(step) <= close * (abs(root) + size / slope)
        middle = xp.where(is_rounding, root, (low + high) / 2)
        # A root that is found stays: rounding would throw it back between its bounds.
        moved = xp.where(is_done, root, xp.where(is_newton, wished, middle))
        last = abs(moved - root)
        is_done = is_done | is_rounding | (last <= close * abs(moved))
        root = moved
        if everywhere(is_done):
            break
    return root
