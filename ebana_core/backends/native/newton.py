"""Newton's method on a batch of operating points that share one linear part.

Each sample has the equations ``F(x) = k + L x + scatter(i(x)) - injected = 0`` with the rows
scaled as in `linear`. Piecewise-linear laws take full steps; other laws backtrack on the slope
of the weighted co-content along the step, ``d . W F(x + t d)``, which is nondecreasing in t.
"""

from collections.abc import Callable
from typing import Protocol

import attrs
import numpy as np

from ebana_core.arrays import Array, BoolArray, namespace
from ebana_core.backends.native.devices import DeviceArray
from ebana_core.backends.native.equations import Equations, Evaluation
from ebana_core.circuit.elements import IntArray

FULL_STEPS = 30
"""Iterations of full steps after which piecewise-linear laws backtrack too."""
SLOPE_RATIO = 0.5
"""A step is long enough when the slope along it has shrunk by this factor."""
MAX_BACKTRACKS = 60
DECREASE = 1e-3
"""By which the square of the next step must be below that of this one, relative to it, for a full
step: equally long steps would lead to and fro between two kinks for ever."""
ROUNDED = 1e-14
"""Length of a step, relative to the voltages, that rounding alone may have."""
JUST_ABOVE = 2.0
"""Rounding can leave a residual this much above its estimate; more steps would not help."""
NEAR = 1e9
"""Excess over an older tolerance below which it is computed anew: devices that begin to conduct
raise it by many decades."""


class StepSolver(Protocol):
    """Solves the Jacobian of a batch."""

    devices: tuple[DeviceArray, ...]

    def solve(self, at: Evaluation, residual: Array) -> Array:
        """Return the Newton step -J⁻¹F. Shape of `residual`, V.

        Args:
            at: Slopes, and unknowns that stand at a bound.
            residual: F without what is within rounding, A.
        """
        ...


@attrs.frozen(eq=False)
class Outcome:
    """Where Newton's method ended.

    Args:
        x: Unknown voltages. Shape ``(n_samples, n_unknowns)``, V.
        failed: Samples that did not reach their tolerance.
        residual: Residual at the end. Shape of `x`, A.
    """

    x: Array
    failed: IntArray
    residual: Array


def newton(
    equations: Equations,
    factor: StepSolver,
    start: Array,
    *,
    weights: Array | None,
    max_iterations: int,
    samples: IntArray | None = None,
    is_full: bool = False,
) -> Outcome:
    """Solve the equations of every sample.

    Args:
        equations: The phase to solve.
        factor: Solver of its Jacobian.
        start: Shape ``(n_samples, n_unknowns)``, V.
        weights: Stage weight of each unknown; None where the circuit is not reciprocal.
        max_iterations: After how many steps a sample counts as failed.
        samples: Solve only these; None: all.
        is_full: Take every step as it is, whatever the laws.
    """
    xp = namespace(start)
    active = xp.arange(len(start), device=start.device) if samples is None else samples
    method = _Newton(equations, factor, start, weights, active)
    method.is_full = is_full
    return method.run(max_iterations)


class _Newton:
    """The state of the iterations; `active` are the samples still to be solved."""

    def __init__(
        self,
        equations: Equations,
        factor: StepSolver,
        start: Array,
        weights: Array | None,
        active: IntArray,
    ) -> None:
        self.equations, self.factor, self.weights = equations, factor, weights
        bends = getattr(factor, "bends", False)
        self.takes_full_steps = not bends and all(
            array.law.is_piecewise_linear for array in factor.devices
        )
        self.is_full = False
        xp, n_samples = namespace(start), len(start)
        self.x = xp.asarray(start, copy=True)
        self.active = active
        self.at = equations.evaluate(self.x[active], active)
        self.residual = xp.zeros_like(self.x)
        self.best = xp.full(n_samples, np.inf, dtype=start.dtype, device=start.device)
        self.stalled = xp.zeros(n_samples, dtype=xp.int64, device=start.device)

    def run(self, max_iterations: int) -> Outcome:
        tolerance = namespace(self.x).zeros_like(self.at.residual)
        for iteration in range(max_iterations + 1):
            x = self.x if len(self.active) == len(self.x) else self.x[self.active]
            tolerance = self._tolerance(x, tolerance, iteration)
            is_open = self._is_open(tolerance)
            if not is_open.any() or iteration == max_iterations:
                self.residual[self.active] = self.at.residual
                return Outcome(self.x, self.active[is_open], self.residual)
            if not is_open.all():
                self._leave(is_open)
                x, tolerance = x[is_open], tolerance[is_open]
            # What is within rounding at one node must not disturb another, where changes can
            # be many decades smaller.
            open_part = unsettled(self.at.residual, tolerance)
            step = self.factor.solve(self.at, open_part)
            if self.is_full or (self.takes_full_steps and iteration < FULL_STEPS):
                x = x + step
                self.at = self.equations.evaluate(x, self.active)
            else:
                merit = _merit(self.factor, x, step, open_part, self.weights)
                x, self.at = _backtrack(self.equations, x, step, self.active, merit)
            if len(self.active) == len(self.x):
                self.x = x
            else:
                self.x[self.active] = x
        raise AssertionError("unreachable")

    def _tolerance(self, x: Array, before: Array, iteration: int) -> Array:
        """Return what rounding may leave, anew where it matters: it costs half an iteration.

        Full steps do not care; a line search does, because what is within rounding at one node
        would hide others.
        """
        if iteration == 0:
            return before
        may_wait = self.takes_full_steps and iteration > 1 and not self.stalled[self.active].any()
        if may_wait and (worst_excess(self.at.residual, before) > NEAR).all():
            return before
        return self.equations.tolerance(x, self.active, self.at)

    def _is_open(self, tolerance: Array) -> BoolArray:
        """Tell which active samples need another step."""
        excess = worst_excess(self.at.residual, tolerance)
        before = self.best[self.active]
        xp = namespace(excess)
        stalled = xp.where(excess < 0.5 * before, 0, self.stalled[self.active] + 1)
        self.stalled[self.active] = stalled
        self.best[self.active] = xp.minimum(before, excess)
        return (excess > 1) & ~((excess <= JUST_ABOVE) & (stalled >= 2))

    def _leave(self, is_open: BoolArray) -> None:
        self.residual[self.active[~is_open]] = self.at.residual[~is_open]
        self.active, self.at = self.active[is_open], self.at.part(is_open)


def unsettled(residual: Array, tolerance: Array) -> Array:
    """Return the residual without what is within its tolerance, A."""
    return namespace(residual).where(abs(residual) <= tolerance, 0.0, residual)


def worst_excess(residual: Array, tolerance: Array) -> Array:
    """Return how far the worst node of each sample is above its tolerance, as a ratio."""
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = abs(residual) / tolerance
    ratio[residual == 0] = 0.0
    xp = namespace(ratio)
    worst = xp.max(ratio, axis=1) if ratio.shape[1] else ratio.sum(axis=1)
    return xp.where(xp.isfinite(worst), worst, np.inf)


def _backtrack(
    equations: Equations, x: Array, step: Array, samples: IntArray, merit: "_Judge"
) -> tuple[Array, Evaluation]:
    """Shorten each sample's step until the merit along it has nearly stopped falling."""
    xp = namespace(x)
    high = length = xp.ones(len(x), dtype=x.dtype, device=x.device)
    low = xp.zeros_like(length)
    result, new = x + step, equations.evaluate(x + step, samples)
    for _ in range(MAX_BACKTRACKS):
        left = unsettled(new.residual, equations.tolerance(result, samples, new))
        value = merit.of(left)
        too_long = left.any(axis=1) & ~merit.accepts(value, length)
        if not too_long.any():
            break
        high = xp.where(too_long, length, high)
        length = xp.where(too_long, merit.shorter(value, low, high), length)
        result = x + length[:, None] * step
        new = equations.evaluate(result, samples)
    return result, new


class _Judge(Protocol):
    """Judges a step by what it leaves of the residual."""

    def of(self, residual: Array) -> Array: ...

    def accepts(self, value: Array, length: Array) -> BoolArray: ...

    def shorter(self, value: Array, low: Array, high: Array) -> Array: ...


def _merit(
    factor: StepSolver, x: Array, step: Array, residual: Array, weights: Array | None
) -> _Judge:
    again = getattr(factor, "again", None)
    return _Merit(step, residual, weights) if again is None else _NextStep(x, step, again)


class _NextStep:
    """Judges a step by how long the next one would be, whatever the units of the equations.

    Source:
        Deuflhard, Newton Methods for Nonlinear Problems, 2011, section 3.3 (natural monotonicity).
    """

    def __init__(self, x: Array, step: Array, again: Callable[[Array], Array]) -> None:
        self.again = again
        self.square = (step**2).sum(axis=1)
        self.rounding = ((ROUNDED * x) ** 2).sum(axis=1)

    def of(self, residual: Array) -> Array:
        """Return the square of the next step's length with the old slopes."""
        with np.errstate(over="ignore", invalid="ignore"):
            return (self.again(residual) ** 2).sum(axis=1)

    def accepts(self, value: Array, length: Array) -> BoolArray:
        """Tell which steps are short enough."""
        is_short: BoolArray = value <= self.square * (1 - DECREASE * length) + self.rounding
        return is_short

    def shorter(self, value: Array, low: Array, high: Array) -> Array:
        """Return half of the length."""
        return high / 2


class _Merit:
    """Judges a step: by the co-content's slope, or by the residual where no energy exists.

    Nodes within their tolerance do not count: their rounding would hide nodes whose changes
    are many decades smaller.
    """

    def __init__(self, step: Array, residual: Array, weights: Array | None) -> None:
        self.step, self.weights = step, weights
        xp = namespace(residual)
        largest = xp.max(abs(residual), axis=1, keepdims=True)
        self.scale = 1 / xp.where(largest > 0, largest, 1.0)
        self.initial = abs(self.of(residual))
        self.limit = self.initial if weights is None else SLOPE_RATIO * self.initial

    def of(self, residual: Array) -> Array:
        """Return the merit of what is left of the residual."""
        with np.errstate(over="ignore", invalid="ignore"):
            scaled = residual * self.scale
            if self.weights is None:
                return (scaled**2).sum(axis=1)
            return (self.step * self.weights * scaled).sum(axis=1)

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
        return xp.minimum(xp.maximum(secant, low + 0.1 * (high - low)), low + 0.5 * (high - low))
