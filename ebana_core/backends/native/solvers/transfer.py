"""Unknowns without devices are eliminated once; those with devices are a small dense matrix."""

from typing import final

import numpy as np

from ebana_core.arrays import Array
from ebana_core.backends.native.assembly import Jacobian, assembled, known_steps
from ebana_core.backends.native.devices import DeviceArray
from ebana_core.backends.native.equations import Evaluation
from ebana_core.backends.native.solvers.super_lu import Factorisation, solved
from ebana_core.backends.native.sparse_linear import SparseLinearPart, product
from ebana_core.backends.native.step_solver import StepSolver

COLUMNS = 64
"""Right-hand sides held at once while the transfer matrix is made."""
HELD_AT_ONCE = 4_000_000
"""Matrix entries held at once while samples are solved."""


@final
class Transfer(StepSolver):
    """Reduces the circuit to the unknowns with devices, and solves these sample by sample.

    With 1 for unknowns without devices and 2 for those with some, the transfer matrix is
    ``L_22 - L_21 L_11⁻¹ L_12``; the devices' slopes are added to it.

    Args:
        linear: The linear part.
        devices: The nonlinear branches.
        factorisation: Of the unknowns without devices.
        n_first: How many these are.
    """

    def __init__(
        self,
        linear: SparseLinearPart,
        devices: tuple[DeviceArray, ...],
        factorisation: Factorisation,
        n_first: int,
    ) -> None:
        self._linear, self._devices, self._n_first = linear, devices, n_first
        matrix = linear.matrix
        self._factors = factorisation.of(matrix[:n_first, :n_first])
        self._across, self._back = matrix[:n_first, n_first:], matrix[n_first:, :n_first]
        self._transfer = matrix[n_first:, n_first:].toarray()
        # A few columns at a time: in between, each is as long as the whole circuit.
        for first in range(0, len(self._transfer), COLUMNS):
            part = slice(first, first + COLUMNS)
            eliminated = solved(self._factors, self._across[:, part].T.toarray())
            self._transfer[:, part] -= self._back @ eliminated.T

    def solve(self, at: Evaluation, residual: Array) -> Array:
        n_first = self._n_first
        step = np.empty_like(residual)
        first, right = residual[:, :n_first], -residual[:, n_first:]
        # Linear equations balance after a full step: then a solve with their factors is saved.
        is_open = first.any()
        eliminated = solved(self._factors, first) if is_open else first
        if not right.shape[1]:
            return -eliminated
        if is_open:
            right = right + product(self._back, eliminated)
        rest = assembled(self._devices, at).rest(n_first)
        if rest.held is not None:
            known = known_steps(residual[:, n_first:], self._linear.own[n_first:])
            right = np.where(rest.held, known, right)
        second = self._solved_rest(rest, right)
        step[:, n_first:] = second
        driven = solved(self._factors, product(self._across, second))
        step[:, :n_first] = -eliminated - driven
        return step

    def _solved_rest(self, jacobian: Jacobian, right: Array) -> Array:
        """Solve the unknowns with devices. Shape of `right`, V."""
        shared, parts = self._transfer.reshape(1, -1), []
        step = max(1, HELD_AT_ONCE // shared.size)
        for begin in range(0, len(right), step):
            part = slice(begin, begin + step)
            own = np.repeat(shared, len(right[part]), axis=0)
            matrices = jacobian.of(part).added_to(own)
            parts.append(np.linalg.solve(matrices, right[part][:, :, None])[:, :, 0])
        return np.concatenate(parts)
