"""The Jacobian of a circuit at operating points, transposed.

Every node follows one unknown u or is fixed: ``dv = scale*du``. The currents that leave the
nodes of an unknown, each divided by its node's scale, sum to zero. With E holding the scales, D
their reciprocals and A the slopes between nodes, the Jacobian is ``D.T @ A @ E``, and the
multipliers of a function g of the node voltages are ``lam = D @ x`` where
``(E.T @ A @ D) @ x = E.T @ dg/dv``. Reciprocity is not needed.
"""

from collections.abc import Mapping
from typing import final

import numpy as np
from scipy.sparse import coo_array, csc_array, csr_array, diags_array
from scipy.sparse.linalg import splu

from ebana_core.arrays import Array, BoolArray, precision_of
from ebana_core.backends.linearized.blocks import Blocks
from ebana_core.backends.linearized.structure import Entries, ohmic_entries, structure_of, varies
from ebana_core.backends.operating_points import OperatingPoints
from ebana_core.circuit.branches import branch_ends, branch_values, scatter
from ebana_core.circuit.circuit import GROUND
from ebana_core.circuit.clamps import clamp_states, find_bounds
from ebana_core.circuit.elements import ElementArray, IntArray, Ports, resolve, resolved
from ebana_core.errors import UnsupportedError

DENSE = 1000
"""Unknowns left after elimination up to which they are solved as dense matrices."""
CHUNK = 8_000_000
"""Matrix entries held at once."""


@final
class Linearized:
    """A circuit linearised at the operating points of a batch.

    Args:
        points: Where; the slopes of the devices are taken at their drops.

    Raises:
        UnsupportedError: The slopes of a device are known to its simulator only.
    """

    def __init__(self, points: OperatingPoints) -> None:
        compiled = points.compiled
        for array in points.circuit.element_arrays:
            if array.law.native_refusal:
                raise UnsupportedError(
                    f"Layer {array.layer!r} cannot be linearised: {array.law.native_refusal}.",
                    "compare with finite differences instead",
                )
        for ports in points.circuit.ports:
            if ports.law.refusal:
                raise UnsupportedError(
                    f"Layer {ports.layer!r} cannot be linearised: {ports.law.refusal}.",
                    "compare with finite differences instead",
                )
        self.points = points
        self._structure = structure_of(compiled)
        is_fixed = compiled.constraints.root == GROUND
        self._scale = np.where(is_fixed, 0.0, compiled.scales(points.parameters))
        self._own = np.zeros((points.n_samples, self.n_unknowns + 1))
        self._pairs: list[Entries] = []
        self._shared = self._assembled()
        self.is_clamped: BoolArray | None = self._clamped() if points.circuit.clamps else None

    @property
    def n_unknowns(self) -> int:
        """Number of unknown voltages."""
        return len(self._structure.nodes)

    def multipliers(self, gradients: Mapping[str, Array]) -> Array:
        """Return the multipliers of functions of the predictions.

        Args:
            gradients: Output name to the derivatives by each prediction, ``(n_samples,
                n_predictions)``, or ``(n_samples, n_functions, n_predictions)``; outputs left
                out count as zero.

        Returns:
            One per node, zero where a source or an ideal diode fixes it. Shape ``(n_samples,
            n_nodes)`` or ``(n_samples, n_functions, n_nodes)``, unit of the function over A.
        """
        by_nodes = self.by_nodes(gradients)
        flat = by_nodes.reshape(-1, by_nodes.shape[-1])
        right = np.zeros((len(flat), self.n_unknowns + 1))
        scatter(right, self._structure.place, flat * self._scale)
        own = right.reshape(len(by_nodes), -1, self.n_unknowns + 1)
        own[..., :-1] = self._solve(own[..., :-1])
        own[..., -1] = 0.0
        divisor = np.where(self._scale == 0, 1.0, self._scale)
        result = own[..., self._structure.place] / divisor
        return np.asarray(result.reshape(by_nodes.shape))

    def by_nodes(self, gradients: Mapping[str, Array]) -> Array:
        """Return derivatives by node voltages for derivatives by predictions."""
        leading = next(iter(gradients.values())).shape[:-1]
        result = np.zeros((int(np.prod(leading)), self.points.circuit.n_nodes))
        for output in self.points.circuit.outputs:
            if output.name in gradients:
                own = gradients[output.name].reshape(len(result), -1)
                scatter(result, output.heads, own)
                scatter(result, output.tails, -own)
        result[:, GROUND] = 0.0
        return result.reshape(*leading, -1)

    def port_resistances(self) -> Array:
        """Return d(prediction)/d(injected current) of all outputs, in the model's order.

        Shape ``(n_samples, n_ports, n_ports)``, ohms: row the prediction, column the current.
        """
        outputs = self.points.circuit.outputs
        starts = np.cumsum([0] + [len(output.heads) for output in outputs])
        each = np.broadcast_to(
            np.eye(starts[-1]), (self.points.n_samples, int(starts[-1]), int(starts[-1]))
        )
        multipliers = self.multipliers(
            {
                output.name: each[..., first:last]
                for output, first, last in zip(outputs, starts[:-1], starts[1:], strict=True)
            }
        )
        heads = np.concatenate([output.heads for output in outputs])
        tails = np.concatenate([output.tails for output in outputs])
        return np.asarray(multipliers[..., heads] - multipliers[..., tails])

    def ohmic_conductance(self, nodes: IntArray) -> Array:
        """Return what ohmic branches conduct at nodes, S; 0 where a source fixes them."""
        own = np.append(self._shared.diagonal(), 0.0)
        return np.asarray(own[self._structure.place[nodes]])

    def slopes(self, array: ElementArray) -> Array:
        """Return the slope of every branch. Shape ``(n_samples, n_branches)``, S."""
        heads, tails = branch_ends(array.topology)
        values = branch_values(array, self.points.parameters, self.points.inputs, slice(None))
        voltages = self.points.node_voltages
        drops = voltages[:, heads] - voltages[:, tails]
        return np.broadcast_to(array.law.slope(drops, values), drops.shape)

    def _assembled(self) -> csr_array:
        """Return the slopes that all samples share; keep what differs between them."""
        n, place, scale = self.n_unknowns, self._structure.place, self._scale
        shared: list[Entries] = [(np.zeros(0), np.zeros(0, np.intp), np.zeros(0, np.intp))]
        for array in self.points.circuit.element_arrays:
            if varies(array):
                self._add_devices(array)
            else:
                given = resolve(array.values["conductance"], self.points.parameters, {})
                conductance = np.broadcast_to(given, array.topology.shape)
                shared += ohmic_entries(array.topology, conductance, place, scale)
        for ports in self.points.circuit.ports:
            self._add_ports(ports)
        amounts, rows, columns = (np.concatenate(part) for part in zip(*shared, strict=True))
        free = (rows < n) & (columns < n)
        return coo_array((amounts[free], (rows[free], columns[free])), shape=(n, n)).tocsr()

    def _add_devices(self, array: ElementArray) -> None:
        """Add slopes, sample by sample: to the diagonal, or between two unknowns."""
        n, place, scale = self.n_unknowns, self._structure.place, self._scale
        slopes = self.slopes(array)
        heads, tails = branch_ends(array.topology)
        for one, other in ((heads, tails), (tails, heads)):
            scatter(self._own, place[one], slopes)
            both = np.flatnonzero((place[one] < n) & (place[other] < n))
            rows, columns = place[one[both]], place[other[both]]
            entries = -slopes[:, both] * (scale[one[both]] / scale[other[both]])
            same = rows == columns
            scatter(self._own, rows[same], entries[:, same])
            if not same.all():
                self._pairs.append((entries[:, ~same], rows[~same], columns[~same]))

    def port_slopes(self, ports: Ports) -> Array:
        """Return the slopes of devices, ``(n_samples, n_devices, n_terminals, n_terminals)``, S."""
        values = resolved(ports.values, self.points.parameters)
        return ports.law.at(self.points.node_voltages[:, ports.nodes], values).slopes

    def _add_ports(self, ports: Ports) -> None:
        """Add what the current of one terminal owes to the voltage of another."""
        n, scale, places = self.n_unknowns, self._scale, self._structure.place[ports.nodes]
        slopes = self.port_slopes(ports)
        for one in range(ports.law.n_terminals):
            for other in range(ports.law.n_terminals):
                currents, voltages = places[:, one], places[:, other]
                both = np.flatnonzero((currents < n) & (voltages < n))
                amounts = slopes[:, both, one, other]
                if not amounts.any():
                    continue
                ratio = scale[ports.nodes[both, other]] / scale[ports.nodes[both, one]]
                rows, columns = voltages[both], currents[both]
                same = rows == columns
                scatter(self._own, rows[same], (amounts * ratio)[:, same])
                if not same.all():
                    entries = (amounts * ratio)[:, ~same], rows[~same], columns[~same]
                    self._pairs.append(entries)

    def _clamped(self) -> BoolArray:
        """Tell which unknowns ideal diodes hold. Shape ``(n_samples, n_unknowns)``."""
        points, constraints = self.points, self.points.compiled.constraints
        voltages = points.node_voltages
        offsets = constraints.offsets(points.parameters, points.inputs, voltages.shape)
        bounds = find_bounds(points.circuit, constraints, points.parameters, offsets)
        own = voltages[:, bounds.nodes]
        carries, _ = clamp_states(bounds, own, np.zeros_like(own), precision_of(own).at_bound)
        result = np.zeros((points.n_samples, self.n_unknowns), dtype=bool)
        result[:, self._structure.place[bounds.nodes]] = carries
        return result

    @property
    def unknown_nodes(self) -> IntArray:
        """Root node of every unknown. Shape ``(n_unknowns,)``."""
        return self._structure.nodes

    def spread(self, x: Array) -> Array:
        """Return what nodes make of unknowns. Shape ``(..., n_nodes)``, V."""
        padded = np.concatenate([x, np.zeros((*x.shape[:-1], 1))], axis=-1)
        return np.asarray(padded[..., self._structure.place] * self._scale)

    def matrices(self) -> Array:
        """Return the Jacobian of every sample; unknowns at a bound have a row of their own.

        Shape ``(n_samples, n_unknowns, n_unknowns)``, S: row the current, column the voltage.
        """
        n_samples = self.points.n_samples
        result = np.repeat(self._shared.toarray()[None], n_samples, axis=0)
        np.einsum("sii->si", result)[...] += self._own[:, :-1]
        for entries, rows, columns in self._pairs:
            np.add.at(result.transpose(1, 2, 0), (rows, columns), entries.T)
        if self.is_clamped is not None:
            held = self.is_clamped[:, :, None] | self.is_clamped[:, None, :]
            result = np.where(held, np.eye(self.n_unknowns), result)
        return result.transpose(0, 2, 1)

    def _solve(self, right: Array) -> Array:
        """Solve for right-hand sides ``(n_samples, n_functions, n_unknowns)``."""
        n_first = self._structure.n_first
        result = np.empty(right.shape)
        if self.n_unknowns - n_first > DENSE:
            for sample in range(len(right)):
                result[sample] = self._solved_sparse(sample, right[sample])
            return result
        blocks = Blocks.of(self._shared, n_first)
        step = max(1, CHUNK // (1 + blocks.across.size + blocks.inner.size))
        for first in range(0, len(right), step):
            part = slice(first, first + step)
            result[part] = blocks.solve(
                self._own[part, :-1],
                [(entries[part], rows, columns) for entries, rows, columns in self._pairs],
                None if self.is_clamped is None else self.is_clamped[part],
                right[part],
            )
        return result

    def _solved_sparse(self, sample: int, right: Array) -> Array:
        """Solve one sample's matrix. Shape of `right` ``(n_functions, n_unknowns)``."""
        if self.is_clamped is not None:
            right = right * ~self.is_clamped[sample]
        return np.asarray(splu(self.transposed(sample)).solve(right.T).T)

    def transposed(self, sample: int) -> csc_array:
        """Return one sample's Jacobian, transposed. Shape ``(n_unknowns, n_unknowns)``, S."""
        shape = self._shared.shape
        matrix = self._shared + diags_array(self._own[sample, :-1])
        for entries, rows, columns in self._pairs:
            matrix = matrix + coo_array((entries[sample], (rows, columns)), shape=shape)
        if self.is_clamped is not None:
            held = 1.0 * self.is_clamped[sample]
            matrix = diags_array(1 - held) @ matrix + diags_array(held)
        return matrix.tocsc()
