"""Newton's method on a batch of operating points that share one linear part.

Each sample has the equations ``F(x) = k + L x + scatter(i(x)) - injected = 0`` with the rows
scaled as in `linear`. Piecewise-linear laws take full steps; other laws backtrack on the slope
of the weighted co-content along the step, ``d . W F(x + t d)``, which is nondecreasing in t.
"""

from typing import Protocol

import attrs
import numpy as np

from ebana_core.arrays import Array, BoolArray
from ebana_core.backends.native.devices import Devices
from ebana_core.backends.native.linear import LinearPart
from ebana_core.circuit.elements import IntArray

EPS = float(np.finfo(np.float64).eps)
TENSOR_ENTRIES = 2_000_000
"""Largest precomputed product of the coupling blocks, in numbers."""
FULL_STEPS = 30
"""Iterations of full steps after which piecewise-linear laws backtrack too."""
SLOPE_RATIO = 0.5
"""A step is long enough when the slope along it has shrunk by this factor."""
MAX_BACKTRACKS = 60


@attrs.frozen(eq=False)
class Evaluation:
    """The equations at one point.

    Args:
        residual: F. Shape ``(n_samples, n_unknowns)``, A.
        tolerance: What rounding may leave of it. Same shape, A.
        slopes: Slope of every nonlinear branch. Shape ``(n_samples, n_branches)``, S.
    """

    residual: Array
    tolerance: Array
    slopes: Array

    def unsettled(self) -> Array:
        """Return the residual without what is within its tolerance, A."""
        return np.where(np.abs(self.residual) <= self.tolerance, 0.0, self.residual)

    def excess(self) -> Array:
        """Return how far the worst node of each sample is above its tolerance, as a ratio."""
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = np.abs(self.residual) / self.tolerance
        ratio[self.residual == 0] = 0.0
        worst = ratio.max(axis=1, initial=0.0)
        return np.where(np.isfinite(worst), worst, np.inf)


class Equations(Protocol):
    """The equations of a phase."""

    def evaluate(self, x: Array, samples: IntArray) -> Evaluation:
        """Return the equations of `samples` at the unknown voltages `x`."""
        ...


class Factor:
    """Solves the Jacobian of a batch: eliminates the diagonal block, then a dense rest."""

    def __init__(self, linear: LinearPart, devices: Devices) -> None:
        self.linear, self.devices = linear, devices
        self.n_first, self.n_second = linear.across.shape
        self.tensor: Array | None = None
        if self.n_first * self.n_second**2 <= TENSOR_ENTRIES:
            product = np.einsum("ba,ac->abc", linear.back, linear.across)
            self.tensor = product.reshape(self.n_first, self.n_second**2)

    def solve(self, slopes: Array, residual: Array) -> Array:
        """Return the Newton step -J⁻¹F. Shape of `residual`, V."""
        n_first = self.n_first
        own = slopes @ self.devices.diagonal if self.devices.n_branches else 0 * residual
        inverse = 1 / (self.linear.diagonal + own[:, :n_first])
        step = np.empty_like(residual)
        if not self.n_second:
            np.multiply(residual, -inverse, out=step)
            return step
        scaled = residual[:, :n_first] * inverse
        matrix = self._reduced(inverse, own[:, n_first:], slopes)
        right = scaled @ self.linear.back.T - residual[:, n_first:]
        second = np.linalg.solve(matrix, right[:, :, None])[:, :, 0]
        step[:, n_first:] = second
        step[:, :n_first] = -scaled - inverse * (second @ self.linear.across.T)
        return step

    def _reduced(self, inverse: Array, own: Array, slopes: Array) -> Array:
        """Return the Schur complement of every sample."""
        n = self.n_second
        if self.tensor is not None:
            matrix = self.linear.inner.reshape(-1) - inverse @ self.tensor
            matrix = matrix.reshape(-1, n, n)
        else:
            across = inverse[:, :, None] * self.linear.across
            matrix = self.linear.inner - self.linear.back @ across
        places = np.arange(n)
        matrix[:, places, places] += own
        coupled = self.devices.coupled
        if len(coupled):
            rows, columns = (index - self.n_first for index in self.devices.pairs)
            amounts = np.tile(slopes[:, coupled], 2) * self.devices.factors
            np.add.at(matrix.reshape(-1, n * n).T, rows * n + columns, amounts.T)
        return matrix


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
    factor: Factor,
    start: Array,
    *,
    weights: Array | None,
    max_iterations: int,
) -> Outcome:
    """Solve the equations of every sample.

    Args:
        equations: The phase to solve.
        factor: Solver of its Jacobian.
        start: Shape ``(n_samples, n_unknowns)``, V.
        weights: Stage weight of each unknown; None where the circuit is not reciprocal.
        max_iterations: After how many steps a sample counts as failed.
    """
    x = start.copy()
    active = np.arange(len(x))
    at = equations.evaluate(x, active)
    final = at.residual.copy()
    best = np.full(len(x), np.inf)
    stalled = np.zeros(len(x), dtype=np.intp)
    for iteration in range(max_iterations + 1):
        excess = at.excess()
        stalled[active] = np.where(excess < 0.5 * best[active], 0, stalled[active] + 1)
        best[active] = np.minimum(best[active], excess)
        final[active] = at.residual
        # Rounding can leave a residual just above its estimate; more steps would not help.
        is_open = (excess > 1) & ~((excess <= 2) & (stalled[active] >= 2))
        if not is_open.any() or iteration == max_iterations:
            return Outcome(x, active[is_open], final)
        if not is_open.all():
            active = active[is_open]
            at = Evaluation(at.residual[is_open], at.tolerance[is_open], at.slopes[is_open])
        # What is within rounding at one node must not disturb another, where changes can be
        # many decades smaller.
        step = factor.solve(at.slopes, at.unsettled())
        full = factor.devices.is_piecewise_linear and iteration < FULL_STEPS
        if full:
            x[active] += step
            at = equations.evaluate(x[active], active)
        else:
            x[active], at = _backtrack(equations, x[active], step, at, active, weights)
    raise AssertionError("unreachable")


def _backtrack(
    equations: Equations,
    x: Array,
    step: Array,
    at: Evaluation,
    samples: IntArray,
    weights: Array | None,
) -> tuple[Array, Evaluation]:
    """Shorten each sample's step until the merit along it has nearly stopped falling."""
    length = np.ones(len(x))
    low, high = np.zeros(len(x)), np.ones(len(x))
    merit = _Merit(step, at, weights)
    result, new = x + step, equations.evaluate(x + step, samples)
    for _ in range(MAX_BACKTRACKS):
        too_long = merit.is_too_long(new)
        if not too_long.any():
            break
        high = np.where(too_long, length, high)
        length = np.where(too_long, merit.shorter(new, low, high), length)
        result = x + length[:, None] * step
        new = equations.evaluate(result, samples)
    return result, new


class _Merit:
    """Judges a step: by the co-content's slope, or by the residual where no energy exists.

    Nodes within their tolerance do not count: their rounding would hide nodes whose changes
    are many decades smaller.
    """

    def __init__(self, step: Array, at: Evaluation, weights: Array | None) -> None:
        self.step, self.weights = step, weights
        self.scale = 1 / np.maximum(np.abs(at.residual).max(axis=1, keepdims=True), 1e-300)
        self.initial = np.abs(self._value(at))

    def _value(self, at: Evaluation) -> Array:
        open_part = at.unsettled() * self.scale
        with np.errstate(over="ignore", invalid="ignore"):
            if self.weights is None:
                return np.asarray((open_part**2).sum(axis=1))
            return np.asarray((self.step * self.weights * open_part).sum(axis=1))

    def is_too_long(self, new: Evaluation) -> BoolArray:
        limit = self.initial if self.weights is None else SLOPE_RATIO * self.initial
        return (new.excess() > 1) & ~(self._value(new) <= limit)

    def shorter(self, new: Evaluation, low: Array, high: Array) -> Array:
        """Return a shorter length: where the slope's secant vanishes, at least a tenth."""
        if self.weights is None:
            return np.asarray(high / 2)
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            secant = high * self.initial / (self.initial + self._value(new))
        secant = np.where(np.isfinite(secant), secant, 0.0)
        return np.asarray(np.clip(secant, low + 0.1 * (high - low), low + 0.5 * (high - low)))
