"""Judges of Newton steps: whether one is too long, and how long it should be instead."""

from collections.abc import Callable
from typing import Protocol

import numpy as np

from ebana_core.arrays import Array, BoolArray, IntArray, anywhere, namespace
from ebana_core.backends.native.equations import Equations, Evaluation
from ebana_core.backends.native.residuals import is_right, unsettled

SLOPE_RATIO = 0.5
"""A step is long enough when the slope along it has shrunk by this factor."""
DECREASE = 1e-3
"""Relative decrease of the square of the next step that a full step must bring. Without it, equally
long steps could lead to and fro between two kinks for ever."""
ROUNDED = 1e-14
"""Length of a step, relative to the voltages, that rounding alone may have."""


class Judge(Protocol):
    """Judges a step by what it leaves of the residual.

    Attributes:
        most_trials: Lengths that are tried; the last one is taken as it is.
    """

    most_trials: int

    def of(self, residual: Array) -> Array: ...

    def accepts(self, value: Array, length: Array) -> BoolArray: ...

    def shorter(self, value: Array, low: Array, high: Array) -> Array: ...


class NextStep:
    """Judges a step by how long the next one would be, whatever the units of the equations.

    Source:
        Deuflhard, Newton Methods for Nonlinear Problems, 2011, section 3.3 (natural monotonicity).
    """

    most_trials = 24  # a step that is good only at its 1e-7th leads nowhere

    def __init__(self, x: Array, step: Array, again: Callable[[Array], Array]) -> None:
        self.again = again
        xp = namespace(x)
        self.square = xp.sum(step**2, axis=1)
        self.rounding = xp.sum((ROUNDED * x) ** 2, axis=1)

    def of(self, residual: Array) -> Array:
        """Return the square of the next step's length with the old slopes."""
        with np.errstate(over="ignore", invalid="ignore"):
            return namespace(residual).sum(self.again(residual) ** 2, axis=1)

    def accepts(self, value: Array, length: Array) -> BoolArray:
        """Tell which steps are short enough."""
        is_short: BoolArray = value <= self.square * (1 - DECREASE * length) + self.rounding
        return is_short

    def shorter(self, value: Array, low: Array, high: Array) -> Array:
        """Return half of the length."""
        return high / 2


class Slope:
    """Judges a step: by the co-content's slope, or by the residual where no energy exists.

    Nodes within their tolerance do not count: their rounding would hide nodes whose changes
    are many decades smaller.
    """

    most_trials = 60

    def __init__(self, step: Array, residual: Array, weights: Array | None) -> None:
        self.step, self.weights = step, weights
        xp = namespace(residual)
        # Far away currents may be so large that their squares overflow.
        largest = xp.max(abs(residual), axis=1, keepdims=True)
        self.scale = 1 / xp.where(largest > 0, largest, 1.0)
        self.initial = abs(self.of(residual))
        # Without an energy it has to be enough that the residual does not grow.
        self.limit = self.initial if weights is None else SLOPE_RATIO * self.initial

    def of(self, residual: Array) -> Array:
        """Return the merit of what is left of the residual."""
        with np.errstate(over="ignore", invalid="ignore"):
            scaled = residual * self.scale
            one = scaled if self.weights is None else self.step * self.weights
            return namespace(residual).sum(one * scaled, axis=1)

    def accepts(self, value: Array, length: Array) -> BoolArray:
        """Tell which steps are short enough."""
        is_short: BoolArray = value <= self.limit
        return is_short

    def shorter(self, value: Array, low: Array, high: Array) -> Array:
        """Return a shorter length: where the slope's secant vanishes, at least a tenth."""
        if self.weights is None:
            return high / 2
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            secant = high * self.initial / (self.initial + value)
        xp = namespace(secant)
        secant = xp.where(xp.isfinite(secant), secant, 0.0)
        # Kept within the interval: across a kink a secant may point anywhere.
        return xp.minimum(xp.maximum(secant, low + 0.1 * (high - low)), low + 0.5 * (high - low))


def backtrack(
    equations: Equations, x: Array, step: Array, samples: IntArray, judge: Judge
) -> tuple[Array, Evaluation]:
    """Shorten each sample's step until the merit along it has nearly stopped falling."""
    xp = namespace(x)
    high = length = xp.ones(x.shape[0], dtype=x.dtype, device=x.device)
    low = xp.zeros_like(length)
    result, new = x + step, equations.evaluate(x + step, samples)
    for trial in range(judge.most_trials):
        left = unsettled(new.residual, equations.tolerance(result, samples, new))
        value = judge.of(left)
        # Where a current overflows, its tolerance is infinite too and would accept anything.
        too_long = ~new.finite() | (xp.any(left, axis=1) & ~judge.accepts(value, length))
        if trial == 0 and anywhere(too_long):
            # Rounding hides whether a step is good that ends at a solution.
            too_long &= ~is_right(equations, result, samples, new)
        if not anywhere(too_long):
            break
        high = xp.where(too_long, length, high)
        length = xp.where(too_long, judge.shorter(value, low, high), length)
        result = x + length[:, None] * step
        new = equations.evaluate(result, samples)
    return result, new
