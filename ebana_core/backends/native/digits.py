"""Whether a matrix of sums of conductances holds a circuit's voltages, in float64."""

from collections.abc import Callable, Sequence

import numpy as np
from scipy.sparse import coo_array, csr_array, diags_array
from scipy.sparse.linalg import splu

from ebana_core.arrays import DOUBLE, Array, exact, host
from ebana_core.backends.native.assembly import added_by
from ebana_core.backends.native.conditioning import JacobianBlocks, blocks_of, largest_voltages
from ebana_core.backends.native.devices import SCALE, DeviceArray
from ebana_core.backends.native.known_bound import KnownBound
from ebana_core.backends.native.linear import LinearPart
from ebana_core.backends.native.partition import Partition
from ebana_core.backends.native.solvers.chain_system import ChainSystem
from ebana_core.backends.native.sparse_linear import SparseLinearPart
from ebana_core.latest import Latest

HELD = 1e-8 / DOUBLE.eps
"""Roundings of the largest voltage by which a node may be off. What rounding really moves is a
third of the bound at most, a tenth as a rule: nanovolts of a volt."""
DROPS = (-1.0, 0.0, 1.0)
"""Drops, V, at which devices are asked for their slopes."""
AMPLE, CLOSE = 1.5, 1e-3
"""Of the terms that a bound is sought for, over those that it has to prove, and how close to it
conjugate gradients come."""
ROOM = 4.0
"""Factor by which a bound is enlarged before it is kept, so that it holds for the next
parameters."""


class Digits:
    """Tells at each set of parameters of one circuit whether float64 holds its linear part.

    What rounding moves is bounded as for float32 (see `conditioning`): first without devices,
    whose currents come drop by drop and lose nothing, then with what they hold at least.

    Args:
        partition: The numbering of the unknowns.
        is_chained: They are numbered along chains of two kinds, which end where devices alone may
            hold them.
    """

    def __init__(self, partition: Partition, *, is_chained: bool = False) -> None:
        self._partition, self._is_chained = partition, is_chained
        self._known = KnownBound(largest=HELD, room=ROOM)
        self._sizes: Latest[Array] = Latest()
        self._counts_devices = is_chained

    def hold(self, linear: LinearPart | SparseLinearPart, devices: Sequence[DeviceArray]) -> bool:
        """Tell whether voltages solved with this linear part are right to nanovolts of a volt.

        Args:
            linear: NumPy's, in float64.
            devices: The nonlinear branches.
        """
        if not len(linear.own):
            return True
        if not self._counts_devices and self._holds(linear, ()):
            return True
        holding = [array for array in devices if array.law.always_conducts]
        if not holding:
            return False
        self._counts_devices = True
        return self._holds(linear, holding)

    def _holds(self, linear: LinearPart | SparseLinearPart, devices: Sequence[DeviceArray]) -> bool:
        size = self._sizes.at(
            {SCALE: linear.scale}, lambda: largest_voltages(linear.scale, self._partition)
        )
        matrix = self._compared(linear, devices)
        bound = self._known.of(
            matrix,
            # What sources of 1 V drive is at most what the unknown's own volt does.
            2 * linear.own * size,
            size,
            lambda terms: _positive(matrix.compared, terms),
        )
        return bool((bound <= HELD * size).all())

    def _compared(
        self, linear: LinearPart | SparseLinearPart, devices: Sequence[DeviceArray]
    ) -> "JacobianBlocks | SparseComparison":
        known, slopes = [array.on_host() for array in devices], [*map(_least_slopes, devices)]
        if isinstance(linear, LinearPart):
            return blocks_of(linear, known, slopes)
        is_chained = self._is_chained and bool((linear.scale == 1).all())
        n_first = self._partition.n_first if is_chained else None
        return SparseComparison(linear, known, slopes, n_first)


def _least_slopes(array: DeviceArray) -> Array:
    """Return what branches conduct at least, S, where slopes grow or fall steadily."""
    drops = np.array(DROPS)[:, None] * np.ones(array.heads.shape)
    values = {name: exact(host(value)) for name, value in array.values.items()}
    with np.errstate(all="ignore"):
        slopes = np.broadcast_to(exact(host(array.law.slope(drops, values))), drops.shape)
    return np.asarray(slopes.min(axis=0))


def _positive(solve: Callable[[Array], Array], terms: Array) -> Array:
    """Return a solution that is a bound; infinite where there is none, or it is not known."""
    none = np.full(len(terms), np.inf)
    with np.errstate(all="ignore"):
        try:
            found = solve(terms)
        except (np.linalg.LinAlgError, RuntimeError):  # SuperLU's way to say singular
            return none
    # It is zero at unknowns inside of blocks, where the linear part has nothing.
    return found if (found >= 0).all() and np.isfinite(found).all() else none


class SparseComparison:
    """`Comparison` of a sparse linear part; unknowns inside of blocks alone are left out.

    Args:
        linear: The linear part.
        devices: Devices that count.
        slopes: What they conduct at least, S.
        n_first: How many unknowns the first kind of chains has; None: they are no chains.
    """

    def __init__(
        self,
        linear: SparseLinearPart,
        devices: Sequence[DeviceArray],
        slopes: Sequence[Array],
        n_first: int | None = None,
    ) -> None:
        self._n_first, n = n_first, len(linear.own)
        self._diagonal = linear.matrix.diagonal()
        beside = abs(linear.matrix - diags_array(self._diagonal))
        added = added_by(devices, [slope[None] for slope in slopes], np.zeros((1, n)))
        self._diagonal += added.own[0]
        for entries in added.entries:
            places = entries.rows, entries.columns
            beside = beside + abs(coo_array((entries.amounts[0], places), shape=(n, n)))
        self._diagonal = np.where(self._diagonal == 0, 1.0, self._diagonal)
        self._beside: csr_array = beside.tocsr()

    def beside(self, sizes: Array) -> Array:
        return np.asarray(self._beside @ sizes)

    def diagonal_times(self, sizes: Array) -> Array:
        return self._diagonal * sizes

    def compared(self, terms: Array) -> Array:
        """Solve with all couplings negative."""
        if self._n_first is not None:
            return self._along_chains(self._n_first, terms)
        matrix = (diags_array(self._diagonal) - self._beside).tocsc()
        return np.asarray(splu(matrix).solve(terms))

    def _along_chains(self, n_first: int, terms: Array) -> Array:
        """Return a bound that conjugate gradients come close to; not a number: it is none."""
        along = self._beside.diagonal(1)
        along[n_first - 1 : n_first] = 0.0
        across = csr_array(self._beside[:n_first, n_first:])
        system = ChainSystem(self._diagonal, along, across, csr_array(across.T))
        found = system.solve(AMPLE * terms, CLOSE)
        proven = (self.diagonal_times(found) - self.beside(found) >= terms).all()
        return found if proven else np.full(len(terms), np.nan)
