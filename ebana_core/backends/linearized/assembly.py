"""The transposed Jacobians of a batch, assembled: what samples share, and what differs."""

import attrs
import numpy as np
from scipy.sparse import coo_array, csc_array, csr_array, diags_array

from ebana_core.arrays import Array, BoolArray, IntArray, precision_of
from ebana_core.backends.linearized.structure import Entries, Structure, varies
from ebana_core.backends.operating_points import OperatingPoints
from ebana_core.circuit.branches import branch_ends, branch_values, scatter
from ebana_core.circuit.clamps import clamp_states, find_bounds
from ebana_core.circuit.elements import Crossbar, ElementArray, TerminalDevices, resolve, resolved
from ebana_core.laws.slopes import Slopes


@attrs.frozen(eq=False)
class BatchMatrix:
    """The transposed Jacobians of all samples.

    Args:
        shared: What is the same in all of them. Shape ``(n_unknowns, n_unknowns)``, S.
        own: What each adds to its diagonal. Shape ``(n_samples, n_unknowns)``, S.
        pairs: What each adds between different unknowns: amounts, rows and columns.
        is_at_bound: Unknowns that ideal diodes hold, whose row and column are those of a unit
            matrix. Shape of `own`; None: there are no ideal diodes.
    """

    shared: csr_array
    own: Array
    pairs: tuple[Entries, ...]
    is_at_bound: BoolArray | None

    def dense(self) -> Array:
        """Return the Jacobian of every sample; unknowns at a bound have a row of their own.

        Shape ``(n_samples, n_unknowns, n_unknowns)``, S: row the current, column the voltage.
        """
        n_samples = len(self.own)
        result = np.repeat(self.shared.toarray()[None], n_samples, axis=0)
        np.einsum("sii->si", result)[...] += self.own
        for entries, rows, columns in self.pairs:
            np.add.at(result.transpose(1, 2, 0), (rows, columns), entries.T)
        if self.is_at_bound is not None:
            held = self.is_at_bound[:, :, None] | self.is_at_bound[:, None, :]
            result = np.where(held, np.eye(self.shared.shape[0]), result)
        return result.transpose(0, 2, 1)

    def listed(self) -> tuple[Array, IntArray, IntArray]:
        """Return all entries of the transposed Jacobians, bounds left out, with rows and columns.

        Shape of the first ``(n_samples, n_entries)``, S; entries may repeat.
        """
        each, n_samples = np.arange(self.shared.shape[0]), len(self.own)
        shared = coo_array(self.shared)
        amounts = [np.broadcast_to(shared.data, (n_samples, shared.nnz)), self.own]
        rows, columns = [shared.coords[0], each], [shared.coords[1], each]
        for entries, row, column in self.pairs:
            amounts.append(entries)
            rows.append(row)
            columns.append(column)
        return np.concatenate(amounts, axis=1), np.concatenate(rows), np.concatenate(columns)

    def transposed(self, sample: int) -> csc_array:
        """Return one sample's Jacobian, transposed. Shape ``(n_unknowns, n_unknowns)``, S."""
        shape = self.shared.shape
        matrix = self.shared + diags_array(self.own[sample])
        for entries, rows, columns in self.pairs:
            matrix = matrix + coo_array((entries[sample], (rows, columns)), shape=shape)
        if self.is_at_bound is not None:
            held = 1.0 * self.is_at_bound[sample]
            matrix = diags_array(1 - held) @ matrix + diags_array(held)
        return matrix.tocsc()


def assembled(points: OperatingPoints, structure: Structure, scale: Array) -> BatchMatrix:
    """Return the matrices at operating points.

    Args:
        points: Where slopes are taken.
        structure: Which unknown each node follows.
        scale: d(node voltage)/d(unknown), zero at fixed nodes.
    """
    shared, varying = _Couplings(structure, scale), _Couplings(structure, scale)
    for array in points.circuit.element_arrays:
        if varies(array):
            varying.add_branches(*branch_ends(array.topology), branch_slopes(points, array))
            continue
        given = resolve(array.values["conductance"], points.parameters, {})
        conductance = np.broadcast_to(given, array.topology.shape)
        if isinstance(array.topology, Crossbar):
            shared.add_crossbar(array.topology, conductance)
        else:
            shared.add_branches(*branch_ends(array.topology), conductance)
    for devices in points.circuit.terminal_devices:
        slopes = terminal_slopes(points, devices)
        flat = slopes.amounts.reshape(points.n_samples, -1)
        places = slopes.places.rows, slopes.places.columns
        varying.add(flat, *(devices.nodes[:, own].ravel() for own in places))
    held = _at_bounds(points, structure) if points.circuit.clamps else None
    return BatchMatrix(shared.summed(), *varying.by_sample(points.n_samples), held)


class _Couplings:
    """How the currents at nodes follow the voltages at nodes, collected for unknowns.

    Args:
        structure: Which unknown each node follows.
        scale: d(node voltage)/d(unknown), zero at fixed nodes.

    Attributes:
        entries: Of the transposed Jacobian.
    """

    def __init__(self, structure: Structure, scale: Array) -> None:
        self.place, self.scale, self.n_unknowns = structure.place, scale, len(structure.nodes)
        self.entries: list[Entries] = []

    def add(self, slopes: Array, currents: IntArray, voltages: IntArray) -> None:
        """Add how the currents at some nodes follow the voltages at others.

        Args:
            slopes: Of each pair of nodes; a batch's have a first axis more. S.
            currents: Where the current leaves, by whose scale it is divided. Shape ``(n,)``.
            voltages: Where the voltage is. Shape ``(n,)``.
        """
        rows, columns = self.place[voltages], self.place[currents]
        both = np.flatnonzero((rows < self.n_unknowns) & (columns < self.n_unknowns))
        if len(both):
            ratio = self.scale[voltages[both]] / self.scale[currents[both]]
            self.entries.append((slopes[..., both] * ratio, rows[both], columns[both]))

    def add_branches(self, heads: IntArray, tails: IntArray, slopes: Array) -> None:
        """Add branches: what enters at one end leaves at the other."""
        for one, other in ((heads, tails), (tails, heads)):
            self.add(slopes, one, one)
            self.add(-slopes, other, one)

    def add_crossbar(self, topology: Crossbar, conductance: Array) -> None:
        """Add a crossbar, of which only branches between unknowns are looked at one by one."""
        rows, columns = topology.rows, topology.columns
        self.add(conductance.sum(axis=1), rows, rows)
        self.add(conductance.sum(axis=0), columns, columns)
        free = np.ix_(np.flatnonzero(self.scale[rows]), np.flatnonzero(self.scale[columns]))
        heads, tails = (
            ends.ravel() for ends in np.broadcast_arrays(rows[free[0]], columns[free[1]])
        )
        for one, other in ((heads, tails), (tails, heads)):
            self.add(-conductance[free].ravel(), other, one)

    def summed(self) -> csr_array:
        """Return one matrix. Shape ``(n_unknowns, n_unknowns)``, S."""
        shape = (self.n_unknowns, self.n_unknowns)
        if not self.entries:
            return csr_array(shape)
        amounts, rows, columns = (np.concatenate(part) for part in zip(*self.entries, strict=True))
        return coo_array((amounts, (rows, columns)), shape=shape).tocsr()

    def by_sample(self, n_samples: int) -> tuple[Array, tuple[Entries, ...]]:
        """Return the diagonals of all samples, and what is beside them where there is anything."""
        own, pairs = np.zeros((n_samples, self.n_unknowns)), []
        for amounts, rows, columns in self.entries:
            same = rows == columns
            if same.any():
                scatter(own, rows[same], amounts[:, same])
            if not same.all() and amounts[:, ~same].any():
                pairs.append((amounts[:, ~same], rows[~same], columns[~same]))
        return own, tuple(pairs)


def branch_slopes(points: OperatingPoints, array: ElementArray) -> Array:
    """Return the slope of every branch. Shape ``(n_samples, n_branches)``, S."""
    heads, tails = branch_ends(array.topology)
    values = branch_values(array, points.parameters, points.inputs, slice(None))
    voltages = points.node_voltages
    drops = voltages[:, heads] - voltages[:, tails]
    return np.broadcast_to(array.law.slope(drops, values), drops.shape)


def terminal_slopes(points: OperatingPoints, devices: TerminalDevices) -> Slopes:
    """Return the slopes of devices of several terminals, S."""
    values = resolved(devices.values, points.parameters)
    return devices.law.at(points.node_voltages[:, devices.nodes], values).slopes


def _at_bounds(points: OperatingPoints, structure: Structure) -> BoolArray:
    """Tell which unknowns ideal diodes hold. Shape ``(n_samples, n_unknowns)``."""
    constraints = points.compiled.constraints
    voltages = points.node_voltages
    offsets = constraints.offsets(points.parameters, points.inputs, voltages.shape)
    bounds = find_bounds(points.circuit, constraints, points.parameters, offsets)
    own = voltages[:, bounds.nodes]
    carries, _ = clamp_states(bounds, own, np.zeros_like(own), precision_of(own).at_bound)
    result = np.zeros((points.n_samples, len(structure.nodes)), dtype=bool)
    result[:, structure.place[bounds.nodes]] = carries
    return result
