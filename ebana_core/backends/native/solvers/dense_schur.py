"""Newton's steps by elimination: layers without couplings inside first, then sample by sample.

With 1 for nodes of layers that couple to nothing in their own layer, whose block of the Jacobian is
a diagonal D, and 2 for the rest, the rest solves the Schur complement ``J_22 - J_21 D⁻¹ J_12``.
"""

from typing import final

from ebana_core.arrays import Array, anywhere, namespace
from ebana_core.backends.native.assembly import Jacobian, assembled, known_steps
from ebana_core.backends.native.devices import DeviceArray
from ebana_core.backends.native.equations import Evaluation
from ebana_core.backends.native.linear import LinearPart
from ebana_core.backends.native.step_solver import StepSolver

TENSOR_ENTRIES = 2_000_000
"""Largest precomputed product of the coupling blocks, in numbers."""
HELD_AT_ONCE = 16_000_000
"""Matrix entries held at once."""


@final
class DenseSchur(StepSolver):
    """Factors the Schur complement of every sample as a dense matrix.

    Args:
        linear: The linear part.
        devices: The nonlinear branches.
    """

    def __init__(self, linear: LinearPart, devices: tuple[DeviceArray, ...]) -> None:
        self.linear, self.devices = linear, devices
        self.n_first, self.n_rest = linear.across.shape
        self._tensor: Array | None = None
        self._inner = linear.inner
        if 0 < self.n_first * self.n_rest**2 <= TENSOR_ENTRIES:
            # How the rest couples through each eliminated unknown: then the complements of all
            # samples are one matrix product.
            product = linear.back.T[:, :, None] * linear.across[:, None, :]
            xp = namespace(product)
            self._tensor = xp.reshape(product, (self.n_first, self.n_rest**2))
            self._inner = xp.reshape(linear.inner, (-1,))

    def solve(self, at: Evaluation, residual: Array) -> Array:
        n_first, xp, linear = self.n_first, namespace(residual), self.linear
        jacobian = assembled(self.devices, at)
        diagonal = linear.diagonal + jacobian.own[:, :n_first]
        if at.is_bound is not None:
            diagonal = xp.where(at.is_bound[:, :n_first], linear.own[:n_first], diagonal)
        inverse = 1 / diagonal
        scaled = residual[:, :n_first] * inverse
        if not self.n_rest:
            return -scaled
        if at.is_bound is not None:
            # What stands at a bound does not follow the rest.
            inverse = xp.where(at.is_bound[:, :n_first], 0.0, inverse)
        right = scaled @ linear.back.T - residual[:, n_first:]
        rest = jacobian.rest(n_first)
        if rest.held is not None and anywhere(rest.held):
            known = known_steps(residual[:, n_first:], linear.own[n_first:])
            right = xp.where(rest.held, known, right)
        else:
            rest = Jacobian(rest.own, rest.entries, None)
        second = self._rest(inverse, rest, right)
        step = xp.empty_like(residual)
        step[:, n_first:] = second
        step[:, :n_first] = -scaled - inverse * (second @ linear.across.T)
        return step

    def _rest(self, inverse: Array, jacobian: Jacobian, right: Array) -> Array:
        """Solve the Schur complement. Shape of `right`, V.

        Args:
            inverse: Of the diagonal block; 0 at a bound. Shape ``(n_samples, n_first)``, ohms.
            jacobian: What the samples add to the rest.
            right: Right-hand sides, A; steps, V, of unknowns at a bound.
        """
        xp, n_samples = namespace(right), right.shape[0]
        step = max(1, HELD_AT_ONCE // self.n_rest**2)
        parts = []
        for first in range(0, n_samples, step):
            part = slice(first, min(first + step, n_samples))
            matrices = jacobian.of(part).added_to(self._complement(inverse[part, :]))
            parts.append(xp.linalg.solve(matrices, right[part, :, None])[:, :, 0])
        return xp.concat(parts)

    def _complement(self, inverse: Array) -> Array:
        """Return what resistors give of the Schur complement. ``(n_samples, n_rest**2)``, S."""
        if self._tensor is not None:
            return self._inner - inverse @ self._tensor
        across = inverse[:, :, None] * self.linear.across
        complement = self.linear.inner - self.linear.back @ across
        return namespace(inverse).reshape(complement, (-1, self.n_rest**2))
