"""Whether a matrix of sums of conductances holds a circuit's voltages, in float64."""

from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np
from scipy.sparse import coo_array, csr_array, diags_array
from scipy.sparse.linalg import splu

from ebana_core.arrays import DOUBLE, Array, exact, host
from ebana_core.backends.native.assembly import added_by
from ebana_core.backends.native.conditioning import blocks_of
from ebana_core.backends.native.devices import DeviceArray
from ebana_core.backends.native.linear import LinearPart
from ebana_core.backends.native.partition import Partition
from ebana_core.backends.native.sparse_linear import SparseLinearPart

HELD = 1e-8 / DOUBLE.eps
"""Roundings of the largest voltage by which a node may be off. What rounding really moves is a
third of the bound at most, a tenth as a rule: nanovolts of a volt."""
DROPS = (-1.0, 0.0, 1.0)
"""Drops, V, at which devices are asked for their slopes."""
ROOM = 4.0
"""Factor by which a bound is enlarged before it is kept, so that it holds for the next
parameters."""


class Comparison(Protocol):
    """The conductances between unknowns, all couplings counted as resistors'."""

    def beside(self, sizes: Array) -> Array:
        """Return the absolute values beside the diagonal times sizes."""

    def diagonal_times(self, sizes: Array) -> Array:
        """Return the diagonal times sizes."""

    def compared(self, terms: Array) -> Array:
        """Solve with all couplings negative."""


class Digits:
    """Tells at each set of parameters of one circuit whether float64 holds its linear part.

    What rounding moves is bounded as for float32 (see `conditioning`): first without devices,
    whose currents come drop by drop and lose nothing, then with what they hold at least. The
    bound w solves ``M w = terms``; any w with ``M w >= terms`` is one too. So that of earlier
    parameters, with room, proves itself by one product.

    Args:
        partition: The numbering of the unknowns.
    """

    def __init__(self, partition: Partition) -> None:
        self._partition = partition
        self._kept: Array | None = None
        self._counts_devices = False

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
        size = np.ones(self._partition.n_unknowns + 1)
        np.maximum.at(size, self._partition.of_node, np.abs(linear.scale))
        # Of an unknown whose amplified voltage is 1 V.
        size = 1 / size[:-1]
        known, slopes = [array.on_host() for array in devices], [*map(_least_slopes, devices)]
        matrix: Comparison
        if isinstance(linear, SparseLinearPart):
            matrix = SparseComparison(linear, known, slopes)
        else:
            matrix = blocks_of(linear, known, slopes)
        # What sources of 1 V drive is at most what the unknown's own volt does.
        terms = np.asarray(2 * linear.own * size + matrix.beside(size))
        kept = self._kept
        if kept is not None and (kept / size).max() <= HELD and _proves(matrix, kept, terms):
            return True
        self._kept = _positive(matrix.compared, terms)
        if self._kept is None:
            return False
        is_held = bool((self._kept / size).max() <= HELD)
        self._kept = ROOM * self._kept
        return is_held


def _least_slopes(array: DeviceArray) -> Array:
    """Return what branches conduct at least, S, where slopes grow or fall steadily."""
    drops = np.array(DROPS)[:, None] * np.ones(array.heads.shape)
    values = {name: exact(host(value)) for name, value in array.values.items()}
    with np.errstate(all="ignore"):
        slopes = np.broadcast_to(exact(host(array.law.slope(drops, values))), drops.shape)
    return np.asarray(slopes.min(axis=0))


def _proves(matrix: Comparison, bound: Array, terms: Array) -> bool:
    return bool((matrix.diagonal_times(bound) - matrix.beside(bound) >= terms).all())


def _positive(solve: Callable[[Array], Array], terms: Array) -> Array | None:
    """Return a solution that is a bound; None: there is none, or it is not known."""
    with np.errstate(all="ignore"):
        try:
            found = solve(terms)
        except (np.linalg.LinAlgError, RuntimeError):  # SuperLU's way to say singular
            return None
    # It is zero at unknowns inside of blocks, where the linear part has nothing.
    return found if (found >= 0).all() and np.isfinite(found).all() else None


class SparseComparison:
    """`Comparison` of a sparse linear part; unknowns inside of blocks alone are left out."""

    def __init__(
        self, linear: SparseLinearPart, devices: Sequence[DeviceArray], slopes: Sequence[Array]
    ) -> None:
        n = len(linear.own)
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
        matrix = (diags_array(self._diagonal) - self._beside).tocsc()
        return np.asarray(splu(matrix).solve(terms))
