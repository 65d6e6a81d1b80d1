"""The rest of a circuit, once layers are eliminated, is factored sample by sample."""

from typing import final

from ebana_core.arrays import Array, namespace
from ebana_core.backends.native.assembly import Jacobian
from ebana_core.backends.native.devices import DeviceArray
from ebana_core.backends.native.linear import LinearPart
from ebana_core.backends.native.solvers.layer_elimination import LayerElimination

TENSOR_ENTRIES = 2_000_000
"""Largest precomputed product of the coupling blocks, in numbers."""
HELD_AT_ONCE = 16_000_000
"""Matrix entries held at once."""


@final
class DenseSchur(LayerElimination):
    """Factors the Schur complement of every sample as a dense matrix.

    Args:
        linear: The linear part.
        devices: The nonlinear branches.
    """

    def __init__(self, linear: LinearPart, devices: tuple[DeviceArray, ...]) -> None:
        super().__init__(linear, devices)
        self._tensor: Array | None = None
        self._inner = linear.inner
        if 0 < self.n_first * self.n_rest**2 <= TENSOR_ENTRIES:
            # How the rest couples through each eliminated unknown: then the complements of all
            # samples are one matrix product.
            product = linear.back.T[:, :, None] * linear.across[:, None, :]
            xp = namespace(product)
            self._tensor = xp.reshape(product, (self.n_first, self.n_rest**2))
            self._inner = xp.reshape(linear.inner, (-1,))

    def _rest(self, inverse: Array, jacobian: Jacobian, right: Array) -> Array:
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
