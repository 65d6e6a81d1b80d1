"""Numbers with their derivatives, and functions of them as ngspice computes them.

Source:
    ngspice 39, src/spicelib/parser/ptfuncs.c.
"""

from collections.abc import Callable, Mapping
from typing import Any

import attrs
import numpy as np

FUDGE = 1e-35
"""Number that ngspice adds to the size of divisors: 1e-20 times its gmin, 1e-15
(PTfudge_factor)."""
LARGEST_EXPONENT = 227.9559242
"""Above it ngspice's exp is `LARGEST_POWER`."""
LARGEST_POWER = 1e99
LOGARITHM_OF_ZERO = -1e99


@attrs.frozen(eq=False)
class Dual:
    """A number with its derivative by the voltage of each terminal."""

    value: Any
    by: Mapping[int, Any]


def chained(value: Any, *parts: tuple[Dual, Any]) -> Dual:
    """Return a value with derivatives by the chain rule: each argument comes with its factor."""
    by: dict[int, Any] = {}
    for dual, factor in parts:
        for place, slope in dual.by.items():
            by[place] = by.get(place, 0.0) + factor * slope
    return Dual(value, by)


def negative(a: Dual) -> Dual:
    """Return -a."""
    return chained(-a.value, (a, -1.0))


def total(a: Dual, b: Dual) -> Dual:
    """Return a + b."""
    return chained(a.value + b.value, (a, 1.0), (b, 1.0))


def difference(a: Dual, b: Dual) -> Dual:
    """Return a - b."""
    return chained(a.value - b.value, (a, 1.0), (b, -1.0))


def product(a: Dual, b: Dual) -> Dual:
    """Return a * b."""
    return chained(a.value * b.value, (a, b.value), (b, a.value))


def quotient(a: Dual, b: Dual) -> Dual:
    """Return a / b, finite where b is zero."""
    divisor = _off_zero(b.value)
    value = a.value / divisor
    return chained(value, (a, 1 / divisor), (b, -value / divisor))


def power(a: Dual, b: Dual) -> Dual:
    """Return ``abs(a)**b``, as in B-sources; its derivative is zero where a is zero."""
    size = np.abs(a.value)
    value = size**b.value
    shifted = np.where(size > 0, size, 1.0)
    by_a = b.value * shifted ** (np.asarray(b.value) - 1) * np.sign(a.value)
    return chained(value, (a, by_a), (b, value * np.log(shifted) if b.by else 0.0))


def signed_power(a: Dual, b: Dual) -> Dual:
    """Return ``abs(a)**b`` with the sign of a."""
    size = np.abs(a.value)
    value = np.where(np.asarray(a.value) < 0, -1.0, 1.0) * size**b.value
    shifted = np.where(size > 0, size, 1.0)
    by_a = b.value * shifted ** (np.asarray(b.value) - 1)
    return chained(value, (a, by_a), (b, value * np.log(shifted) if b.by else 0.0))


def chosen(condition: Dual, a: Dual, b: Dual) -> Dual:
    """Return a where the condition is not zero, b elsewhere."""
    return _either(np.asarray(condition.value) != 0, a, b)


def smaller(a: Dual, b: Dual) -> Dual:
    """Return the smaller one."""
    return _either(np.less_equal(a.value, b.value), a, b)


def larger(a: Dual, b: Dual) -> Dual:
    """Return the larger one."""
    return _either(np.greater_equal(a.value, b.value), a, b)


def _either(is_first: Any, a: Dual, b: Dual) -> Dual:
    by: dict[int, Any] = {}
    for place in {**a.by, **b.by}:
        by[place] = np.where(is_first, a.by.get(place, 0.0), b.by.get(place, 0.0))
    return Dual(np.where(is_first, a.value, b.value), by)


def of_one(value: Callable[[Any], Any], slope: Callable[[Any, Any], Any]) -> Callable[[Dual], Dual]:
    """Return a function of one number.

    Args:
        value: Argument to value.
        slope: Argument and value to derivative.
    """

    def at(a: Dual) -> Dual:
        argument = np.asarray(a.value, dtype=np.float64)
        found = value(argument)
        return chained(found, (a, slope(argument, found)))

    return at


def truth(test: Callable[..., Any]) -> Callable[..., Dual]:
    """Return a test as 1 or 0."""
    return lambda *a: Dual(np.where(test(*(item.value for item in a)), 1.0, 0.0), {})


def exponential(a: Any) -> Any:
    """Return exp as ngspice bounds it."""
    bounded = np.exp(np.minimum(a, LARGEST_EXPONENT))
    return np.where(a > LARGEST_EXPONENT, LARGEST_POWER, bounded)


def slope_of_exponential(a: Any, value: Any) -> Any:
    """Return its derivative: zero where it is bounded."""
    return np.where(a > LARGEST_EXPONENT, 0.0, value)


def logarithm(a: Any) -> Any:
    """Return the natural logarithm, finite at zero."""
    return np.where(a == 0, LOGARITHM_OF_ZERO, np.log(np.where(a == 0, 1.0, a)))


def slope_of_logarithm(a: Any, value: Any) -> Any:
    """Return its derivative, finite at zero."""
    return 1 / _off_zero(a)


def decadic(a: Any) -> Any:
    """Return the decadic logarithm, finite at zero."""
    return np.where(a == 0, LOGARITHM_OF_ZERO, np.log10(np.where(a == 0, 1.0, a)))


def slope_of_decadic(a: Any, value: Any) -> Any:
    """Return its derivative, finite at zero."""
    return slope_of_logarithm(a, value) / np.log(10)


def slope_of_root(a: Any, value: Any) -> Any:
    """Return the derivative of the square root, finite at zero."""
    return 0.5 / (value + FUDGE)


def _off_zero(divisor: Any) -> Any:
    shifted = np.asarray(divisor, dtype=np.float64)
    return np.where(shifted >= 0, shifted + FUDGE, shifted - FUDGE)
