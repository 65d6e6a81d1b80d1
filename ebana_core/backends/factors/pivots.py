"""Pivots of a sparse matrix, chosen once from its structure, and the pattern of its factors."""

from collections import deque
from heapq import heapify, heappop, heappush
from typing import final

import attrs
import numpy as np
from scipy.sparse import csc_array, csr_array, diags_array
from scipy.sparse.csgraph import connected_components
from scipy.sparse.linalg import splu

from ebana_core.arrays import IntArray

LEAST = 0.01
"""Size of a diagonal entry, relative to its column, from which on it is taken as a pivot."""


@final
@attrs.frozen(eq=False)
class Factors:
    """Where the factors of a matrix have entries: rows of both, without the unit diagonal.

    Args:
        rows: Row of the matrix that stands at each place.
        columns: Column likewise.
        pointers: First entry of each row of the factors, and the end.
        indices: Place of the column of each entry, rising within a row.
        diagonal: Entry of each row that is a pivot.
        entries: Entry of the factors for each entry of the matrix.
    """

    rows: IntArray
    columns: IntArray
    pointers: IntArray
    indices: IntArray
    diagonal: IntArray
    entries: IntArray

    sign: float = attrs.field(init=False)
    """Of the permutation from the rows to the columns."""

    @sign.default
    def _sign(self) -> float:
        if not len(self.rows):  # nothing is unknown
            return 1.0
        target = np.empty(len(self.rows), dtype=np.intp)
        target[self.rows] = self.columns
        n_cycles, _ = connected_components(
            csr_array((np.ones(len(target)), (np.arange(len(target)), target)))
        )
        return -1.0 if (len(target) - n_cycles) % 2 else 1.0

    ends: IntArray = attrs.field(init=False)
    """Of each row, the first one behind it that has entries in other columns behind its pivot than
    the rows before it."""

    @ends.default
    def _ends(self) -> IntArray:
        behind = [
            self.indices[pivot + 1 : last]
            for pivot, last in zip(self.diagonal, self.pointers[1:], strict=True)
        ]
        found = np.arange(1, len(behind) + 1)
        for k in range(len(behind) - 2, -1, -1):
            is_next = len(behind[k]) > 0 and behind[k][0] == k + 1
            if is_next and np.array_equal(behind[k][1:], behind[k + 1]):
                found[k] = found[k + 1]
        return found

    @property
    def pattern(self) -> tuple[IntArray, IntArray, IntArray, IntArray]:
        """Pointers, indices, pivots and ends, as compiled code takes them."""
        return self.pointers, self.indices, self.diagonal, self.ends

    @property
    def operations(self) -> int:
        """Multiplications of a factorisation."""
        after = self.pointers[1:] - self.diagonal - 1
        lengths = np.diff(self.pointers)
        places = np.repeat(np.arange(len(lengths)), lengths)
        return int(after[self.indices[self.indices < places]].sum())


def factors_of(matrix: csr_array) -> Factors | None:
    """Return the pattern of the factors; None where the matrix is singular.

    Args:
        matrix: Entries of the sizes that it may have; zeros count as entries.
    """
    order = pivot_order(matrix)
    return None if order is None else factors_at(matrix, *order)


def factors_at(matrix: csr_array, rows: IntArray, columns: IntArray) -> Factors:
    """Return the pattern of the factors at pivots that are known.

    Args:
        matrix: See `factors_of`.
        rows: Row of each pivot, in their order.
        columns: Column of each.
    """
    n = matrix.shape[0]
    place = np.empty(n, dtype=np.intp)
    place[columns] = np.arange(n)
    pattern = _filled(matrix, rows, place)
    lengths = [len(row) for row in pattern]
    pointers = np.concatenate([[0], np.cumsum(lengths)]).astype(np.intp)
    indices = np.array([k for row in pattern for k in row], dtype=np.intp)
    at = np.repeat(np.arange(n), lengths)
    keys = at * n + indices
    row_place = np.empty(n, dtype=np.intp)
    row_place[rows] = np.arange(n)
    of_matrix = np.repeat(row_place, np.diff(matrix.indptr)) * n + place[matrix.indices]
    diagonal = np.searchsorted(keys, np.arange(n) * (n + 1))
    return Factors(rows, columns, pointers, indices, diagonal, np.searchsorted(keys, of_matrix))


def pivot_order(matrix: csr_array) -> tuple[IntArray, IntArray] | None:
    """Return rows and columns of the pivots in their order; None: the matrix is singular.

    First come all that cost nothing: equations with one unknown left, unknowns in one equation,
    as of sources and ammeters. The others are ordered by SuperLU.
    """
    n = matrix.shape[0]
    rows, columns = _singletons(matrix)
    left_rows, left_columns = (np.setdiff1d(np.arange(n), found) for found in (rows, columns))
    if not len(left_rows):
        return rows, columns
    rest = csc_array(matrix[left_rows][:, left_columns])
    largest = abs(rest).max(axis=1).toarray().ravel()
    if not (largest > 0).all():
        return None
    rest = csc_array(diags_array(1 / largest) @ rest)
    try:
        found = splu(rest, permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=LEAST)
    except RuntimeError:
        return None
    return (
        np.concatenate([rows, left_rows[np.argsort(found.perm_r)]]),
        np.concatenate([columns, left_columns[np.argsort(found.perm_c)]]),
    )


def _singletons(matrix: csr_array) -> tuple[IntArray, IntArray]:
    """Return the pivots whose elimination adds no entry, in order."""
    by_row = [set(part.tolist()) for part in np.split(matrix.indices, matrix.indptr[1:-1])]
    other = csc_array(matrix)
    by_column = [set(part.tolist()) for part in np.split(other.indices, other.indptr[1:-1])]
    waiting = deque([(True, r) for r, own in enumerate(by_row) if len(own) == 1])
    waiting.extend((False, c) for c, own in enumerate(by_column) if len(own) == 1)
    rows: list[int] = []
    columns: list[int] = []
    while waiting:
        is_row, number = waiting.popleft()
        own = (by_row if is_row else by_column)[number]
        if len(own) != 1:
            continue
        (partner,) = own
        row, column = (number, partner) if is_row else (partner, number)
        rows.append(row)
        columns.append(column)
        for r in by_column[column] - {row}:
            by_row[r].discard(column)
            if len(by_row[r]) == 1:
                waiting.append((True, r))
        for c in by_row[row] - {column}:
            by_column[c].discard(row)
            if len(by_column[c]) == 1:
                waiting.append((False, c))
        by_row[row], by_column[column] = set(), set()
    return np.array(rows, dtype=np.intp), np.array(columns, dtype=np.intp)


def _filled(matrix: csr_array, rows: IntArray, place: IntArray) -> list[list[int]]:
    """Return the places of the entries of every row of the factors."""
    found: list[list[int]] = []
    after: list[list[int]] = []
    for at, row in enumerate(rows.tolist()):
        first, last = matrix.indptr[row], matrix.indptr[row + 1]
        own = set(place[matrix.indices[first:last]].tolist()) | {at}
        before = [k for k in own if k < at]
        heapify(before)
        while before:
            for k in after[heappop(before)]:
                if k not in own:
                    own.add(k)
                    if k < at:
                        heappush(before, k)
        filled = sorted(own)
        found.append(filled)
        after.append([k for k in filled if k > at])
    return found
