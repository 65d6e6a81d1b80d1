"""What every solver of Newton's steps promises."""

from abc import ABC, abstractmethod

import numpy as np

from ebana_core.arrays import Array
from ebana_core.backends.native.equations import Evaluation
from ebana_core.errors import CircuitError

SINGULAR = (np.linalg.LinAlgError, RuntimeError, CircuitError)
"""What solvers raise of a singular Jacobian; SuperLU and PyTorch the second."""


class StepSolver(ABC):
    """Solves the Jacobian of a batch."""

    remembers: bool = False
    """Whether `again` may be called. Circuits of such solvers judge steps by the next one."""

    @abstractmethod
    def solve(self, at: Evaluation, residual: Array) -> Array:
        """Return the Newton step -J⁻¹F. Shape of `residual`, V.

        Args:
            at: Slopes, and unknowns that stand at a bound.
            residual: F without what is within rounding, A.
        """

    def again(self, residual: Array) -> Array:
        """Return the step for another residual at the slopes of the last `solve`."""
        raise NotImplementedError
