"""The branches of a network as compiled code takes them."""

from collections.abc import Mapping
from typing import final

import numpy as np
from scipy.sparse import coo_array, csr_array

from ebana_core.arrays import Array, IntArray
from ebana_core.backends.factors.pivots import Factors, factors_at, pivot_order
from ebana_core.backends.native.singles.lanes import (
    Places,
    at_lanes,
    by_node,
    first_blocks,
    in_own_blocks,
    owned,
    side_by_side,
)
from ebana_core.backends.native.solvers.branch_blocks import in_blocks
from ebana_core.backends.native.solvers.branch_start import CHEAP
from ebana_core.backends.stability import LARGEST
from ebana_core.circuit.branches import branch_ends
from ebana_core.circuit.compiled import CompiledCircuit
from ebana_core.circuit.elements import resolve
from ebana_core.circuit.given import names_among, present
from ebana_core.circuit.graph import components
from ebana_core.circuit.senses import SenseResistors
from ebana_core.latest import Latest

SHORTER = 0.003
"""As `branch_start.SHORTER`, of one sample, which Newton's method has mostly to itself."""


@final
class Wiring:
    """The structure of a network, and what its parameters make of it.

    A sense resistor ends at a node of its own, behind those of the circuit, where its source is.

    Args:
        compiled: The circuit; see `ahead.no_singles`.
    """

    def __init__(self, compiled: CompiledCircuit) -> None:
        circuit = compiled.circuit
        self.unknowns = np.array(compiled.constraints.unknowns, dtype=np.intp)
        self.n_nodes = circuit.n_nodes
        self.held = np.setdiff1d(np.arange(circuit.n_nodes), self.unknowns)
        self.senses = circuit.senses
        self._resistors = [
            array for array in circuit.element_arrays if not isinstance(array, SenseResistors)
        ]
        self._transistors = circuit.terminal_devices
        self.sensed = np.concatenate(
            [np.zeros(0, np.intp), *(sense.topology.heads for sense in self.senses)]
        )
        ends = [branch_ends(array.topology) for array in self._resistors]
        ends.append((self.sensed, self.n_nodes + np.arange(len(self.sensed))))
        self._ohmic = _joined(ends)
        self._drains, self._sources = _joined(
            [(devices.nodes[:, 0], devices.nodes[:, 1]) for devices in self._transistors]
        )
        self.groups = self._groups()
        """Of all nodes, the number of the group that no other moves."""
        self._lay()
        self._place()
        self._conductances: Latest[Array] = Latest()
        self._of_resistors = names_among(
            own for array in self._resistors for own in array.values.values()
        )
        self._gates = [devices.values["gate"] for devices in self._transistors]
        self._of_numbers = names_among(
            own
            for devices in self._transistors
            for name, own in devices.values.items()
            if name != "gate"
        )
        nothing = np.zeros(0, dtype=np.intp)
        self.near = (nothing, nothing, nothing, nothing)
        if self.shorter > 0 and self._is_diagonal:
            n_all = self.n_nodes + len(self.sensed)
            self.near = (
                *by_node(n_all, *self._ohmic),
                *by_node(n_all, *(own[: len(self._drains)] for own in self._ends)),
            )
        # Transistors act one way: `stability.may_have_several` then asks for no more than this.
        self.is_judged = len(self.unknowns) <= LARGEST
        """Whether the stability of points is judged."""
        self.reached = self.groups[self.sensed][:, None] == self.groups
        """Nodes that a clamp of each sensed node reaches. Shape ``(n_senses, n)``."""
        self.opened, self.closed = np.zeros((2, len(self.sensed)))
        """Conductances of the sense resistors, S. Shape ``(n_senses,)``."""
        starts = np.cumsum([0, *(sense.topology.size for sense in self.senses)])
        for sense, first, last in zip(self.senses, starts, starts[1:], strict=False):
            self.opened[first:last] = resolve(sense.values["conductance"], {}, {})
            self.closed[first:last] = 1 / sense.clamp_resistance
        # Twins take turns: what one has is not made anew because of the other.
        self.factors = np.empty(len(self._matrix[0][1]))
        """Written by a solve: its last factors."""
        self._blocks: tuple[Latest[Array], Latest[Array]] = Latest(), Latest()
        self._sizes = [int(np.prod(array.topology.shape)) for array in self._resistors]

    def _lay(self) -> None:
        """Lay the transistors into lanes."""
        is_unknown = np.isin(self._drains, self.unknowns)
        groups = self.groups[np.where(is_unknown, self._drains, self._sources)]
        of_unknowns = self.groups[self.unknowns]
        self.blocks = first_blocks(groups, of_unknowns)
        """See there; None: unknowns are solved together."""
        self._lanes = side_by_side(groups)
        if self.blocks is not None:
            self._lanes = in_own_blocks(groups, of_unknowns, self.blocks)
        self._ends, self._of_lane = at_lanes(self._lanes, self._drains, self._sources)

    def apart(self, blocks: IntArray) -> Places:
        """Return where each unknown finds its own; see `lanes.Places`."""
        resistors = by_node(self.n_nodes + len(self.sensed), *self._ohmic)
        return blocks, owned(self._ends, self.unknowns, blocks), *resistors

    def _place(self) -> None:
        """Find the order of the pivots, and where each branch adds to the factors."""
        n = len(self.unknowns)
        of_node = np.full(self.n_nodes + len(self.sensed), -1, dtype=np.intp)
        of_node[self.unknowns] = np.arange(n)
        heads, tails = (
            np.concatenate([own, others])
            for own, others in zip(self._ohmic, self._ends, strict=True)
        )
        pairs = np.stack([of_node[heads], of_node[tails]], axis=1)
        rows = np.concatenate([pairs[:, [0, 0, 1, 1]].ravel(), np.arange(n)])
        columns = np.concatenate([pairs[:, [0, 1, 0, 1]].ravel(), np.arange(n)])
        within = (rows >= 0) & (columns >= 0)
        amounts = np.where(rows == columns, 2.0, -0.5 / max(1, len(heads)))
        matrix = csr_array(
            coo_array((amounts[within], (rows[within], columns[within])), shape=(n, n))
        )
        matrix.sort_indices()
        clamped = np.unique(of_node[np.intersect1d(self.sensed, self.unknowns)])
        # Many of them would fill the factors, whatever the order of the others.
        last = clamped if len(clamped) ** 2 <= n else clamped[:0]
        factors = self._factors(matrix, last)
        self._matrix = (
            factors.pattern,
            self.unknowns[factors.rows],
            self.unknowns[factors.columns],
        )
        keys = np.repeat(np.arange(n), np.diff(matrix.indptr)) * n + matrix.indices
        found = np.searchsorted(keys, np.where(within, rows * n + columns, 0))
        entries = np.where(within, factors.entries[np.minimum(found, len(keys) - 1)], -1)
        by_branch = np.ascontiguousarray(entries[: 4 * len(heads)].reshape(-1, 4))
        is_cheap = factors.operations <= CHEAP * len(self._drains)
        self.shorter = 0.0 if is_cheap else SHORTER
        """See `solve_networks`."""
        self.first_clamped = n - len(last) if len(last) and not is_cheap else 0
        """First row of the factors that clamps change; 0: all may change."""
        self._is_diagonal = bool((factors.rows == factors.columns).all())
        n_ohmic = len(self._ohmic[0])
        self._ohmic_entries, self._entries = by_branch[:n_ohmic], by_branch[n_ohmic:]

    def _factors(self, matrix: csr_array, last: IntArray) -> Factors:
        """Return the pattern of the factors, in which some unknowns come last."""
        others = np.setdiff1d(np.arange(matrix.shape[0]), last)
        order = pivot_order(matrix[others][:, others])
        assert order is not None  # its diagonal outweighs the rest
        rows, columns = (np.concatenate([others[own], last]) for own in order)
        return factors_at(matrix, rows, columns)

    def _groups(self) -> IntArray:
        """Return the number of the group of unknowns that each node belongs to.

        No current of one group depends on a voltage of another.
        """
        ends = zip(self._ohmic, (self._drains, self._sources), strict=True)
        heads, tails = (np.concatenate(own) for own in ends)
        n_all = self.n_nodes + len(self.sensed)
        is_free = np.zeros(n_all, dtype=bool)
        is_free[self.unknowns] = True
        joins = is_free[heads] & is_free[tails]
        return np.asarray(components(n_all, [heads[joins]], [tails[joins]]))

    @property
    def matrix(self) -> object:
        """See `settling.Matrix`."""
        return self._matrix

    def resistors(self, parameters: Mapping[str, Array], at_senses: Array) -> object:
        """Return `sums.Resistors` at parameters.

        Args:
            parameters: Parameter name to array.
            at_senses: Conductances of the sense resistors, S.
        """
        kept = present(self._of_resistors, parameters)
        others = self._conductances.at(kept, lambda: self._conductances_at(parameters))
        return (*self._ohmic, self._ohmic_entries, np.concatenate([others, at_senses]))

    def _conductances_at(self, parameters: Mapping[str, Array]) -> Array:
        parts = [
            np.broadcast_to(resolve(array.values["conductance"], parameters, {}).reshape(-1), size)
            for array, size in zip(self._resistors, self._sizes, strict=True)
        ]
        return np.concatenate([np.zeros(0), *parts])

    def transistors(
        self, parameters: Mapping[str, Array], *, is_other: bool = False
    ) -> tuple[Array, ...]:
        """Return `sums.Transistors` at parameters.

        Args:
            parameters: Parameter name to array.
            is_other: Of a clamped phase that does not go on from the free one.
        """
        kept = present(self._of_numbers, parameters)
        blocks = self._blocks[is_other].at(kept, lambda: self._blocks_at(parameters))
        gates = [resolve(own, parameters, {}).reshape(-1) for own in self._gates]
        if any(gate.size < len(d.nodes) for gate, d in zip(gates, self._transistors, strict=True)):
            pairs = zip(gates, self._transistors, strict=True)
            gates = [np.broadcast_to(gate, len(d.nodes)) for gate, d in pairs]
        own = np.ascontiguousarray(gates[0]) if len(gates) == 1 else np.concatenate(gates)
        return *self._ends, self._entries, self._of_lane, own, blocks

    def _blocks_at(self, parameters: Mapping[str, Array]) -> Array:
        """Return the transistors in blocks, without their gates."""
        tables = []
        for devices in self._transistors:
            values = {
                name: resolve(own, parameters, {}).reshape(-1)
                for name, own in devices.values.items()
            }
            table = devices.law.branch_table(values, len(devices.nodes))
            assert table is not None  # as `ahead.no_singles` saw
            tables.append(table)
        numbers = np.concatenate([table.numbers for table in tables])
        return in_blocks(numbers, np.concatenate([table.ties for table in tables]), self._lanes)


def _joined(ends: list[tuple[IntArray, IntArray]]) -> tuple[IntArray, IntArray]:
    heads, tails = zip(*ends, strict=True)
    return (
        np.concatenate(heads).astype(np.intp),
        np.concatenate(tails).astype(np.intp),
    )
