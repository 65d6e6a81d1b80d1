"""Sparse factors of one sample after the other in compiled code, at pivots that are known.

Source:
    Davis, Direct Methods for Sparse Linear Systems, 2006, chapter 6 (factorisation by rows).
"""

import numba
import numpy as np

from ebana_core.arrays import Array, BoolArray
from ebana_core.circuit.elements import IntArray

FactorPattern = tuple[IntArray, IntArray, IntArray]
"""See `Factors.pattern`."""


@numba.njit(cache=True, error_model="numpy")
def factor(lu: Array, pattern: FactorPattern, work: Array) -> bool:
    """Replace the entries of a matrix by those of its factors; False where a pivot is zero.

    Args:
        lu: Entries in the pattern of the factors; pivots are replaced by their inverses.
        pattern: See there.
        work: Of the length of a row; overwritten.
    """
    pointers, indices, diagonal = pattern
    n = len(diagonal)
    for i in range(n):
        first, pivot, last = pointers[i], diagonal[i], pointers[i + 1]
        for p in range(first, last):
            work[indices[p]] = lu[p]
        for p in range(first, pivot):
            k = indices[p]
            share = work[k] * lu[diagonal[k]]
            work[k] = share
            start, end = diagonal[k] + 1, pointers[k + 1]
            if end - start == n - 1 - k:
                # The last rows are full as a rule: side by side, processors take several at once.
                target, source = work[k + 1 : n], lu[start:end]
                for j in range(len(target)):
                    target[j] -= share * source[j]
            elif share != 0.0:
                for q in range(start, end):
                    work[indices[q]] -= share * lu[q]
        for p in range(first, last):
            lu[p] = work[indices[p]]
        if not abs(lu[pivot]) > 0:
            return False
        lu[pivot] = 1.0 / lu[pivot]
    return True


@numba.njit(cache=True, error_model="numpy")
def substitute(lu: Array, pattern: FactorPattern, x: Array) -> None:
    """Replace a right-hand side, in the order of the pivots' rows, by the solution."""
    pointers, indices, diagonal = pattern
    n = len(diagonal)
    for i in range(n):
        total = x[i]
        for p in range(pointers[i], diagonal[i]):
            total -= lu[p] * x[indices[p]]
        x[i] = total
    for i in range(n - 1, -1, -1):
        total = x[i]
        for p in range(diagonal[i] + 1, pointers[i + 1]):
            total -= lu[p] * x[indices[p]]
        x[i] = total * lu[diagonal[i]]


@numba.njit(cache=True, error_model="numpy")
def factor_all(
    entries: Array, places: IntArray, lu: Array, pattern: FactorPattern, good: BoolArray
) -> None:
    """Factor the matrices of all samples.

    Args:
        entries: Shape ``(n_samples, n_entries)``.
        places: Entry of the factors for each of them.
        lu: Zeros; overwritten with the factors. Shape ``(n_samples, n_factors)``.
        pattern: See there.
        good: Written: whether no pivot was zero.
    """
    work = np.empty(len(pattern[2]))
    for s in range(len(lu)):
        for e in range(len(places)):
            lu[s, places[e]] += entries[s, e]
        good[s] = factor(lu[s], pattern, work)


@numba.njit(cache=True, error_model="numpy")
def solve_all(
    lu: Array, pattern: FactorPattern, rows: IntArray, columns: IntArray, x: Array
) -> None:
    """Replace right-hand sides of all samples by solutions. Shape of `x` ``(n_samples, n)``."""
    n = len(rows)
    own = np.empty(n)
    for s in range(len(x)):
        for i in range(n):
            own[i] = x[s, rows[i]]
        substitute(lu[s], pattern, own)
        for i in range(n):
            x[s, columns[i]] = own[i]
