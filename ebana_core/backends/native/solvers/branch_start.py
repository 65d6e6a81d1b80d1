"""Networks of transistors that are branches: the search for their points in compiled code."""

from collections.abc import Sequence
from typing import final

import numpy as np

from ebana_core.arrays import Array
from ebana_core.backends.factors import Factors
from ebana_core.backends.native.free_phase import FreePhase
from ebana_core.backends.native.solvers.compiled_start import Led
from ebana_core.backends.native.sparse_linear import SparseLinearPart
from ebana_core.backends.native.terminal_arrays import TerminalArray
from ebana_core.backends.native.terminal_jacobian import TerminalJacobian
from ebana_core.circuit.elements import IntArray
from ebana_core.laws.tables import AT_GROUND

SHORTER = 0.03
"""Length of a step over that of the one before up to which old factors are good enough."""
CHEAP = 40
"""Multiplications of a factorisation for each device up to which every step has its own."""
MOST_COMPARED = 30_000_000
"""Multiplications that may look for the nearest one of the samples before."""
MOST_STEPS = 60
"""Steps after which a sample is left to other ways."""


@final
class BranchStart:
    """Leads samples to their operating points, at one set of parameters.

    Args:
        plan: Pattern and pivots.
        factors: Of the plan.
        linear: The linear part.
        terminals: The devices, all of them transistors between two ends.
    """

    def __init__(
        self,
        plan: TerminalJacobian,
        factors: Factors,
        linear: SparseLinearPart,
        terminals: Sequence[TerminalArray],
    ) -> None:
        from ebana_core.backends.native.solvers.branch_singles import solve_singles
        from ebana_core.backends.native.solvers.branch_steps import solve_networks

        self._networks, self._singles = solve_networks, solve_singles
        entries = linear.entries[plan.linear_entries]
        rows, columns = (own[plan.of_linear] for own in (plan.pattern.rows, plan.pattern.columns))
        self._linear = entries, rows, columns, factors.entries[plan.of_linear]
        self._pattern, self._order = factors.pattern, (factors.rows, factors.columns)
        n, is_diagonal = len(linear.own), bool((factors.rows == factors.columns).all())
        massive = np.flatnonzero(plan.masses) if is_diagonal else np.zeros(0, dtype=np.intp)
        self._masses = plan.masses[massive], factors.entries[plan.pattern.find(massive, massive)]
        tables = [array.law.branch_table(array.values, len(array.nodes)) for array in terminals]
        known = [table for table in tables if table is not None]
        places = np.concatenate([array.places for array in terminals])
        unknowns = np.where(places < n, places, -1)
        self._is_single = len(plan.pattern) == n
        # What has both ends fixed moves nobody.
        own = np.flatnonzero((unknowns >= 0).any(axis=1))
        if self._is_single:
            own = own[np.argsort(unknowns[own].max(axis=1), kind="stable")]
        self._unknowns = unknowns[own]
        self._nodes = np.concatenate([array.nodes for array in terminals])[own]
        self._fixed = np.unique(self._nodes[self._unknowns < 0])
        self._entered = _entries(plan, factors, self._unknowns)
        self._numbers = np.concatenate([table.numbers for table in known])[own]
        self._gates = np.concatenate([table.gates for table in known])[own]
        self._ties = np.concatenate([table.ties for table in known])[own]
        # With gates and bulks at ground all currents rise with their own voltage and fall with
        # others: there is one point.
        self._has_one_point = bool((self._ties == AT_GROUND).all())
        self._of_unknown = np.searchsorted(self._unknowns.max(axis=1), np.arange(n + 1))
        is_cheap = factors.operations <= CHEAP * len(own)
        self._shorter = 0.0 if is_cheap else SHORTER
        self._diagonal = np.bincount(rows, entries, n).astype(np.float64)
        # Machine code is made at the first call, here, where no search is short of time.
        self._run(0, np.zeros((0, n)), np.zeros((0, len(linear.scale))), np.zeros((0, n)))

    def lead(
        self, phase: FreePhase, x: Array, max_iterations: int, *, is_near: bool = False
    ) -> Led:
        """Lead samples to their operating points; see `CompiledStart.lead`."""
        if not is_near:
            x[:] = self._start(phase.offsets)[:, None]
        found, signs = self._run(max_iterations, x, phase.offsets, phase.driven, is_near=is_near)
        left = np.flatnonzero(found == 0)
        x[left] = 0.0
        return Led(left, left, signs > 0)

    def _start(self, offsets: Array) -> Array:
        """Return the mean voltage of the ends that sources fix, of each sample, V."""
        fixed = offsets[:, self._fixed]
        return np.asarray(fixed.mean(axis=1)) if fixed.shape[1] else np.zeros(len(offsets))

    def _nearest(self, offsets: Array) -> IntArray:
        """Return the sample before each whose sources are nearest to its own; -1 for the first."""
        if len(offsets) ** 2 * self._fixed.size > MOST_COMPARED:
            return np.arange(len(offsets)) - 1
        fixed = offsets[:, self._fixed]
        squares = (fixed**2).sum(axis=1)
        apart = squares - 2 * fixed @ fixed.T
        apart[np.triu_indices(len(fixed))] = np.inf
        nearest: IntArray = apart.argmin(axis=1) if len(fixed) else np.zeros(0, dtype=np.intp)
        nearest[:1] = -1
        return nearest

    def _run(
        self,
        max_iterations: int,
        x: Array,
        offsets: Array,
        driven: Array,
        *,
        is_near: bool = False,
    ) -> tuple[IntArray, Array]:
        found, signs = np.zeros(len(x), dtype=np.intp), np.zeros(len(x))
        ends = np.ascontiguousarray(offsets[:, self._nodes])
        branches = self._numbers, self._gates, self._ties, self._unknowns, self._entered, ends
        n_steps, constant = min(MOST_STEPS, max_iterations), np.ascontiguousarray(driven)
        follows = not is_near and (self._has_one_point or self._is_single)
        before = self._nearest(offsets) if follows else np.full(len(x), -1)
        if self._is_single:
            self._singles(
                n_steps,
                x,
                found,
                constant,
                self._diagonal,
                branches,
                self._of_unknown,
                before,
                signs,
            )
        else:
            self._networks(
                n_steps,
                x,
                found,
                constant,
                self._linear,
                branches,
                self._pattern,
                self._order,
                self._masses,
                signs,
                before,
                self._shorter,
            )
        return found, signs


def may_lead(terminals: Sequence[TerminalArray]) -> bool:
    """Tell whether all devices are transistors between two ends, which follow no amplifier."""
    return bool(terminals) and all(
        array.is_unscaled and array.law.branch_table(array.values, len(array.nodes)) is not None
        for array in terminals
    )


def _entries(plan: TerminalJacobian, factors: Factors, unknowns: IntArray) -> IntArray:
    """Return the entries of the factors for the four slopes of every device; -1: fixed ends."""
    found = np.full((len(unknowns), 4), -1, dtype=np.intp)
    for place, (one, other) in enumerate([(0, 0), (0, 1), (1, 0), (1, 1)]):
        rows, columns = unknowns[:, one], unknowns[:, other]
        free = np.flatnonzero((rows >= 0) & (columns >= 0))
        found[free, place] = factors.entries[plan.pattern.find(rows[free], columns[free])]
    return found
