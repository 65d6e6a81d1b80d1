"""The nonlinear branches of a circuit, gathered so that one product serves all of them."""

from collections.abc import Callable, Mapping

import attrs
import numpy as np
from scipy.sparse import csr_array

from ebana_core.arrays import Array, Values
from ebana_core.backends.native.partition import Partition
from ebana_core.circuit.branches import branch_ends, branch_values
from ebana_core.circuit.circuit import Circuit
from ebana_core.circuit.elements import ElementArray, IntArray
from ebana_core.laws import Law, Ohm


@attrs.frozen(eq=False)
class DeviceSlice:
    """The branches of one element array within the gathered ones."""

    law: Law
    values: Values
    place: slice


@attrs.frozen(eq=False)
class Devices:
    """All nonlinear branches at one set of parameters.

    Args:
        slices: Law and values of each element array.
        heads: Head node of each branch. Shape ``(n_branches,)``.
        tails: Tail nodes.
        gather: Unknown voltages to drops. Shape ``(n_unknowns, n_branches)``.
        scatter: Branch currents to currents at unknowns. Shape ``(n_branches, n_unknowns)``.
        diagonal: Branch slopes to the Jacobian's diagonal. Same shape as `scatter`.
        coupled: Branches between two unknowns.
        pairs: Rows and columns of their two off-diagonal entries.
        factors: What the slope is multiplied with at these entries.
        is_piecewise_linear: Every law is.
    """

    slices: tuple[DeviceSlice, ...]
    heads: IntArray
    tails: IntArray
    gather: Array
    scatter: Array
    diagonal: Array
    coupled: IntArray
    pairs: tuple[IntArray, IntArray]
    factors: Array
    is_piecewise_linear: bool

    @property
    def n_branches(self) -> int:
        """Number of nonlinear branches."""
        return len(self.heads)

    def current(self, drop: Array) -> Array:
        """Return all branch currents, A. Shape ``(n_samples, n_branches)``."""
        return self._each(lambda law, part, values: law.current(part, values), drop)

    def slope(self, drop: Array) -> Array:
        """Return all branch slopes, S."""
        return self._each(lambda law, part, values: law.slope(part, values), drop)

    def current_change(self, drop: Array, change: Array) -> Array:
        """Return the current differences without cancellation, A."""
        result = np.empty_like(drop)
        for item in self.slices:
            result[:, item.place] = item.law.current_change(
                drop[:, item.place], change[:, item.place], item.values
            )
        return result

    def _each(self, method: Callable[[Law, Array, Values], Array], drop: Array) -> Array:
        result = np.empty_like(drop)
        for item in self.slices:
            result[:, item.place] = method(item.law, drop[:, item.place], item.values)
        return result


def gather_devices(
    circuit: Circuit, partition: Partition, scale: Array, parameters: Mapping[str, Array]
) -> Devices:
    """Gather the nonlinear branches of a circuit."""
    arrays = [a for a in circuit.element_arrays if not isinstance(a.law, Ohm)]
    slices, heads, tails = _slices(arrays, parameters)
    n = partition.n_unknowns
    head, tail = partition.of_node[heads], partition.of_node[tails]
    head_scale, tail_scale = scale[heads], scale[tails]
    numbers = np.arange(len(heads))
    gather = _matrix(
        (n, len(heads)), [(head, numbers, head_scale), (tail, numbers, -tail_scale)], n
    )
    scatter = _matrix(
        (n, len(heads)), [(head, numbers, 1 / head_scale), (tail, numbers, -1 / tail_scale)], n
    ).T
    same = (head == tail) & (head < n)
    head_own = np.where(same, (1 / head_scale - 1 / tail_scale) * (head_scale - tail_scale), 1.0)
    diagonal = _matrix(
        (n, len(heads)),
        [(head, numbers, head_own), (tail, numbers, np.where(same, 0.0, 1.0))],
        n,
    ).T
    coupled = np.flatnonzero((head < n) & (tail < n) & (head != tail))
    ratio = tail_scale[coupled] / head_scale[coupled]
    return Devices(
        slices,
        heads,
        tails,
        gather,
        scatter,
        diagonal,
        coupled,
        (
            np.concatenate([head[coupled], tail[coupled]]),
            np.concatenate([tail[coupled], head[coupled]]),
        ),
        np.concatenate([-ratio, -1 / ratio]),
        all(array.law.is_piecewise_linear for array in arrays),
    )


def _slices(
    arrays: list[ElementArray], parameters: Mapping[str, Array]
) -> tuple[tuple[DeviceSlice, ...], IntArray, IntArray]:
    slices = []
    heads, tails = [np.zeros(0, np.intp)], [np.zeros(0, np.intp)]
    start = 0
    for array in arrays:
        first, second = branch_ends(array.topology)
        values = branch_values(array, parameters, {}, slice(None))
        slices.append(DeviceSlice(array.law, values, slice(start, start + len(first))))
        heads.append(first)
        tails.append(second)
        start += len(first)
    return tuple(slices), np.concatenate(heads), np.concatenate(tails)


DENSE_ENTRIES = 40_000
"""Incidence matrices up to this size are dense: BLAS beats a sparse product there."""


def _matrix(
    shape: tuple[int, int], entries: list[tuple[IntArray, IntArray, Array]], limit: int
) -> Array:
    """Return the sum of scattered entries whose row is below `limit`."""
    rows = np.concatenate([row for row, _, _ in entries])
    columns = np.concatenate([column for _, column, _ in entries])
    data = np.concatenate([value for _, _, value in entries])
    kept = rows < limit
    matrix = csr_array((data[kept], (rows[kept], columns[kept])), shape=shape)
    return matrix.toarray() if shape[0] * shape[1] <= DENSE_ENTRIES else matrix
