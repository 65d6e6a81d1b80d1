"""Whether voltages inside a crossbar balance its currents."""

import numpy as np

from ebana_core.arrays import DOUBLE, Array
from ebana_core.backends.native.wired.lattice import Lattice
from ebana_core.circuit.kirchhoff import ROUNDING
from ebana_core.errors import ConvergenceError


def check_inner(
    lattice: Lattice, values: tuple[Array, Array, Array], ports: Array, inner: Array
) -> None:
    """Refuse voltages inside a crossbar that are not right by Kirchhoff's laws.

    Args:
        lattice: The crossbar.
        values: What cells, segments of rows and segments of columns conduct, S.
        ports: Voltages of its ports. Shape ``(n_samples, n_ports)``, V.
        inner: Of its inner nodes. Shape ``(n_samples, 2, n_rows, n_columns)``, V.

    Raises:
        ConvergenceError: Names the layer and the worst node.
    """
    worst = imbalance(lattice, values, ports, inner)
    if (worst <= DOUBLE.imbalance).all():
        return
    place = np.argmax(np.where(np.isfinite(worst), worst, np.inf))
    side, row, column = (int(k) for k in np.unravel_index(place, worst.shape))
    kind = lattice.groups[side].label
    raise ConvergenceError(
        f"The wires of layer {lattice.cells.layer!r} could not be eliminated: currents at its "
        f"{kind} node [{row}, {column}] balance to {worst[side, row, column]:.3g} of their size.",
        'use NativeBackend(method="transfer"), or conductances that differ by fewer decades',
    )


def imbalance(
    lattice: Lattice, values: tuple[Array, Array, Array], ports: Array, inner: Array
) -> Array:
    """Return the worst residual of every inner node, relative to the currents there.

    Shape ``(2, n_rows, n_columns)``, 0 at ports; see `check_inner`.
    """
    cells, row_wires, column_wires = values
    rows, columns = inner[:, 0], inner[:, 1]
    if lattice.begins_inside:
        along = _Branches(rows, row_wires[:, 1:], axis=2)
    else:
        before = ports[:, : len(cells), None]
        along = _Branches(np.concatenate([before, rows], axis=2), row_wires, axis=2)
    down = _Branches(columns, column_wires[:-1], axis=1)
    through = cells * (rows - columns)
    size = cells * (np.abs(rows) + np.abs(columns))
    found = []
    for wires, sign in ((along, 1.0), (down, -1.0)):
        own = np.s_[:, -through.shape[1] :, -through.shape[2] :]
        left = np.abs(wires.leaving()[own] + sign * through)
        carried = wires.summed(np.abs(wires.currents))[own] + np.abs(through)
        floor = (wires.summed(wires.sizes)[own] + size) * ROUNDING * DOUBLE.eps / DOUBLE.imbalance
        found.append((left / np.where(left > 0, carried + floor, 1.0)).max(axis=0))
    worst = np.stack(found)
    worst[1, -1] = 0.0
    if lattice.begins_inside:
        worst[0, :, 0] = 0.0
    return worst


class _Branches:
    """Wires between neighbouring nodes along an axis."""

    def __init__(self, nodes: Array, conductance: Array, axis: int) -> None:
        self._axis, self._shape = axis, nodes.shape
        n = nodes.shape[axis]
        ahead, behind = nodes.take(range(n - 1), axis), nodes.take(range(1, n), axis)
        self.currents = conductance * (ahead - behind)
        self.sizes = conductance * (np.abs(ahead) + np.abs(behind))

    def leaving(self) -> Array:
        """Return the sums of the currents that leave each node."""
        return self._at_heads(self.currents) - self._at_tails(self.currents)

    def summed(self, sizes: Array) -> Array:
        """Return the sums of sizes of branches at each node."""
        return self._at_heads(sizes) + self._at_tails(sizes)

    def _at_heads(self, amounts: Array) -> Array:
        return np.concatenate([amounts, np.zeros_like(amounts.take([0], self._axis))], self._axis)

    def _at_tails(self, amounts: Array) -> Array:
        return np.concatenate([np.zeros_like(amounts.take([0], self._axis)), amounts], self._axis)
