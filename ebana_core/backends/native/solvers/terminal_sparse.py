"""Circuits with devices of several terminals: sparse Jacobians, their pivots known beforehand."""

from typing import final

import numpy as np
from scipy.sparse.linalg import SuperLU, splu

from ebana_core.arrays import Array
from ebana_core.backends.factors import Factors, Pattern, Planned
from ebana_core.backends.native.devices import DeviceArray
from ebana_core.backends.native.equations import Evaluation
from ebana_core.backends.native.sparse_linear import SparseLinearPart
from ebana_core.backends.native.step_solver import StepSolver, singular_equations
from ebana_core.backends.native.terminal_arrays import TerminalArray
from ebana_core.backends.native.terminal_jacobian import TerminalAssembly, TerminalJacobian


@final
class TerminalSparse(StepSolver):
    """Factors the Jacobian of every sample as a sparse matrix, at pivots that are chosen once.

    Pivots that are good for the circuit as a rule may be bad for a sample: what its solution
    leaves of the equations tells, and then its pivots are chosen anew.

    Args:
        plan: Pattern and pivots.
        linear: The linear part.
        devices: The nonlinear branches.
        terminals: The devices of several terminals.
        may_compile: Compiled code may be taken, and is installed; else SuperLU chooses pivots for
            every sample.
    """

    remembers = True

    def __init__(
        self,
        plan: TerminalJacobian,
        linear: SparseLinearPart,
        devices: tuple[DeviceArray, ...],
        terminals: tuple[TerminalArray, ...],
        *,
        may_compile: bool,
    ) -> None:
        self._assembly = TerminalAssembly(plan, linear, devices, terminals)
        self._may_compile = may_compile
        self._factored: _Factored | None = None
        if may_compile and plan.factors is not None:
            # Machine code is made at the first call, here, where no search is short of time.
            nothing = np.zeros((0, len(plan.pattern)))
            Planned(plan.pattern, plan.factors, nothing).solve(np.zeros((0, len(linear.own))))

    def solve(self, at: Evaluation, residual: Array) -> Array:
        plan, entries = self._assembly.entries(at)
        factors = plan.factors if self._may_compile else None
        self._factored = _Factored(plan.pattern, factors, entries)
        return self._factored.solved(-residual)

    def again(self, residual: Array) -> Array:
        assert self._factored is not None
        return self._factored.solved(-residual)


class _Factored:
    """The factors of a batch of Jacobians."""

    def __init__(self, pattern: Pattern, factors: Factors | None, entries: Array) -> None:
        self._pattern, self._entries = pattern, entries
        self._pivoted: dict[int, tuple[SuperLU, Array]] = {}
        self._planned: Planned | None = None
        bad = np.arange(len(entries))
        if factors is not None:
            self._planned = Planned(pattern, factors, entries)
            bad = self._planned.bad
        for sample in bad.tolist():
            self._choose(sample)

    def solved(self, right: Array) -> Array:
        """Return the solutions. Shape of `right`."""
        result = right.copy()
        if self._planned is not None:
            self._planned.solve(result)
            for sample in np.flatnonzero(self._planned.refine(result, right)).tolist():
                if sample not in self._pivoted:
                    self._choose(sample)
        for sample, (factors, size) in self._pivoted.items():
            result[sample] = factors.solve(right[sample] / size, "T")
        return result

    def _choose(self, sample: int) -> None:
        """Factor the Jacobian of a sample at pivots that are chosen for it.

        Raises:
            CircuitError: It is singular.
        """
        entries = self._entries[sample]
        size = self._pattern.row_maxima(np.abs(entries))
        if not (size > 0).all() or not np.isfinite(size).all():
            raise singular_equations()
        try:
            # Of the transposed matrix, whose columns are the rows of this one.
            factors = splu(self._pattern.transposed(entries / size[self._pattern.rows]))
        except RuntimeError:
            raise singular_equations() from None
        self._pivoted[sample] = factors, size
