"""Derivatives of the currents of devices by their voltages, held only where there are any.

A device of a thousand terminals has a few thousand derivatives, not a million.
"""

import math
from functools import cached_property
from typing import TYPE_CHECKING, Any, final

import attrs
import numpy as np

from ebana_core.arrays import Array, IntArray
from ebana_core.later import Late

if TYPE_CHECKING:
    from scipy.sparse import csr_array
else:  # most laws have two terminals, and need no matrices
    csr_array = Late("scipy.sparse", "csr_array")

SMALL = 8
"""Terminals up to which matrices are multiplied as dense ones."""


@final
class Incidence:
    """Adds the last axis of an array up at places, by one sparse product.

    Args:
        places: Where each entry goes; entries below zero (ground) go nowhere.
        n: Length of the last axis of the result.
        factors: What entries are multiplied with; None: 1.
    """

    def __init__(self, places: IntArray, n: int, factors: Array | None = None) -> None:
        kept = np.flatnonzero(places >= 0)
        amounts = np.ones(len(places)) if factors is None else factors
        entries = (amounts[kept], (places[kept], kept))
        self._matrix = csr_array(entries, shape=(n, len(places)))

    def of(self, amounts: Array) -> Array:
        """Return the sums. Shape ``(..., n)``."""
        n, n_entries = self._matrix.shape
        # Counted, as there may be no entries.
        n_rows = math.prod(amounts.shape[:-1])
        found = (self._matrix @ amounts.reshape(n_rows, n_entries).T).T
        return np.ascontiguousarray(found).reshape(*amounts.shape[:-1], n)


@final
class SlopePlaces:
    """Between which terminals of a device there are derivatives.

    Args:
        rows: Terminal whose current it is. Shape ``(n_entries,)``; entries may repeat.
        columns: Terminal whose voltage drives it. Same shape.
        n: Number of terminals.
    """

    def __init__(self, rows: IntArray, columns: IntArray, n: int) -> None:
        self.rows, self.columns, self.n = rows, columns, n
        self.by_row, self.by_column = Incidence(rows, n), Incidence(columns, n)

    @cached_property
    def with_diagonal(self) -> "SlopePlaces":
        """These places, and behind them the diagonal."""
        each = np.arange(self.n)
        rows, columns = np.concatenate([self.rows, each]), np.concatenate([self.columns, each])
        return SlopePlaces(rows, columns, self.n)


@final
class DensePlaces(dict[int, SlopePlaces]):
    """The places of dense matrices, by their number of terminals."""

    def __missing__(self, n: int) -> SlopePlaces:
        rows, columns = np.divmod(np.arange(n * n), n)
        return self.setdefault(n, SlopePlaces(rows, columns, n))


DENSE = DensePlaces()


def everywhere_between(n: int) -> SlopePlaces:
    """Return the places of a dense matrix of `n` terminals; the same ones each time."""
    return DENSE[n]


@final
@attrs.frozen(eq=False)
class Slopes:
    """Derivatives of the currents of devices.

    Args:
        amounts: Shape ``(..., n_entries)``, S; as a rule ``(n_samples, n_devices, n_entries)``.
        places: Between which terminals.
    """

    amounts: Array
    places: SlopePlaces

    def part(self, samples: Any) -> "Slopes":
        """Return those of some samples."""
        return Slopes(self.amounts[samples], self.places)

    def __abs__(self) -> "Slopes":
        return Slopes(np.abs(self.amounts), self.places)

    def times(self, vectors: Array) -> Array:
        """Return the matrices times vectors, ``(..., n)``."""
        n = self.places.n
        if n <= SMALL and self.places is everywhere_between(n):
            return np.asarray(np.matmul(self.dense(), vectors[..., None])[..., 0])
        return self.places.by_row.of(self.amounts * vectors[..., self.places.columns])

    def transposed_times(self, vectors: Array) -> Array:
        """Return the transposed matrices times vectors, ``(..., n)``."""
        return self.places.by_column.of(self.amounts * vectors[..., self.places.rows])

    def column_sums(self, n_rows: int) -> Array:
        """Return the sums of the first rows by column. Shape ``(..., n)``, S."""
        return self.places.by_column.of(np.where(self.places.rows < n_rows, self.amounts, 0.0))

    def dense(self) -> Array:
        """Return the matrices. Shape ``(..., n, n)``, S."""
        places, n = self.places, self.places.n
        if places is everywhere_between(n):
            return self.amounts.reshape(*self.amounts.shape[:-1], n, n)
        flat = Incidence(places.rows * n + places.columns, n * n).of(self.amounts)
        return flat.reshape(*self.amounts.shape[:-1], n, n)

    def with_diagonal(self, own: Array) -> "Slopes":
        """Return them with numbers added on the diagonal, ``(n,)``, S."""
        added = np.broadcast_to(own, (*self.amounts.shape[:-1], self.places.n))
        return Slopes(np.concatenate([self.amounts, added], axis=-1), self.places.with_diagonal)


def slopes_of(slopes: Slopes | Array) -> Slopes:
    """Return slopes that may be given as dense matrices, ``(..., n, n)``."""
    if isinstance(slopes, Slopes):
        return slopes
    n = slopes.shape[-1]
    return Slopes(slopes.reshape(*slopes.shape[:-2], n * n), everywhere_between(n))
