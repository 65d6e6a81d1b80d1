"""Newton steps of circuits with devices of several terminals: the full Jacobian, dense."""

from typing import final

import numpy as np

from ebana_core.arrays import Array
from ebana_core.backends.native.devices import DeviceArray
from ebana_core.backends.native.equations import Evaluation
from ebana_core.backends.native.port_arrays import PortArray
from ebana_core.backends.native.sparse_linear import SparseLinearPart
from ebana_core.backends.native.sparse_steps import own_slopes
from ebana_core.errors import CircuitError

CHUNK = 4_000_000
"""Matrix entries held at once."""


@final
class FullSolver:
    """Solves the Jacobian of every sample, rows scaled: volts and amperes stand side by side."""

    def __init__(
        self,
        linear: SparseLinearPart,
        devices: tuple[DeviceArray, ...],
        ports: tuple[PortArray, ...],
    ) -> None:
        self.linear, self.devices, self.ports = linear, devices, ports
        self.bends = not all(array.law.is_linear for array in ports)
        self._shared = linear.matrix.toarray()
        self._at: Evaluation | None = None

    def solve(self, at: Evaluation, residual: Array) -> Array:
        """Return the Newton step -J⁻¹F. Shape of `residual`, V.

        Args:
            at: Slopes, and unknowns that stand at a bound.
            residual: F without what is within rounding, A.

        Raises:
            CircuitError: A Jacobian is singular.
        """
        self._at = at
        return self.again(residual)

    def again(self, residual: Array) -> Array:
        """Return the step for another residual at the slopes of the last `solve`."""
        assert self._at is not None
        n = len(self._shared)
        step, parts = max(1, CHUNK // max(1, n**2)), []
        for first in range(0, len(residual), step):
            part = slice(first, first + step)
            matrices = self._matrices(self._at, part, len(residual[part]))
            size = np.abs(matrices).max(axis=2)
            if not (size > 0).all() or not np.isfinite(size).all():
                raise _singular()
            right = -residual[part] / size
            try:
                found = np.linalg.solve(matrices / size[:, :, None], right[:, :, None])
            except np.linalg.LinAlgError:
                raise _singular() from None
            parts.append(found[:, :, 0])
        return np.concatenate(parts) if parts else -residual

    def _matrices(self, at: Evaluation, part: slice, n_samples: int) -> Array:
        n = len(self._shared)
        matrices = np.repeat(self._shared[None], n_samples, axis=0)
        own = own_slopes(self.devices, at, at.residual.shape)
        np.einsum("sii->si", matrices)[...] += own[part]
        for array, slopes in zip(self.devices, at.slopes, strict=True):
            rows, columns = array.pairs
            amounts = np.tile(slopes[part][:, array.coupled], 2) * array.factors
            np.add.at(matrices.reshape(-1, n * n).T, rows * n + columns, amounts.T)
        for ports, slopes in zip(self.ports, at.port_slopes, strict=True):
            ports.add_slopes(matrices, slopes[part])
        if at.is_bound is not None:
            own_conductance = np.where(self.linear.own > 0, self.linear.own, 1.0)
            held = at.is_bound[part][:, :, None]
            matrices = np.where(held, np.diag(own_conductance), matrices)
        return matrices


def _singular() -> CircuitError:
    return CircuitError(
        "The circuit's equations are singular: a node that nothing holds, or a slope that is not "
        "finite.",
        "look for nodes behind capacitors or gates only, and for loops of voltage sources",
    )
