"""Jacobians of chains of resistors that devices join, as of crossbars with wires."""

from typing import final

import numpy as np
from scipy.sparse import csr_array

from ebana_core.arrays import Array
from ebana_core.backends.factors import Pattern
from ebana_core.backends.native.assembly import assembled
from ebana_core.backends.native.devices import DeviceArray
from ebana_core.backends.native.equations import Evaluation
from ebana_core.backends.native.solvers.chain_system import ChainSystem
from ebana_core.backends.native.sparse_linear import SparseLinearPart
from ebana_core.backends.native.step_solver import StepSolver

FORCING = 1e-3
"""Size of the preconditioned residual at which a Newton step is exact enough, relative to its
start: Newton's own error is larger at first, and its steps cost less than more exact ones."""


@final
class Chained(StepSolver):
    """Solves the Jacobian of every sample by conjugate gradients along its chains.

    Args:
        linear: The linear part, its unknowns in the order of the chains.
        devices: The nonlinear branches.
        weights: Stage weight of each unknown: times these the Jacobian is symmetric and positive
            definite.
        n_first: Unknowns of the first kind of chains.
    """

    def __init__(
        self,
        linear: SparseLinearPart,
        devices: tuple[DeviceArray, ...],
        weights: Array,
        n_first: int,
    ) -> None:
        self._devices, self._weights, self._n_first = devices, weights, n_first
        matrix, n = linear.matrix, len(linear.own)
        self._diagonal = matrix.diagonal()
        self._along = -matrix.diagonal(1) * weights[:-1]
        if 0 < n_first < n:
            self._along[n_first - 1] = 0.0
        shared = csr_array(matrix[:n_first, n_first:]).tocoo()
        pairs = [array.pairs for array in devices if array.coupled.shape[0]]
        rows, columns = (
            np.concatenate([np.zeros(0, np.intp), *side])
            for side in zip((np.zeros(0, np.intp),) * 2, *pairs, strict=True)
        )
        self._chosen = np.flatnonzero((rows < n_first) & (columns >= n_first))
        rows, columns = rows[self._chosen], columns[self._chosen] - n_first
        shape = (n_first, n - n_first)
        rows = np.concatenate([shared.row, rows])
        columns = np.concatenate([shared.col, columns])
        self._shared = -shared.data * weights[shared.row]
        self._across = Pattern(rows, columns, shape)
        self._back = Pattern(columns, rows, shape[::-1])
        self._row_weights = weights[rows[len(shared.row) :]]

    def solve(self, at: Evaluation, residual: Array) -> Array:
        added = assembled(self._devices, at)
        step = np.empty_like(residual)
        for sample, own in enumerate(residual):
            amounts = [entries.amounts[sample] for entries in added.entries]
            chosen = np.concatenate([np.zeros(0), *amounts])[self._chosen]
            terms = np.concatenate([self._shared, -chosen * self._row_weights])
            system = ChainSystem(
                (self._diagonal + added.own[sample]) * self._weights,
                self._along,
                self._across.matrix(self._across.summed(terms)),
                self._back.matrix(self._back.summed(terms)),
            )
            step[sample] = system.solve(-own * self._weights, FORCING)
        return step
