"""The Jacobian of a circuit at operating points, transposed.

Every node follows one unknown u or is fixed: ``dv = scale*du``. The currents that leave the
nodes of an unknown, each divided by its node's scale, sum to zero. The Jacobian is ``D.T @ A @ E``:
E holds the scales, D their reciprocals, and A the slopes between nodes. The multipliers of a
function g of the node voltages are ``lam = D @ x`` where ``(E.T @ A @ D) @ x = E.T @ dg/dv``.
Reciprocity is not needed.
"""

from collections.abc import Mapping
from typing import final

import numpy as np
from scipy.sparse.linalg import splu

from ebana_core.arrays import Array, IntArray
from ebana_core.backends.linearized.assembly import assembled
from ebana_core.backends.linearized.blocks import SharedBlocks
from ebana_core.backends.linearized.structure import structure_of
from ebana_core.backends.operating_points import OperatingPoints
from ebana_core.circuit.branches import scatter
from ebana_core.circuit.circuit import GROUND
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
        for devices in points.circuit.terminal_devices:
            if devices.law.refusal:
                raise UnsupportedError(
                    f"Layer {devices.layer!r} cannot be linearised: {devices.law.refusal}.",
                    "compare with finite differences instead",
                )
        self.points = points
        self._structure = compiled.once(structure_of)
        is_fixed = compiled.constraints.root == GROUND
        # Zero keeps fixed nodes out of every sum.
        self._scale = np.where(is_fixed, 0.0, compiled.scales(points.parameters))
        self.matrix = assembled(points, self._structure, self._scale)

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
        return self.multipliers_of_nodes(self.by_nodes(gradients))

    def multipliers_of_nodes(self, by_nodes: Array) -> Array:
        """Return the multipliers of functions of any node voltages; see `multipliers`.

        Args:
            by_nodes: Derivatives by node voltages. Shape ``(n_samples, n_nodes)`` or
                ``(n_samples, n_functions, n_nodes)``.
        """
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
        # The multiplier of a prediction at a node is how far a current into that node moves it.
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
        own = np.append(self.matrix.shared.diagonal(), 0.0)
        return np.asarray(own[self._structure.place[nodes]])

    @property
    def unknown_nodes(self) -> IntArray:
        """Root node of every unknown. Shape ``(n_unknowns,)``."""
        return self._structure.nodes

    def spread(self, x: Array) -> Array:
        """Return what nodes make of unknowns. Shape ``(..., n_nodes)``, V."""
        padded = np.concatenate([x, np.zeros((*x.shape[:-1], 1))], axis=-1)
        return np.asarray(padded[..., self._structure.place] * self._scale)

    def _solve(self, right: Array) -> Array:
        """Solve for right-hand sides ``(n_samples, n_functions, n_unknowns)``."""
        n_first = self._structure.n_first
        result = np.empty(right.shape)
        if self.n_unknowns - n_first > DENSE:
            for sample in range(len(right)):
                result[sample] = self._solved_sparse(sample, right[sample])
            return result
        matrix, is_at_bound = self.matrix, self.matrix.is_at_bound
        blocks = SharedBlocks.of(matrix.shared, n_first)
        step = max(1, CHUNK // (1 + blocks.across.size + blocks.inner.size))
        for first in range(0, len(right), step):
            part = slice(first, first + step)
            result[part] = blocks.solve(
                matrix.own[part],
                [(entries[part], rows, columns) for entries, rows, columns in matrix.pairs],
                None if is_at_bound is None else is_at_bound[part],
                right[part],
            )
        return result

    def _solved_sparse(self, sample: int, right: Array) -> Array:
        """Solve one sample's matrix. Shape of `right` ``(n_functions, n_unknowns)``."""
        if self.matrix.is_at_bound is not None:
            # A held unknown does not move.
            right = right * ~self.matrix.is_at_bound[sample]
        return np.asarray(splu(self.matrix.transposed(sample)).solve(right.T).T)
