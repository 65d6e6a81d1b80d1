"""Jets: arrays with their derivatives by several inputs, so that laws are written only once.

A jet follows plain arithmetic; functions of one are below. All arrays of a computation have one
shape, and derivatives one axis more, in front.
"""

from collections.abc import Sequence
from typing import Any, Union, final

import numpy as np

from ebana_core.arrays import Array, BoolArray

LARGEST_EXPONENT = 300.0
"""Beyond it exponentials go on as straight lines: no device is solved there, and no iterate ends
in infinity or not-a-number."""

Operand = Union["Jet", Array, float]


@final
class Jet:
    """A value and its derivatives.

    Args:
        value: Shape ``(...)``.
        slopes: Derivatives by the inputs. Shape ``(n_inputs, ...)``.
    """

    __slots__ = ("slopes", "value")
    # So that `array * jet` is left to the jet, and NumPy makes no array of jets.
    __array_priority__ = 1000.0

    def __init__(self, value: Array, slopes: Array) -> None:
        self.value, self.slopes = value, slopes

    def __neg__(self) -> "Jet":
        return Jet(-self.value, -self.slopes)

    def __add__(self, other: Operand) -> "Jet":
        if isinstance(other, Jet):
            return Jet(self.value + other.value, self.slopes + other.slopes)
        return Jet(self.value + other, self.slopes)

    __radd__ = __add__

    def __sub__(self, other: Operand) -> "Jet":
        return self + -other

    def __rsub__(self, other: Operand) -> "Jet":
        return -self + other

    def __mul__(self, other: Operand) -> "Jet":
        if isinstance(other, Jet):
            slopes = self.slopes * other.value + self.value * other.slopes
            return Jet(self.value * other.value, slopes)
        return Jet(self.value * other, self.slopes * other)

    __rmul__ = __mul__

    def __truediv__(self, other: Operand) -> "Jet":
        if isinstance(other, Jet):
            value = self.value / other.value
            return Jet(value, (self.slopes - value * other.slopes) / other.value)
        return Jet(self.value / other, self.slopes / other)

    def __rtruediv__(self, other: Array | float) -> "Jet":
        value = np.asarray(other / self.value)
        return through(self, value, -value / self.value)


def inputs(voltages: Array) -> tuple[Jet, ...]:
    """Return the inputs of a law as jets.

    Args:
        voltages: Shape ``(..., n_inputs)``.
    """
    n = voltages.shape[-1]
    unit = np.eye(n).reshape(n, n, *(1 for _ in voltages.shape[:-1]))
    wide = np.broadcast_to(unit, (n, n, *voltages.shape[:-1]))
    return tuple(Jet(voltages[..., k], wide[k]) for k in range(n))


def through(argument: Jet, value: Array, slope: Any) -> Jet:
    """Return a function of a jet, by its value and its derivative."""
    return Jet(value, slope * argument.slopes)


def either(condition: BoolArray, first: Operand, second: Operand) -> Jet:
    """Return the first where a condition holds, the second elsewhere; one of them is a jet."""
    a, b = (
        (item.value, item.slopes) if isinstance(item, Jet) else (item, 0.0)
        for item in (first, second)
    )
    return Jet(np.where(condition, a[0], b[0]), np.where(condition, a[1], b[1]))


def larger(a: Jet, b: Operand) -> Jet:
    """Return the larger of two, with its derivatives."""
    return either(a.value >= (b.value if isinstance(b, Jet) else b), a, b)


def smaller(a: Jet, b: Operand) -> Jet:
    """Return the smaller of two, with its derivatives."""
    return either(a.value <= (b.value if isinstance(b, Jet) else b), a, b)


def root(a: Jet) -> Jet:
    """Return the square root; where it is zero, its derivatives are set to zero."""
    value = np.sqrt(np.maximum(a.value, 0.0))
    return through(a, value, np.where(value > 0, 0.5 / np.where(value > 0, value, 1.0), 0.0))


def power(a: Jet, exponent: float) -> Jet:
    """Return a power of a jet above zero."""
    value = a.value**exponent
    return through(a, value, exponent * value / a.value)


def tangent(a: Jet) -> Jet:
    """Return the tangent."""
    value = np.tan(a.value)
    return through(a, value, 1 + value**2)


def exponential(a: Jet, *, less_one: bool = False) -> Jet:
    """Return the exponential, or the exponential minus one, straight from `LARGEST_EXPONENT` on."""
    held = np.minimum(a.value, LARGEST_EXPONENT)
    slope = np.exp(held)
    value = (np.expm1(held) if less_one else slope) + slope * (a.value - held)
    return through(a, value, slope)


def stacked(currents: Sequence[Jet], shape: tuple[int, ...]) -> tuple[Array, Array]:
    """Return values and slopes of several jets, ``(..., n)`` and ``(..., n, n_inputs)``."""
    values = [np.broadcast_to(item.value, shape) for item in currents]
    slopes = [np.moveaxis(item.slopes, 0, -1) for item in currents]
    return np.stack(values, axis=-1), np.stack(
        [np.broadcast_to(item, (*shape, item.shape[-1])) for item in slopes], axis=-2
    )
