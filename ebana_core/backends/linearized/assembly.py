"""The transposed Jacobians of a batch, assembled: what samples share, and what differs."""

import attrs
import numpy as np
from scipy.sparse import coo_array, csc_array, csr_array, diags_array

from ebana_core.arrays import Array, BoolArray, precision_of
from ebana_core.backends.linearized.structure import Entries, Structure, ohmic_entries, varies
from ebana_core.backends.operating_points import OperatingPoints
from ebana_core.circuit.branches import branch_ends, branch_values, scatter
from ebana_core.circuit.clamps import clamp_states, find_bounds
from ebana_core.circuit.elements import ElementArray, IntArray, TerminalDevices, resolve, resolved
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
    n, place = len(structure.nodes), structure.place
    shared: list[Entries] = [(np.zeros(0), np.zeros(0, np.intp), np.zeros(0, np.intp))]
    varying = _Varying(points, structure, scale)
    for array in points.circuit.element_arrays:
        if varies(array):
            varying.add_branches(array)
        else:
            given = resolve(array.values["conductance"], points.parameters, {})
            conductance = np.broadcast_to(given, array.topology.shape)
            shared += ohmic_entries(array.topology, conductance, place, scale)
    for devices in points.circuit.terminal_devices:
        varying.add_terminals(devices)
    amounts, rows, columns = (np.concatenate(part) for part in zip(*shared, strict=True))
    free = (rows < n) & (columns < n)
    entries = (amounts[free], (rows[free], columns[free]))
    return BatchMatrix(
        coo_array(entries, shape=(n, n)).tocsr(),
        varying.own[:, :-1],
        tuple(varying.pairs),
        _at_bounds(points, structure) if points.circuit.clamps else None,
    )


class _Varying:
    """What differs between samples: on the diagonal, or between two unknowns."""

    def __init__(self, points: OperatingPoints, structure: Structure, scale: Array) -> None:
        self.points, self.place, self.scale = points, structure.place, scale
        self.n_unknowns = len(structure.nodes)
        self.own = np.zeros((points.n_samples, self.n_unknowns + 1))
        self.pairs: list[Entries] = []

    def add_branches(self, array: ElementArray) -> None:
        n, place, scale = self.n_unknowns, self.place, self.scale
        slopes = branch_slopes(self.points, array)
        heads, tails = branch_ends(array.topology)
        for one, other in ((heads, tails), (tails, heads)):
            scatter(self.own, place[one], slopes)
            both = np.flatnonzero((place[one] < n) & (place[other] < n))
            rows, columns = place[one[both]], place[other[both]]
            entries = -slopes[:, both] * (scale[one[both]] / scale[other[both]])
            self._add(entries, rows, columns)

    def add_terminals(self, devices: TerminalDevices) -> None:
        """Add what the current of one terminal owes to the voltage of another."""
        n, nodes = self.n_unknowns, devices.nodes
        slopes = terminal_slopes(self.points, devices)
        rows, columns = nodes[:, slopes.places.rows], nodes[:, slopes.places.columns]
        currents, voltages = self.place[rows], self.place[columns]
        both = (currents < n) & (voltages < n)
        ratio = self.scale[columns[both]] / self.scale[rows[both]]
        self._add(slopes.amounts[:, both] * ratio, voltages[both], currents[both])

    def _add(self, entries: Array, rows: IntArray, columns: IntArray) -> None:
        same = rows == columns
        scatter(self.own, rows[same], entries[:, same])
        if not same.all():
            self.pairs.append((entries[:, ~same], rows[~same], columns[~same]))


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
