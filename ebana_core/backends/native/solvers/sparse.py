"""The Jacobian of every sample as a sparse matrix."""

from typing import final

import numpy as np

from ebana_core.arrays import Array
from ebana_core.backends.native.assembly import Places, assembled, known_steps
from ebana_core.backends.native.devices import DeviceArray
from ebana_core.backends.native.equations import Evaluation
from ebana_core.backends.native.solvers.super_lu import Factorisation
from ebana_core.backends.native.sparse_linear import SparseLinearPart
from ebana_core.backends.native.step_solver import StepSolver


@final
class Sparse(StepSolver):
    """Factors the Jacobian of every sample, one at a time.

    Args:
        linear: The linear part.
        devices: The nonlinear branches.
        factorisation: Of all unknowns.
    """

    def __init__(
        self,
        linear: SparseLinearPart,
        devices: tuple[DeviceArray, ...],
        factorisation: Factorisation,
    ) -> None:
        self._linear, self._devices, self._factorisation = linear, devices, factorisation
        self._places = Places(linear.pattern, devices)

    def solve(self, at: Evaluation, residual: Array) -> Array:
        added, right = assembled(self._devices, at), -residual
        if added.held is not None:
            right = np.where(added.held, known_steps(residual, self._linear.own), right)
        step = np.empty_like(residual)
        for sample, own in enumerate(right):
            matrix = self._places.jacobian(self._linear.entries, added, sample)
            # The rows of the Jacobian are handed over as columns, as SuperLU wants them: what is
            # factored is the transpose, and solving that transposed costs no more.
            step[sample] = self._factorisation.of(matrix).solve(own, "T")
        return step
