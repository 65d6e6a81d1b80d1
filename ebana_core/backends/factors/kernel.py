"""Sparse factors of one sample after the other in compiled code, at pivots that are known.

Source:
    Davis, Direct Methods for Sparse Linear Systems, 2006, chapter 6 (factorisation by rows).
"""

import numba
import numpy as np

from ebana_core.arrays import Array, BoolArray, IntArray
from ebana_core.kernels import kernel

FactorPattern = tuple[IntArray, IntArray, IntArray, IntArray]
"""See `Factors.pattern`."""

at = np.uintp
"""Makes a number that counts entries one without a sign: below zero, an index would count from the
end, and looking for that takes as long as the arithmetic."""


@kernel(error_model="numpy")
def factor(lu: Array, pattern: FactorPattern, work: Array) -> bool:
    """Replace the entries of a matrix by those of its factors; False where a pivot is zero.

    Args:
        lu: Entries in the pattern of the factors; pivots are replaced by their inverses.
        pattern: See there.
        work: Of the length of a row; overwritten.
    """
    # Not 0 itself: for a constant, numba would compile it once more.
    return factor_from(0 * len(work), lu, pattern, work)


@kernel(error_model="numpy")
def factor_from(start: int, lu: Array, pattern: FactorPattern, work: Array) -> bool:
    """As `factor`, where the rows before `start` are those of the factors already."""
    # In one body: with a function for each part, the grid of 400 nodes took twice as long.
    pointers, indices, diagonal, ends = pattern
    n = len(diagonal)
    shares = np.empty(n)
    for i in range(start, n):
        first, pivot, last = pointers[at(i)], diagonal[at(i)], pointers[at(i + 1)]
        for p in range(first, last):
            work[at(indices[at(p)])] = lu[at(p)]
        p = first
        while p < pivot:
            k = indices[at(p)]
            end = min(ends[at(k)], i)
            p += end - k
            if end - k == 1:
                own = diagonal[at(k)]
                share = work[at(k)] * lu[at(own)]
                work[at(k)] = share
                for q in range(own + 1, pointers[at(k + 1)]):
                    work[at(indices[at(q)])] -= share * lu[at(q)]
                continue
            # Rows with entries in the same columns: what all of them take is added up before it is
            # taken, two rows at a time.
            behind = diagonal[at(end - 1)] + 1
            n_behind = pointers[at(end)] - behind
            for j in range(n_behind):
                shares[at(j)] = 0.0
            while k < end:
                own, n_inside = diagonal[at(k)] + 1, end - k - 1
                share, second, other = work[at(k)] * lu[at(own - 1)], 0.0, own
                work[at(k)] = share
                if n_inside > 0:
                    other = diagonal[at(k + 1)] + 1
                    second = (work[at(k + 1)] - share * lu[at(own)]) * lu[at(other - 1)]
                    work[at(k + 1)] = second
                    own, n_inside = own + 1, n_inside - 1
                for j in range(n_inside):
                    taken = share * lu[at(own + j)] + second * lu[at(other + j)]
                    work[at(k + 2 + j)] -= taken
                own, other = own + n_inside, other + n_inside
                for j in range(n_behind):
                    shares[at(j)] += share * lu[at(own + j)] + second * lu[at(other + j)]
                k += 2
            if n_behind == n - end:
                for j in range(n_behind):
                    work[at(end + j)] -= shares[at(j)]
            else:
                for j in range(n_behind):
                    work[at(indices[at(behind + j)])] -= shares[at(j)]
        for p in range(first, last):
            lu[at(p)] = work[at(indices[at(p)])]
        if not abs(lu[at(pivot)]) > 0:
            return False
        lu[at(pivot)] = 1.0 / lu[at(pivot)]
    return True


@kernel(error_model="numpy")
def substitute(lu: Array, pattern: FactorPattern, x: Array) -> None:
    """Replace a right-hand side, in the order of the pivots' rows, by the solution."""
    pointers, indices, diagonal, _ = pattern
    n = len(diagonal)
    for i in range(n):
        x[at(i)] -= _product(pointers[at(i)], diagonal[at(i)], lu, indices, x)
    for i in range(n - 1, -1, -1):
        behind = _product(diagonal[at(i)] + 1, pointers[at(i + 1)], lu, indices, x)
        x[at(i)] = (x[at(i)] - behind) * lu[at(diagonal[at(i)])]


@numba.njit(forceinline=True, error_model="numpy")
def _product(first: int, last: int, lu: Array, indices: IntArray, x: Array) -> float:
    """Return the product of entries and what they stand before, in two sums side by side."""
    even = odd = 0.0
    if (last - first) % 2:
        last -= 1
        odd = lu[at(last)] * x[at(indices[at(last)])]
    for p in range(first, last, 2):
        even += lu[at(p)] * x[at(indices[at(p)])]
        odd += lu[at(p + 1)] * x[at(indices[at(p + 1)])]
    return even + odd


@kernel(error_model="numpy")
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


@kernel(error_model="numpy")
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
