"""Newton steps: the diagonal block is eliminated, the rest solved directly or by iterations."""

from collections.abc import Callable

from ebana_core.arrays import Array, BoolArray, add_at, anywhere, columns, namespace
from ebana_core.backends.native.devices import DeviceArray
from ebana_core.backends.native.equations import Evaluation
from ebana_core.backends.native.linear import LinearPart

TENSOR_ENTRIES = 2_000_000
"""Largest precomputed product of the coupling blocks, in numbers."""
CHUNK = 16_000_000
"""Matrix entries held at once where the rest is factored."""


class Factor:
    """Solves the Jacobian of a batch.

    Args:
        linear: The linear part.
        devices: The nonlinear branches.
        weights: Stage weight of each unknown, which make the Jacobian symmetric: the rest is
            solved by iterations; None: it is factored.
    """

    bends = False
    again = None

    def __init__(
        self, linear: LinearPart, devices: tuple[DeviceArray, ...], weights: Array | None
    ) -> None:
        self.linear, self.devices, self.weights = linear, devices, weights
        self.n_first, self.n_second = linear.across.shape
        self.iterates = weights is not None
        self.tensor: Array | None = None
        self._inner = linear.inner
        if not self.iterates and 0 < self.n_first * self.n_second**2 <= TENSOR_ENTRIES:
            product = linear.back.T[:, :, None] * linear.across[:, None, :]
            xp = namespace(product)
            self.tensor = xp.reshape(product, (self.n_first, self.n_second**2))
            self._inner = xp.reshape(linear.inner, (-1,))

    def solve(self, at: Evaluation, residual: Array) -> Array:
        """Return the Newton step -J⁻¹F. Shape of `residual`, V.

        Args:
            at: Slopes, and unknowns that stand at a bound.
            residual: F without what is within rounding, A.
        """
        n_first, xp = self.n_first, namespace(residual)
        own = self._own(at, residual)
        diagonal = self.linear.diagonal + own[:, :n_first]
        if at.is_bound is not None:
            diagonal = xp.where(at.is_bound[:, :n_first], self.linear.own[:n_first], diagonal)
        inverse = 1 / diagonal
        scaled = residual[:, :n_first] * inverse
        if not self.n_second:
            return -scaled
        if at.is_bound is not None:
            inverse = xp.where(at.is_bound[:, :n_first], 0.0, inverse)
        right = scaled @ self.linear.back.T - residual[:, n_first:]
        held = None if at.is_bound is None else at.is_bound[:, n_first:]
        if held is not None and anywhere(held):
            right = xp.where(held, -residual[:, n_first:] / self.linear.own[n_first:], right)
        else:
            held = None
        second = self._second(inverse, own[:, n_first:], right, held, at)
        step = xp.empty_like(residual)
        step[:, n_first:] = second
        step[:, :n_first] = -scaled - inverse * (second @ self.linear.across.T)
        return step

    def _own(self, at: Evaluation, residual: Array) -> Array:
        own = namespace(residual).zeros_like(residual)
        for array, slopes in zip(self.devices, at.slopes, strict=True):
            for terminal in array.terminals:
                terminal.add_slopes(own, slopes)
        return own

    def _second(
        self, inverse: Array, own: Array, right: Array, held: BoolArray | None, at: Evaluation
    ) -> Array:
        if self.iterates:
            return self._iterated(inverse, own, right, held)
        n, xp = self.n_second, namespace(right)
        step, n_samples = max(1, CHUNK // n**2), right.shape[0]
        parts = []
        for first in range(0, n_samples, step):
            part = slice(first, min(first + step, n_samples))
            matrix = self._reduced(inverse[part, :], own[part, :], at, part)
            if held is not None:
                identity = xp.eye(n, dtype=right.dtype, device=right.device)
                matrix = xp.where(held[part, :, None], identity, matrix)
            parts.append(xp.linalg.solve(matrix, right[part, :, None])[:, :, 0])
        return xp.concat(parts)

    def _reduced(self, inverse: Array, own: Array, at: Evaluation, part: slice) -> Array:
        """Return the Schur complement of some samples."""
        n, xp = self.n_second, namespace(own)
        if self.tensor is not None:
            flat = self._inner - inverse @ self.tensor
        else:
            across = inverse[:, :, None] * self.linear.across
            flat = xp.reshape(self.linear.inner - self.linear.back @ across, (-1, n * n))
        flat[:, :: n + 1] += own
        for array, slopes in zip(self.devices, at.slopes, strict=True):
            if array.coupled.shape[0]:
                row, column = (index - self.n_first for index in array.pairs)
                coupled = columns(slopes[part, :], array.coupled)
                both = xp.concat([coupled, coupled], axis=1)
                add_at(flat, row * n + column, both * array.factors)
        return xp.reshape(flat, (-1, n, n))

    def _iterated(self, inverse: Array, own: Array, right: Array, held: BoolArray | None) -> Array:
        """Solve the Schur complement by conjugate gradients with a diagonal preconditioner.

        Times the stage weights it is symmetric and positive definite. Unknowns at a bound are
        known: their rows leave the system, their columns stand on the right.
        """
        linear = self.linear
        assert self.weights is not None
        weights = self.weights[self.n_first :]
        xp = namespace(right)
        free = xp.ones_like(right)
        if held is not None:
            free = xp.where(held, 0.0, free)

        def product(vector: Array) -> Array:
            eliminated = (vector @ linear.across.T) * inverse
            result = vector @ linear.inner.T + own * vector - eliminated @ linear.back.T
            return result * weights

        diagonal = (
            xp.linalg.diagonal(linear.inner) + own - inverse @ (linear.back.T * linear.across)
        )
        diagonal = diagonal * weights
        fixed = right * (1 - free)
        goal = right * weights - (product(fixed) if held is not None else 0.0)
        return fixed + conjugate_gradients(lambda v: product(v) * free, diagonal, goal * free)


FORCING = 1e-6
"""Size of the preconditioned residual at which a Newton step is exact enough, relative to its
start: two or three steps then end at rounding, with half of the products."""
MAX_PRODUCTS = 500
"""Products after which conjugate gradients give up; Newton's method judges the result."""


def conjugate_gradients(product: Callable[[Array], Array], diagonal: Array, right: Array) -> Array:
    """Solve a symmetric positive definite system for every sample.

    Args:
        product: Applies the matrices to one vector per sample.
        diagonal: Their diagonals. Shape ``(n_samples, n)``.
        right: Right-hand sides. Same shape.

    Source:
        Saad 2003, Iterative Methods for Sparse Linear Systems, algorithm 9.1.
    """
    xp = namespace(right)
    x = xp.zeros_like(right)
    residual = xp.asarray(right, copy=True)
    direction = ahead = residual / diagonal
    power = xp.vecdot(residual, ahead)
    goal = FORCING**2 * power
    for _ in range(MAX_PRODUCTS):
        is_open = power > goal
        if not anywhere(is_open):
            break
        image = product(direction)
        curvature = xp.vecdot(direction, image)
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
        if not anywhere(length):
            break
    return x
