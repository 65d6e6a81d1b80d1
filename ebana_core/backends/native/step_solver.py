"""The interface of all solvers of Newton's steps."""

from abc import ABC, abstractmethod

import numpy as np

from ebana_core.arrays import Array, namespace
from ebana_core.backends.native.equations import Evaluation
from ebana_core.errors import CircuitError

SINGULAR = (np.linalg.LinAlgError, RuntimeError, CircuitError)
"""Exceptions that solvers raise for a singular Jacobian; SuperLU and PyTorch raise the second."""


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


def steps_of(solver: StepSolver, at: Evaluation, residual: Array) -> tuple[Array, Exception | None]:
    """Return Newton steps, V; not a number where a Jacobian is singular, and what says so."""
    try:
        return solver.solve(at, residual), None
    except SINGULAR as error:
        singular = error
    xp, n_rows = namespace(residual), residual.shape[0]
    if n_rows == 1:
        return xp.full_like(residual, np.nan), singular
    # One sample's Jacobian must not fail the others.
    each = xp.arange(n_rows, device=residual.device)
    parts = []
    for k in range(n_rows):
        try:
            parts.append(solver.solve(at.part(each == k), residual[k : k + 1, :]))
        except SINGULAR:
            parts.append(xp.full_like(residual[k : k + 1, :], np.nan))
    return xp.concat(parts), singular


def singular_equations() -> CircuitError:
    """Return the error of equations that have no solution, or many."""
    return CircuitError(
        "The circuit's equations are singular: a node that nothing holds, or a slope that is not "
        "finite.",
        "look for nodes behind capacitors or gates only, for loops of voltage sources, and for "
        "expressions of blocks that overflow (sinh, cosh, ^) or have no value (ln, sqrt below 0)",
    )
