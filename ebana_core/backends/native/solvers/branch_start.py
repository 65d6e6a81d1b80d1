"""Networks of transistors that are branches: the search for their points in compiled code."""

from collections.abc import Sequence
from typing import final

import numpy as np

from ebana_core.arrays import Array, IntArray
from ebana_core.backends.factors import Factors
from ebana_core.backends.native.free_phase import FreePhase
from ebana_core.backends.native.solvers.branch_blocks import LANES, in_blocks, set_gates
from ebana_core.backends.native.solvers.compiled_start import Led
from ebana_core.backends.native.sparse_linear import SparseLinearPart
from ebana_core.backends.native.terminal_arrays import TerminalArray
from ebana_core.backends.native.terminal_jacobian import TerminalJacobian
from ebana_core.circuit.circuit import GROUND
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
        from ebana_core.backends.native.solvers.branch_steps import solve_networks

        self._networks = solve_networks
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
        # What has both ends fixed moves nobody.
        own = np.flatnonzero((unknowns >= 0).any(axis=1))
        lanes = np.arange(len(own))
        ties = np.concatenate([table.ties for table in known])[own]
        numbers = np.concatenate([table.numbers for table in known])[own]
        self._blocks = in_blocks(numbers, ties, lanes)
        set_gates(self._blocks, lanes, np.concatenate([table.gates for table in known])[own])
        n_lanes = LANES * len(self._blocks)
        self._unknowns = np.full((n_lanes, 2), -1, dtype=np.intp)
        self._unknowns[lanes] = unknowns[own]
        self._nodes = np.full((n_lanes, 2), GROUND, dtype=np.intp)
        self._nodes[lanes] = np.concatenate([array.nodes for array in terminals])[own]
        self._fixed = np.unique(self._nodes[lanes][self._unknowns[lanes] < 0])
        self._entered = _entries(plan, factors, self._unknowns)
        # With gates and bulks at ground all currents rise with their own voltage and fall with
        # others; and where no two unknowns are joined each has an equation of its own.
        self._follows = bool((ties == AT_GROUND).all()) or len(plan.pattern) == n
        is_cheap = factors.operations <= CHEAP * len(own)
        self._shorter = 0.0 if is_cheap else SHORTER
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
        branches = np.array(self._blocks), self._unknowns, self._entered, ends
        follows = not is_near and self._follows
        before = self._nearest(offsets) if follows else np.full(len(x), -1)
        self._networks(
            min(MOST_STEPS, max_iterations),
            x,
            found,
            np.ascontiguousarray(driven),
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
