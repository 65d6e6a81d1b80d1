"""Circuits with devices of several terminals: the Jacobian of every sample, dense."""

from collections.abc import Iterator
from typing import final

import attrs
import numpy as np

from ebana_core.arrays import Array, BoolArray
from ebana_core.backends.native.assembly import assembled, known_steps, terminal_entries
from ebana_core.backends.native.devices import DeviceArray
from ebana_core.backends.native.equations import Evaluation
from ebana_core.backends.native.solvers.condensed import CondensedTerminals
from ebana_core.backends.native.sparse_linear import SparseLinearPart
from ebana_core.backends.native.step_solver import StepSolver, singular_equations
from ebana_core.backends.native.terminal_arrays import TerminalArray
from ebana_core.circuit.branches import scatter

HELD_AT_ONCE = 4_000_000
"""Matrix entries held at once."""


@attrs.frozen(eq=False)
class _Scaled:
    """The Jacobians of some samples, with every row divided by its largest entry.

    Args:
        samples: Which.
        matrices: Shape ``(n_samples, n_kept, n_kept)``.
        size: What rows were divided by. Shape ``(n_samples, n_kept)``, S.
        held: Unknowns at a bound. Same shape; None: there are no bounds.
    """

    samples: slice
    matrices: Array
    size: Array
    held: BoolArray | None


@final
class MultiTerminal(StepSolver):
    """Solves the Jacobian of every sample, rows scaled: volts and amperes stand side by side.

    What is inside devices is eliminated by each device, where that is regular.

    Args:
        linear: The linear part.
        devices: The nonlinear branches.
        terminals: The devices of several terminals.
    """

    remembers = True

    def __init__(
        self,
        linear: SparseLinearPart,
        devices: tuple[DeviceArray, ...],
        terminals: tuple[TerminalArray, ...],
    ) -> None:
        self._linear, self._devices = linear, devices
        is_own = _touched_once(linear, devices, terminals)
        self._terminals = tuple(CondensedTerminals(array, is_own) for array in terminals)
        self._arrange()
        self._parts: list[_Scaled] = []

    def _arrange(self) -> None:
        """Number the unknowns that are left."""
        n = self._linear.matrix.shape[0]
        hidden = np.concatenate([terminals.places.ravel() for terminals in self._terminals])
        self._kept = np.setdiff1d(np.arange(n), hidden)
        self._place = np.full(n + 1, len(self._kept))
        self._place[self._kept] = np.arange(len(self._kept))
        self._shared = self._linear.matrix[self._kept][:, self._kept].toarray().reshape(1, -1)

    def solve(self, at: Evaluation, residual: Array) -> Array:
        try:
            self._parts = list(self._assembled(at, len(residual)))
        except np.linalg.LinAlgError:
            if not any(len(terminals.hidden) for terminals in self._terminals):
                raise singular_equations() from None
            # A device alone is singular, the circuit around it need not be.
            for terminals in self._terminals:
                terminals.keep_all()
            self._arrange()
            return self.solve(at, residual)
        return self.again(residual)

    def again(self, residual: Array) -> Array:
        n = self._linear.matrix.shape[0]
        padded = np.concatenate([residual, np.zeros((len(residual), 1))], axis=1)
        result = np.zeros((len(residual), n + 1))
        left = self._without_hidden(residual[:, self._kept], padded)
        known = known_steps(residual, self._linear.own)[:, self._kept]
        for part in self._parts:
            right = -left[part.samples] / part.size
            if part.held is not None:
                right = np.where(part.held, known[part.samples], right)
            try:
                found = np.linalg.solve(part.matrices, right[:, :, None])
            except np.linalg.LinAlgError:
                raise singular_equations() from None
            result[part.samples, self._kept] = found[:, :, 0]
        for terminals in self._terminals:
            if len(terminals.hidden):
                steps = result[:, terminals.array.places[:, terminals.kept]]
                result[:, terminals.places] = terminals.regained(padded[:, terminals.places], steps)
        return result[:, :-1]

    def _without_hidden(self, left: Array, padded: Array) -> Array:
        """Return the residual of the unknowns that are left, the others eliminated, A."""
        for terminals in self._terminals:
            if len(terminals.hidden):
                carried = terminals.carried(padded[:, terminals.places])
                places = self._place[terminals.array.places[:, terminals.kept]]
                wide = np.zeros((len(left), len(self._kept) + 1))
                scatter(wide, places.ravel(), carried.reshape(len(left), -1))
                left = left - wide[:, :-1]
        return left

    def _assembled(self, at: Evaluation, n_samples: int) -> Iterator[_Scaled]:
        """Yield the Jacobians, some samples at a time."""
        n = len(self._kept)
        inside = (
            terminal_entries(
                self._place[terminals.array.places[:, terminals.kept]],
                terminals.condense(state.slopes.dense()),
                n,
            )
            for terminals, state in zip(self._terminals, at.terminals, strict=True)
        )
        added = assembled(self._devices, at).kept(self._kept, self._place).with_entries([*inside])
        step = max(1, HELD_AT_ONCE // max(1, n**2))
        for first in range(0, n_samples, step):
            part = slice(first, min(n_samples, first + step))
            own = added.of(part)
            matrices = own.added_to(np.repeat(self._shared, part.stop - part.start, axis=0))
            # Volts and amperes stand side by side: unscaled, pivots would depend on units.
            size = np.abs(matrices).max(axis=2)
            if not (size > 0).all() or not np.isfinite(size).all():
                raise np.linalg.LinAlgError
            yield _Scaled(part, matrices / size[:, :, None], size, own.held)


def _touched_once(
    linear: SparseLinearPart, devices: tuple[DeviceArray, ...], terminals: tuple[TerminalArray, ...]
) -> BoolArray:
    """Tell which unknowns a single terminal touches, and nothing else. One more for the fixed."""
    n = linear.matrix.shape[0]
    sizes = abs(linear.matrix)
    # Fixed nodes, the last place, count as touched.
    used = np.append(sizes.sum(axis=0) + sizes.sum(axis=1), np.inf) > 0
    for array in devices:
        for terminal in array.terminals:
            used[:n][terminal.unknowns] = True
    counts = np.zeros(n + 1)
    for own in terminals:
        np.add.at(counts, own.places.ravel(), 1)
    result: BoolArray = ~used & (counts == 1)
    return result
