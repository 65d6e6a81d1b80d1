"""Sparse circuits whose factors would fill up: conjugate gradients, all samples together."""

from typing import final

import numpy as np

from ebana_core.arrays import Array
from ebana_core.backends.native.assembly import assembled, known_steps
from ebana_core.backends.native.devices import DeviceArray
from ebana_core.backends.native.equations import Evaluation
from ebana_core.backends.native.solvers.conjugate_gradients import conjugate_gradients
from ebana_core.backends.native.sparse_linear import SparseLinearPart
from ebana_core.backends.native.step_solver import StepSolver


@final
class SparseIterative(StepSolver):
    """Solves the Jacobian by conjugate gradients with a diagonal preconditioner.

    Args:
        linear: The linear part.
        devices: The nonlinear branches.
        weights: Stage weight of each unknown: times these the Jacobian is symmetric and positive
            definite.
    """

    def __init__(
        self, linear: SparseLinearPart, devices: tuple[DeviceArray, ...], weights: Array
    ) -> None:
        self._linear, self._devices, self._weights = linear, devices, weights

    def solve(self, at: Evaluation, residual: Array) -> Array:
        linear, weights = self._linear, self._weights
        jacobian = assembled(self._devices, at)

        def product(vector: Array) -> Array:
            return np.asarray((linear.apply(vector) + jacobian.times(vector)) * weights)

        return conjugate_gradients(
            product,
            (linear.matrix.diagonal() + jacobian.own) * weights,
            -residual * weights,
            jacobian.held,
            known=known_steps(residual, linear.own),
        )
