"""Where the sparse matrices of a circuit have entries."""

from functools import cached_property

import numpy as np
from scipy.sparse import csc_array, csr_array

from ebana_core.arrays import Array, IntArray
from ebana_core.laws.slopes import Incidence


class Pattern:
    """Where a sparse matrix has entries, and which terms add up at each.

    Args:
        rows: Row of every term. Shape ``(n_terms,)``.
        columns: Column of every term.
        shape: Of the matrix.
    """

    def __init__(self, rows: IntArray, columns: IntArray, shape: tuple[int, int]) -> None:
        self.shape = shape
        self._keys, self._places = np.unique(rows * shape[1] + columns, return_inverse=True)
        self.rows, self.columns = np.divmod(self._keys, shape[1])
        counts = np.bincount(self.rows, minlength=shape[0])
        self._pointers = np.concatenate([[0], np.cumsum(counts)]).astype(np.intc)
        self._indices = self.columns.astype(np.intc)

    def __len__(self) -> int:
        return len(self._keys)

    def find(self, rows: IntArray, columns: IntArray) -> IntArray:
        """Return the places of entries that there are."""
        return np.searchsorted(self._keys, rows * self.shape[1] + columns)

    def summed(self, terms: Array) -> Array:
        """Return the entries. Shape ``(len(self),)``."""
        return np.asarray(np.bincount(self._places, terms, len(self)), dtype=np.float64)

    @cached_property
    def by_row(self) -> Incidence:
        """What adds entries up in their rows."""
        return Incidence(self.rows, self.shape[0])

    def matrix(self, entries: Array) -> csr_array:
        """Return the matrix with these entries."""
        return csr_array((entries, self._indices, self._pointers), shape=self.shape)

    def transposed(self, entries: Array) -> csc_array:
        """Return the transposed matrix with these entries, by columns."""
        return csc_array((entries, self._indices, self._pointers), shape=self.shape[::-1])

    def row_maxima(self, entries: Array) -> Array:
        """Return the largest entry of every row; 0 where a row has none."""
        result = np.zeros(self.shape[0])
        # A trial far outside may hold nan, which searches refuse without a word of NumPy's.
        with np.errstate(invalid="ignore"):
            np.maximum.at(result, self.rows, entries)
        return result
