"""Newton steps of circuits with devices of several terminals: Jacobians of every sample, dense."""

from collections.abc import Iterator
from typing import final

import numpy as np

from ebana_core.arrays import Array, BoolArray
from ebana_core.backends.native.devices import DeviceArray
from ebana_core.backends.native.equations import Evaluation
from ebana_core.backends.native.port_arrays import PortArray
from ebana_core.backends.native.solvers.condensed import CondensedPorts
from ebana_core.backends.native.solvers.sparse import own_slopes
from ebana_core.backends.native.sparse_linear import SparseLinearPart
from ebana_core.circuit.branches import scatter
from ebana_core.errors import CircuitError

CHUNK = 4_000_000
"""Matrix entries held at once."""


@final
class FullSolver:
    """Solves the Jacobian of every sample, rows scaled: volts and amperes stand side by side.

    What is inside devices is eliminated by each device, where that is regular.
    """

    def __init__(
        self,
        linear: SparseLinearPart,
        devices: tuple[DeviceArray, ...],
        ports: tuple[PortArray, ...],
    ) -> None:
        self.linear, self.devices = linear, devices
        self.bends = not all(array.law.is_linear for array in ports)
        is_own = _touched_once(linear, devices, ports)
        self.ports = tuple(CondensedPorts(array, is_own) for array in ports)
        self._arrange()
        self._parts: list[tuple[slice, Array, Array]] = []

    def _arrange(self) -> None:
        """Number the unknowns that are left."""
        n = self.linear.matrix.shape[0]
        hidden = np.concatenate([ports.places.ravel() for ports in self.ports])
        self._kept = np.setdiff1d(np.arange(n), hidden)
        self._place = np.full(n + 1, len(self._kept))
        self._place[self._kept] = np.arange(len(self._kept))
        self._shared = self.linear.matrix[self._kept][:, self._kept].toarray()

    def solve(self, at: Evaluation, residual: Array) -> Array:
        """Return the Newton step -J⁻¹F. Shape of `residual`, V.

        Args:
            at: Slopes, and unknowns that stand at a bound.
            residual: F without what is within rounding, A.

        Raises:
            CircuitError: A Jacobian is singular.
        """
        try:
            self._parts = list(self._factored(at, len(residual)))
        except np.linalg.LinAlgError:
            if not any(len(ports.hidden) for ports in self.ports):
                raise _singular() from None
            for ports in self.ports:
                ports.keep_all()
            self._arrange()
            return self.solve(at, residual)
        return self.again(residual)

    def again(self, residual: Array) -> Array:
        """Return the step for another residual at the slopes of the last `solve`."""
        n = self.linear.matrix.shape[0]
        padded = np.concatenate([residual, np.zeros((len(residual), 1))], axis=1)
        result = np.zeros((len(residual), n + 1))
        left = residual[:, self._kept]
        for ports in self.ports:
            if len(ports.hidden):
                carried = ports.carried(padded[:, ports.places])
                places = self._place[ports.array.places[:, ports.kept]]
                wide = np.zeros((len(left), len(self._kept) + 1))
                scatter(wide, places.ravel(), carried.reshape(len(left), -1))
                left = left - wide[:, :-1]
        for part, matrices, size in self._parts:
            right = -left[part] / size
            try:
                found = np.linalg.solve(matrices, right[:, :, None])
            except np.linalg.LinAlgError:
                raise _singular() from None
            result[part, self._kept] = found[:, :, 0]
        for ports in self.ports:
            if len(ports.hidden):
                steps = result[:, ports.array.places[:, ports.kept]]
                result[:, ports.places] = ports.regained(padded[:, ports.places], steps)
        return result[:, :-1]

    def _factored(self, at: Evaluation, n_samples: int) -> Iterator[tuple[slice, Array, Array]]:
        """Yield matrices of scaled rows with the rows' sizes, some samples at a time."""
        n = len(self._shared)
        condensed = [
            ports.condense(state.slopes) for ports, state in zip(self.ports, at.ports, strict=True)
        ]
        step = max(1, CHUNK // max(1, n**2))
        for first in range(0, n_samples, step):
            part = slice(first, min(n_samples, first + step))
            matrices = self._matrices(at, part, [slopes[part] for slopes in condensed])
            size = np.abs(matrices).max(axis=2)
            if not (size > 0).all() or not np.isfinite(size).all():
                raise np.linalg.LinAlgError
            yield part, matrices / size[:, :, None], size

    def _matrices(self, at: Evaluation, part: slice, condensed: list[Array]) -> Array:
        n = len(self._shared)
        matrices = np.repeat(self._shared[None], part.stop - part.start, axis=0)
        own = own_slopes(self.devices, at, at.residual.shape)
        np.einsum("sii->si", matrices)[...] += own[part][:, self._kept]
        flat = matrices.reshape(-1, n * n)
        for array, slopes in zip(self.devices, at.slopes, strict=True):
            rows, columns = (self._place[index] for index in array.pairs)
            amounts = np.tile(slopes[part][:, array.coupled], 2) * array.factors
            np.add.at(flat.T, rows * n + columns, amounts.T)
        for ports, slopes in zip(self.ports, condensed, strict=True):
            place = self._place[ports.array.places[:, ports.kept]]
            rows, columns = place[:, :, None], place[:, None, :]
            within = (rows < n) & (columns < n)
            np.add.at(flat.T, (rows * n + columns)[within], slopes[:, within].T)
        if at.is_bound is not None:
            own_conductance = np.where(self.linear.own > 0, self.linear.own, 1.0)[self._kept]
            held = at.is_bound[part][:, self._kept, None]
            matrices = np.where(held, np.diag(own_conductance), matrices)
        return matrices


def _touched_once(
    linear: SparseLinearPart, devices: tuple[DeviceArray, ...], ports: tuple[PortArray, ...]
) -> BoolArray:
    """Tell which unknowns a single terminal touches, and nothing else. One more for the fixed."""
    n = linear.matrix.shape[0]
    sizes = abs(linear.matrix)
    used = np.append(sizes.sum(axis=0) + sizes.sum(axis=1), np.inf) > 0
    for array in devices:
        for terminal in array.terminals:
            used[:n][terminal.unknowns] = True
    counts = np.zeros(n + 1)
    for own in ports:
        np.add.at(counts, own.places.ravel(), 1)
    result: BoolArray = ~used & (counts == 1)
    return result


def _singular() -> CircuitError:
    return CircuitError(
        "The circuit's equations are singular: a node that nothing holds, or a slope that is not "
        "finite.",
        "look for nodes behind capacitors or gates only, for loops of voltage sources, and for "
        "expressions of blocks that overflow (sinh, cosh, ^) or have no value (ln, sqrt below 0)",
    )
