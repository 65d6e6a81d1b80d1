"""The linear part of a circuit, shared by every sample of a batch.

With the unknowns split as in `partition`, the currents leaving the unknown nodes are

    first:   k + diagonal*u_first + u_second @ across.T
    second:  k + u_first @ back.T + u_second @ inner.T

where k, per sample, comes from the nodes that sources and amplifier shifts set. Every row is
divided by the scale of its node: what an amplifier's output loses, its input loses 1/gain of.
"""

from collections.abc import Mapping
from functools import cached_property

import attrs
import numpy as np
from scipy.sparse import coo_array

from ebana_core.arrays import Array
from ebana_core.backends.native.partition import Partition
from ebana_core.circuit.compiled import CompiledCircuit
from ebana_core.circuit.elements import Crossbar, ElementArray, IntArray, resolve
from ebana_core.laws import Ohm


@attrs.frozen(eq=False)
class DrivenBlock:
    """Currents at unknowns caused by nodes with a set voltage, ``v0[:, nodes] @ matrix``."""

    nodes: IntArray
    unknowns: IntArray
    matrix: Array


@attrs.frozen(eq=False, slots=False)
class LinearPart:
    """Reduced linear currents at one set of parameters.

    Args:
        scale: d(node voltage)/d(root voltage). Shape ``(n_nodes,)``.
        diagonal: Shape ``(n_first,)``, S.
        across: Shape ``(n_first, n_second)``, S.
        back: Shape ``(n_second, n_first)``, S.
        inner: Shape ``(n_second, n_second)``, S.
        own: Conductance of every unknown to all others. Shape ``(n_unknowns,)``, S.
        driven: Blocks that give k.
    """

    scale: Array
    diagonal: Array
    across: Array
    back: Array
    inner: Array
    own: Array
    driven: tuple[DrivenBlock, ...]

    @cached_property
    def absolute(self) -> tuple[Array, Array, Array]:
        """Absolute values of the transposed coupling blocks, S."""
        off_diagonal = self.inner - np.diag(self.inner.diagonal())
        return np.abs(self.across.T), np.abs(self.back.T), np.abs(off_diagonal.T)

    def apply(self, voltages: Array) -> Array:
        """Return the currents of the unknown voltages alone. Shape of `voltages`, A."""
        n_first = len(self.diagonal)
        first, second = voltages[:, :n_first], voltages[:, n_first:]
        result = np.empty_like(voltages)
        np.multiply(first, self.diagonal, out=result[:, :n_first])
        result[:, :n_first] += second @ self.across.T
        np.matmul(first, self.back.T, out=result[:, n_first:])
        result[:, n_first:] += second @ self.inner.T
        return result

    def rounding(self, voltages: Array) -> Array:
        """Return the sum of absolute terms of `apply`, which its rounding is relative to."""
        n_first = len(self.diagonal)
        sizes = np.abs(voltages)
        first, second = sizes[:, :n_first], sizes[:, n_first:]
        result = self.own * sizes
        result[:, :n_first] += second @ self.absolute[0]
        result[:, n_first:] += first @ self.absolute[1] + second @ self.absolute[2]
        return result

    def driven_currents(self, offsets: Array, n_unknowns: int) -> Array:
        """Return k, the currents at zero unknown voltages. Shape ``(n_samples, n_unknowns)``."""
        result = np.zeros((len(offsets), n_unknowns))
        for block in self.driven:
            result[:, block.unknowns] += offsets[:, block.nodes] @ block.matrix
        return result


def reduce_linear(
    compiled: CompiledCircuit, partition: Partition, parameters: Mapping[str, Array]
) -> LinearPart:
    """Reduce all ohmic branches to the unknown nodes."""
    stamp = _Stamp(compiled, partition, parameters)
    for array in compiled.circuit.element_arrays:
        if isinstance(array.law, Ohm):
            conductance = resolve(array.values["conductance"], parameters, {})
            stamp.add(array, np.broadcast_to(conductance, array.topology.shape))
    return stamp.result()


class _Stamp:
    """Collects the blocks while the ohmic arrays are added."""

    def __init__(
        self, compiled: CompiledCircuit, partition: Partition, parameters: Mapping[str, Array]
    ) -> None:
        n_nodes = compiled.circuit.n_nodes
        self.scale = compiled.constraints.scales(parameters, n_nodes)
        self.position = partition.of_node
        self.n, self.n_first = partition.n_unknowns, partition.n_first
        self.is_tied = compiled.constraints.root != np.arange(n_nodes)
        n_second = self.n - self.n_first
        self.own = np.zeros(self.n)
        self.across = np.zeros((self.n_first, n_second))
        self.back = np.zeros((n_second, self.n_first))
        self.inner = np.zeros((n_second, n_second))
        self.diagonal = np.zeros(self.n_first)
        self.driven: list[DrivenBlock] = []

    def add(self, array: ElementArray, conductance: Array) -> None:
        topology = array.topology
        if isinstance(topology, Crossbar):
            rows, columns = topology.rows, topology.columns
            self._own(rows, conductance.sum(axis=1))
            self._own(columns, conductance.sum(axis=0))
            self._couple(columns, rows, conductance)
            self._couple(rows, columns, conductance.T)
        else:
            self._add_branches(topology.heads, topology.tails, conductance)

    def _add_branches(self, heads: IntArray, tails: IntArray, conductance: Array) -> None:
        """Treat scattered branches as a matrix between the nodes that they touch."""
        nodes, places = np.unique(np.concatenate([heads, tails]), return_inverse=True)
        first, second = places[: len(heads)], places[len(heads) :]
        both = (np.concatenate([first, second]), np.concatenate([second, first]))
        matrix = coo_array((np.tile(conductance, 2), both), shape=(len(nodes), len(nodes)))
        dense = matrix.toarray()
        self._own(nodes, dense.sum(axis=0))
        self._couple(nodes, nodes, dense)

    def _own(self, nodes: IntArray, conductance: Array) -> None:
        """Add the currents that a node's own voltage drives out of it."""
        unknown = self.position[nodes]
        free = unknown < self.n
        places = unknown[free]
        np.add.at(self.own, places, conductance[free])
        in_first = places < self.n_first
        np.add.at(self.diagonal, places[in_first], conductance[free][in_first])
        rest = places[~in_first] - self.n_first
        np.add.at(self.inner, (rest, rest), conductance[free][~in_first])
        set_too = free & self.is_tied[nodes]
        if set_too.any():
            block = np.diag(conductance[set_too] / self.scale[nodes[set_too]])
            self._drive(nodes[set_too], unknown[set_too], block)

    def _couple(self, targets: IntArray, sources: IntArray, conductance: Array) -> None:
        """Add what the voltages of `sources` take from `targets`: ``(n_sources, n_targets)``."""
        to, origin = self.position[targets], self.position[sources]
        free = to < self.n
        if not free.any():
            return
        matrix = -conductance[:, free] / self.scale[targets[free]]
        tied = self.is_tied[sources]
        if tied.any():
            self._drive(sources[tied], to[free], matrix[tied])
        inside = origin < self.n
        if inside.any():
            scaled = (self.scale[sources[inside], None] * matrix[inside]).T
            self._stamp(to[free], origin[inside], scaled)

    def _stamp(self, rows: IntArray, columns: IntArray, block: Array) -> None:
        first = self.n_first
        low_row, low_column = rows < first, columns < first
        for target, r, c in (
            (self.across, low_row, ~low_column),
            (self.back, ~low_row, low_column),
            (self.inner, ~low_row, ~low_column),
        ):
            if r.any() and c.any():
                at = np.ix_(
                    rows[r] - (0 if target is self.across else first),
                    columns[c] - (0 if target is self.back else first),
                )
                np.add.at(target, at, block[np.ix_(r, c)])
        for r, c in zip(*np.nonzero(low_row[:, None] & low_column[None, :]), strict=True):
            if rows[r] == columns[c]:
                self.diagonal[rows[r]] += block[r, c]

    def _drive(self, nodes: IntArray, unknowns: IntArray, matrix: Array) -> None:
        """Record a block; columns that meet in one unknown are summed first."""
        unique, place = np.unique(unknowns, return_inverse=True)
        if len(unique) < len(unknowns):
            summed = np.zeros((len(matrix), len(unique)))
            np.add.at(summed.T, place, matrix.T)
            unknowns, matrix = unique, summed
        self.driven.append(DrivenBlock(nodes, unknowns, matrix))

    def result(self) -> LinearPart:
        return LinearPart(
            self.scale,
            self.diagonal,
            self.across,
            self.back,
            self.inner,
            self.own,
            tuple(self.driven),
        )
