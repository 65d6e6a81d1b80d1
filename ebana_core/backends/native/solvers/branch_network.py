"""Networks of transistors that are branches, as compiled code reads them."""

from collections.abc import Sequence
from typing import final

import numpy as np

from ebana_core.arrays import Array, IntArray
from ebana_core.backends.factors import Factors
from ebana_core.backends.native.solvers.branch_blocks import LANES, in_blocks, set_gates
from ebana_core.backends.native.sparse_linear import SparseLinearPart
from ebana_core.backends.native.terminal_arrays import TerminalArray
from ebana_core.backends.native.terminal_jacobian import TerminalJacobian
from ebana_core.circuit.circuit import GROUND
from ebana_core.laws.tables import AT_GROUND, BranchTable

MOST_STEPS = 60
"""Steps after which a sample is left to other ways."""


@final
class BranchNetwork:
    """Transistors that are branches, resistors and sources, at one set of parameters.

    Args:
        plan: Pattern and pivots.
        factors: Of the plan.
        linear: The linear part.
        terminals: The devices, all of them transistors between two ends.
        tables: Of these; see `branch_tables`.

    Attributes:
        linear: See `branch_steps`.
        pattern: Of the factors.
        order: Rows and columns of the pivots.
        masses: What stability is judged with.
        blocks: The transistors; see `branch_blocks`.
        unknowns: Of both ends of every lane; below zero: fixed. Shape ``(n_lanes, 2)``.
        nodes: Circuit nodes of these. Same shape.
        scales: Of every end: d(voltage)/d(unknown), and its inverse; 1 where it is fixed. Shape
            ``(n_lanes, 4)``.
        fixed: Nodes that sources fix and transistors hang on.
        entered: Entries of the factors for the slopes of every lane. Shape ``(n_lanes, 4)``.
        has_one_point: Without other devices the network has one operating point.
        n_devices: How many move a node.
    """

    def __init__(
        self,
        plan: TerminalJacobian,
        factors: Factors,
        linear: SparseLinearPart,
        terminals: Sequence[TerminalArray],
        tables: Sequence[BranchTable],
    ) -> None:
        entries = linear.entries[plan.linear_entries]
        rows, columns = (own[plan.of_linear] for own in (plan.pattern.rows, plan.pattern.columns))
        self.linear = entries, rows, columns, factors.entries[plan.of_linear]
        self.pattern, self.order = factors.pattern, (factors.rows, factors.columns)
        n = len(linear.own)
        massive = np.flatnonzero(plan.masses * has_own_pivots(factors))
        self.masses = plan.masses[massive], factors.entries[plan.pattern.find(massive, massive)]
        places = np.concatenate([array.places for array in terminals])
        unknowns = np.where(places < n, places, -1)
        # What has both ends fixed moves nobody.
        own = np.flatnonzero((unknowns >= 0).any(axis=1))
        self.n_devices = len(own)
        lanes = np.arange(len(own))
        ties = np.concatenate([table.ties for table in tables])[own]
        numbers = np.concatenate([table.numbers for table in tables])[own]
        self.blocks = in_blocks(numbers, ties, lanes)
        set_gates(self.blocks, lanes, np.concatenate([table.gates for table in tables])[own])
        n_lanes = LANES * len(self.blocks)
        self.unknowns = np.full((n_lanes, 2), -1, dtype=np.intp)
        self.unknowns[lanes] = unknowns[own]
        self.nodes = np.full((n_lanes, 2), GROUND, dtype=np.intp)
        self.nodes[lanes] = np.concatenate([array.nodes for array in terminals])[own]
        scale = np.concatenate([array.scale for array in terminals])[own]
        self.scales = np.ones((n_lanes, 4))
        self.scales[lanes, :2] = np.where(scale == 0, 1.0, scale)
        self.scales[:, 2:] = 1 / self.scales[:, :2]
        self.fixed = np.unique(self.nodes[lanes][self.unknowns[lanes] < 0])
        self.entered = _entries(plan, factors, self.unknowns)
        # With gates and bulks at ground all currents rise with their own voltage and fall with
        # others; and where no two unknowns are joined each has an equation of its own.
        is_monotonic = bool((ties == AT_GROUND).all()) or len(plan.pattern) == n
        self.has_one_point = is_monotonic and all(array.is_unscaled for array in terminals)

    def branches(
        self, blocks: Array, offsets: Array
    ) -> tuple[Array, IntArray, Array, IntArray, Array]:
        """Return the transistors as compiled code takes them; see `branch_steps.Branches`.

        Args:
            blocks: A copy of `blocks`, to be written to, or one for every sample.
            offsets: Voltages of all nodes at zero unknowns. Shape ``(n_samples, n_nodes)``, V.
        """
        ends = np.ascontiguousarray(offsets[:, self.nodes])
        return blocks, self.unknowns, self.scales, self.entered, ends

    def start(self, offsets: Array) -> Array:
        """Return where samples begin: at the mean of the ends that sources fix.

        Args:
            offsets: See `branches`.

        Returns:
            One voltage for all unknowns of a sample, V. Shape ``(n_samples,)``.
        """
        fixed = offsets[:, self.fixed]
        return np.asarray(fixed.mean(axis=1)) if fixed.shape[1] else np.zeros(len(offsets))


def has_own_pivots(factors: Factors) -> bool:
    """Tell whether each row is pivoted at its own unknown."""
    return bool((factors.rows == factors.columns).all())


def branch_tables(terminals: Sequence[TerminalArray]) -> Sequence[BranchTable] | None:
    """Return the numbers of devices; None: not all are transistors between two ends."""
    found = (array.law.branch_table(array.values, len(array.nodes)) for array in terminals)
    tables = [table for table in found if table is not None]
    return tables if terminals and len(tables) == len(terminals) else None


def _entries(plan: TerminalJacobian, factors: Factors, unknowns: IntArray) -> IntArray:
    """Return the entries of the factors for the four slopes of every device; -1: fixed ends."""
    found = np.full((len(unknowns), 4), -1, dtype=np.intp)
    for place, (one, other) in enumerate([(0, 0), (0, 1), (1, 0), (1, 1)]):
        rows, columns = unknowns[:, one], unknowns[:, other]
        free = np.flatnonzero((rows >= 0) & (columns >= 0))
        found[free, place] = factors.entries[plan.pattern.find(rows[free], columns[free])]
    return found
