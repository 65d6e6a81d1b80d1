"""What rounding of the currents makes of the voltages: whether a precision can hold a circuit.

Rounding leaves at each node a current of about eps times the sum of all conductances there times
their voltages, whatever solves the equations. What it moves the node by is ``|J⁻¹|`` times that:
a wire of one ohm beside cells of ten megohms balances to the last digit at any voltage. Devices
between an unknown and a source only add to the diagonal, which lowers it: they may be left out.
"""

from collections.abc import Mapping, Sequence

import attrs
import numpy as np

from ebana_core.arrays import Array, IntArray, exact, host
from ebana_core.backends.native.assembly import added_by, own_slopes
from ebana_core.backends.native.devices import DeviceArray
from ebana_core.backends.native.known_bound import KnownBound
from ebana_core.backends.native.linear import LinearPart
from ebana_core.backends.native.node_spans import add_columns
from ebana_core.backends.native.partition import Partition
from ebana_core.circuit.branches import branch_ends
from ebana_core.circuit.circuit import Circuit
from ebana_core.circuit.elements import ElementArray, resolve

LARGEST = 300.0
"""Largest error of a node, in roundings of the largest voltage: 4e-5 of it in float32."""
ROOM = 1.25
"""Of a bound that is kept for the next parameters, over what these needed."""
MOST_INVERTED = 600
"""Unknowns up to which the Jacobian is inverted where signs do not tell."""


@attrs.frozen
class Reach:
    """How far rounding moves a circuit's voltages.

    Args:
        roundings: Of the largest voltage, at the worst node.
        unknown: Number of that node among the unknowns.
        conductance: Of all branches there, S.
    """

    roundings: float
    unknown: int
    conductance: float

    @property
    def is_too_far(self) -> bool:
        """Float32 cannot hold the circuit."""
        return not self.roundings <= LARGEST


def rounding_reach(
    linear: LinearPart,
    partition: Partition,
    devices: Sequence[DeviceArray] = (),
    slopes: Sequence[Array] = (),
    known: KnownBound | None = None,
) -> Reach:
    """Return how far rounding moves the voltages.

    Args:
        linear: The linear part, NumPy's in float64.
        partition: The numbering of its unknowns.
        devices: Those between two unknowns.
        slopes: Their slopes. Shape ``(n_branches,)`` each, S.
        known: A bound that is enough where it holds; what is found is then a bound itself, at most
            twice as large. None: none is known.

    Source:
        Higham, Accuracy and Stability of Numerical Algorithms, 2002, section 7.2 (the condition
        number of Bauer and Skeel); with an M-matrix one solve gives it.
    """
    n = partition.n_unknowns
    if not n:
        return Reach(0.0, 0, 0.0)
    size = largest_voltages(linear.scale, partition)
    arrays = [array.on_host() for array in devices]
    coupled = [_between_unknowns(*pair) for pair in zip(arrays, slopes, strict=True)]
    matrix, sizes = blocks_of(linear, arrays, coupled), [np.abs(slope)[None] for slope in coupled]
    own = linear.own + own_slopes(arrays, sizes, np.zeros((1, n)))[0]
    # Rounding leaves at each node its eps times the sum of all these terms, and of what couples.
    # What sources of 1 V drive into a node is no more than its own volt drives out of it.
    is_bounded = known is not None and (linear.scale == 1).all()
    driven = linear.own if is_bounded else _driven(linear)
    known = known or KnownBound(largest=LARGEST, room=ROOM)
    moved = known.of(matrix, own * size + driven, size, matrix.bounded)
    worst = int(np.argmax(moved / size))
    return Reach(float((moved / size)[worst]), worst, float(own[worst]))


def largest_voltages(scale: Array, partition: Partition) -> Array:
    """Return the voltages of unknowns whose amplified voltages are 1 V at most, V.

    Args:
        scale: d(node voltage)/d(root voltage). Shape ``(n_nodes,)``.
        partition: The numbering of the unknowns.
    """
    size = np.ones(partition.n_unknowns + 1)
    np.maximum.at(size, partition.of_node, np.abs(scale))
    return np.asarray(1 / size[:-1])


def blocks_of(
    linear: LinearPart, devices: Sequence[DeviceArray], slopes: Sequence[Array]
) -> "JacobianBlocks":
    """Return the Jacobian of one sample.

    Args:
        linear: The linear part, NumPy's in float64.
        devices: NumPy's; those between two unknowns are never among the first of these.
        slopes: Of their branches. Shape ``(n_branches,)`` each, S.
    """
    diagonal, inner = linear.diagonal, linear.inner
    if devices:
        n_first = len(diagonal)
        added = added_by(devices, [slope[None] for slope in slopes], np.zeros((1, len(linear.own))))
        diagonal = diagonal + added.own[0, :n_first]
        if inner.size:
            inner = added.rest(n_first).added_to(inner.reshape(1, -1).copy())[0]
    couples_inside = linear.couples_inside or bool(devices)
    return JacobianBlocks(diagonal, linear.across, linear.back, inner, couples_inside)


def _between_unknowns(array: DeviceArray, slope: Array) -> Array:
    """Return slopes without those of branches to sources, S."""
    result = np.zeros(slope.shape)
    result[array.coupled] = slope[array.coupled]
    return result


def has_one_point(linear: LinearPart) -> bool:
    """Tell whether a circuit has one operating point whatever devices to ground it holds.

    With all couplings negative the linear part is an M-matrix: then every Jacobian, which has
    more on its diagonal, is an H-matrix, its determinant positive, and the equations injective.

    Source:
        Berman and Plemmons, Nonnegative Matrices in the Mathematical Sciences, 1994, chapter 6.
    """
    parts = (linear.diagonal, linear.across, linear.back, linear.inner)
    diagonal, across, back, inner = (exact(host(part)) for part in parts)
    blocks = JacobianBlocks(diagonal, across, back, inner)
    with np.errstate(all="ignore"):
        try:
            return bool((blocks.compared(np.ones(linear.own.shape[0])) > 0).all())
        except np.linalg.LinAlgError:
            return False


@attrs.frozen(eq=False)
class JacobianBlocks:
    """The Jacobian in the blocks of `LinearPart`."""

    diagonal: Array
    across: Array
    back: Array
    inner: Array
    couples_inside: bool = True

    def beside(self, sizes: Array) -> Array:
        """Return the absolute values beside the diagonal times sizes."""
        n_first = len(self.diagonal)
        first, second = sizes[:n_first], sizes[n_first:]
        below = np.abs(self.back) @ first
        if self.couples_inside:
            inner = np.abs(self.inner)
            np.einsum("ii->i", inner)[...] = 0.0
            below += inner @ second
        return np.concatenate([np.abs(self.across) @ second, below])

    def diagonal_times(self, sizes: Array) -> Array:
        """Return the diagonal times sizes."""
        return np.concatenate([self.diagonal, self.inner.diagonal()]) * sizes

    def bounded(self, terms: Array) -> Array:
        """Return a bound of the inverse's absolute values times terms."""
        with np.errstate(all="ignore"):
            try:
                found = self.compared(terms)
                # A positive solution proves that the compared matrix is an M-matrix, whose inverse
                # bounds that of the Jacobian.
                if (found > 0).all() and np.isfinite(found).all():
                    return found
                # Where active devices spoil the signs, only the inverse itself tells.
                if len(terms) <= MOST_INVERTED:
                    return np.asarray(np.abs(np.linalg.inv(self._full())) @ terms)
            except np.linalg.LinAlgError:
                pass
        return np.full(len(terms), np.inf)

    def compared(self, terms: Array) -> Array:
        """Solve with all couplings negative: as exact as the Jacobian where it is reciprocal."""
        first, second = np.split(terms, [len(self.diagonal)])
        across, back = np.abs(self.across) / self.diagonal[:, None], np.abs(self.back)
        inner = -np.abs(self.inner)
        np.einsum("ii->i", inner)[...] = self.inner.diagonal()
        rest = np.linalg.solve(inner - back @ across, second + back @ (first / self.diagonal))
        return np.concatenate([first / self.diagonal + across @ rest, rest])

    def _full(self) -> Array:
        return np.block([[np.diag(self.diagonal), self.across], [self.back, self.inner]])


def _driven(linear: LinearPart) -> Array:
    """Return the absolute currents that sources of 1 V drive, A."""
    total = np.zeros((1, len(linear.own)))
    for block in linear.driven:
        matrix = abs(block.matrix)
        currents = matrix if matrix.ndim == 1 else np.ones(matrix.shape[0]) @ matrix
        add_columns(total, block.unknowns, currents[None] / np.abs(block.scale))
    return np.asarray(total[0])


def steepest_at(
    circuit: Circuit, nodes: IntArray, parameters: Mapping[str, Array]
) -> tuple[ElementArray, float] | None:
    """Return the resistors that conduct most at nodes, and how much one does, S."""
    found: tuple[ElementArray, float] | None = None
    for array in circuit.element_arrays:
        if not array.is_ohmic:
            continue
        heads, tails = branch_ends(array.topology)
        given = resolve(array.values["conductance"], parameters, {})
        conductance = np.broadcast_to(given, array.topology.shape).reshape(-1)
        touches = np.isin(heads, nodes) | np.isin(tails, nodes)
        if touches.any() and (found is None or conductance[touches].max() > found[1]):
            found = array, float(conductance[touches].max())
    return found
