"""The Jacobian of a batch and its bounds, assembled in one place for every solver.

All samples share the matrix of the resistors. Each one adds the slopes of its devices: to the
diagonal, where a device hangs between an unknown and a source, and beside it too, where a device
joins two unknowns. An unknown that an ideal diode holds at its bound is known: its row says so.
"""

from collections.abc import Sequence
from typing import final

import attrs
import numpy as np
from scipy.sparse import csr_array

from ebana_core.arrays import Array, BoolArray, IntArray, add_at, columns, namespace
from ebana_core.backends.factors import Pattern
from ebana_core.backends.native.devices import DeviceArray
from ebana_core.backends.native.equations import Evaluation


@attrs.frozen(eq=False)
class Entries:
    """Amounts that samples add to entries of a matrix.

    Args:
        amounts: Shape ``(n_samples, n_entries)``, S.
        rows: Unknown whose current it is. Shape ``(n_entries,)``.
        columns: Unknown whose voltage drives it.
    """

    amounts: Array
    rows: IntArray
    columns: IntArray


@attrs.frozen(eq=False)
class Jacobian:
    """The part of the Jacobian that each sample adds to the matrix that all share.

    Args:
        own: To the diagonal. Shape ``(n_samples, n_unknowns)``, S.
        entries: Beside it, and to it where devices have several terminals.
        held: Unknowns at a bound. Shape of `own`; None: there are no bounds.
    """

    own: Array
    entries: tuple[Entries, ...]
    held: BoolArray | None

    def of(self, samples: slice) -> "Jacobian":
        """Return that of some samples."""
        entries = (Entries(e.amounts[samples, :], e.rows, e.columns) for e in self.entries)
        held = None if self.held is None else self.held[samples, :]
        return Jacobian(self.own[samples, :], tuple(entries), held)

    def rest(self, n_first: int) -> "Jacobian":
        """Return that of the unknowns from a number on, to which all entries have to belong."""
        entries = (Entries(e.amounts, e.rows - n_first, e.columns - n_first) for e in self.entries)
        held = None if self.held is None else self.held[:, n_first:]
        return Jacobian(self.own[:, n_first:], tuple(entries), held)

    def kept(self, unknowns: IntArray, place: IntArray) -> "Jacobian":
        """Return that of some unknowns.

        Args:
            unknowns: Which.
            place: New number of every unknown; all entries have to be between `unknowns`.
        """
        entries = (Entries(e.amounts, place[e.rows], place[e.columns]) for e in self.entries)
        held = None if self.held is None else self.held[:, unknowns]
        return Jacobian(self.own[:, unknowns], tuple(entries), held)

    def with_entries(self, more: Sequence[Entries]) -> "Jacobian":
        """Return it with more entries."""
        return Jacobian(self.own, (*self.entries, *more), self.held)

    def added_to(self, shared: Array) -> Array:
        """Return the Jacobians. Shape ``(n_samples, n_unknowns, n_unknowns)``, S.

        Args:
            shared: What all samples share, or what is left of it once others are eliminated.
                Shape ``(n_samples, n_unknowns**2)``, S; overwritten.
        """
        n, xp = self.own.shape[1], namespace(self.own)
        # Every (n + 1)th number of a flattened matrix lies on its diagonal.
        shared[:, :: n + 1] += self.own
        for entries in self.entries:
            add_at(shared, entries.rows * n + entries.columns, entries.amounts)
        matrices = xp.reshape(shared, (-1, n, n))
        if self.held is None:
            return matrices
        identity = xp.eye(n, dtype=matrices.dtype, device=matrices.device)
        # A row of the unit matrix: the right-hand side of a held unknown is its step.
        return xp.where(self.held[:, :, None], identity, matrices)

    def times(self, vectors: Array) -> Array:
        """Return what the samples' own slopes make of voltages, bounds left out. Shape of `own`."""
        result = self.own * vectors
        for entries in self.entries:
            add_at(result, entries.rows, entries.amounts * columns(vectors, entries.columns))
        return result


@final
class Places:
    """Places in a sparse pattern of what samples add to its matrix.

    Args:
        pattern: It has places for all of it.
        devices: The nonlinear branches.
    """

    def __init__(self, pattern: Pattern, devices: Sequence[DeviceArray]) -> None:
        self._pattern = pattern
        each = np.arange(pattern.shape[0])
        self._diagonal = pattern.find(each, each)
        coupled = (array.pairs for array in devices if array.coupled.shape[0])
        self._entries = [pattern.find(rows, driving) for rows, driving in coupled]

    def jacobian(self, shared: Array, added: Jacobian, sample: int) -> csr_array:
        """Return the Jacobian of one sample.

        Args:
            shared: Entries of the matrix that all samples share, S.
            added: What the samples add.
            sample: Which.
        """
        amounts = shared.copy()
        amounts[self._diagonal] += added.own[sample]
        for entries, places in zip(added.entries, self._entries, strict=True):
            np.add.at(amounts, places, entries.amounts[sample])
        if added.held is not None:
            held = added.held[sample]
            # Rows of the unit matrix, as in `Jacobian.added_to`.
            amounts[held[self._pattern.rows]] = 0.0
            amounts[self._diagonal[held]] = 1.0
        return self._pattern.matrix(amounts)


def assembled(devices: Sequence[DeviceArray], at: Evaluation) -> Jacobian:
    """Return what the samples of a batch add to the matrix that they share.

    Args:
        devices: The nonlinear branches.
        at: Their slopes, and unknowns that stand at a bound.
    """
    return attrs.evolve(added_by(devices, at.slopes, at.residual), held=at.is_bound)


def added_by(devices: Sequence[DeviceArray], slopes: Sequence[Array], like: Array) -> Jacobian:
    """Return what devices add to the matrix at given slopes, without bounds.

    Args:
        devices: The nonlinear branches.
        slopes: Of the branches of each array. Shape ``(n_samples, n_branches)``, S.
        like: An array of shape ``(n_samples, n_unknowns)``.
    """
    pairs = zip(devices, slopes, strict=True)
    entries = tuple(between(array, slope) for array, slope in pairs if array.coupled.shape[0])
    return Jacobian(own_slopes(devices, slopes, like), entries, None)


def own_slopes(devices: Sequence[DeviceArray], slopes: Sequence[Array], like: Array) -> Array:
    """Return what devices add to the Jacobian's diagonal, S.

    Args:
        devices: The nonlinear branches.
        slopes: Of the branches of each array. Shape ``(n_samples, n_branches)``, S.
        like: An array of the result's shape, ``(n_samples, n_unknowns)``.
    """
    own = namespace(like).zeros_like(like)
    for array, slope in zip(devices, slopes, strict=True):
        for terminal in array.terminals:
            terminal.add_slopes(own, slope)
    return own


def between(array: DeviceArray, slopes: Array) -> Entries:
    """Return what branches between two unknowns add beside the diagonal.

    Args:
        array: The branches.
        slopes: Shape ``(n_samples, n_branches)``, S.
    """
    coupled = columns(slopes, array.coupled)
    # Every branch stands at two entries: its head by its tail, and the other way round.
    both = namespace(slopes).concat([coupled, coupled], axis=1)
    return Entries(both * array.factors, *array.pairs)


def known_steps(residual: Array, conductance: Array) -> Array:
    """Return the steps of unknowns at a bound, V, whose residual is the way to it as a current.

    Args:
        residual: Shape ``(n_samples, n_unknowns)``, A.
        conductance: Of every unknown to all others, which that current is reckoned with. Shape
            ``(n_unknowns,)``, S.
    """
    return -residual / namespace(residual).where(conductance > 0, conductance, 1.0)


def terminal_entries(places: IntArray, slopes: Array, n_unknowns: int) -> Entries:
    """Return what devices of several terminals add.

    Args:
        places: Unknown that each terminal follows; `n_unknowns` where it is fixed. Shape
            ``(n_devices, n_terminals)``.
        slopes: Shape ``(n_samples, n_devices, n_terminals, n_terminals)``, S.
        n_unknowns: How many there are.
    """
    rows, driving = np.broadcast_arrays(places[:, :, None], places[:, None, :])
    # Fixed terminals have no unknown, and so neither a row nor a column.
    within = (rows < n_unknowns) & (driving < n_unknowns)
    return Entries(slopes[:, within], rows[within], driving[within])
