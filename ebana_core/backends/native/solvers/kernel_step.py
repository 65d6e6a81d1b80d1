"""One Newton step of one sample in compiled code."""

import numba

from ebana_core.arrays import Array, BoolArray
from ebana_core.circuit.elements import IntArray

Linear = tuple[Array, Array, Array, Array, Array]
"""Diagonal, across, transposed back, inner and own of the linear part, S."""
Pairs = tuple[IntArray, IntArray, IntArray, Array]
"""Branch, row, column and factor of every off-diagonal entry."""


@numba.njit(cache=True)
def step(
    u: Array,
    residual: Array,
    steep: Array,
    held: BoolArray,
    linear: Linear,
    slope: Array,
    pairs: Pairs,
    matrix: Array,
    right: Array,
) -> bool:
    """Take a Newton step; False where the Jacobian is singular."""
    diagonal, across, back, inner, own = linear
    n_first, n_second = across.shape
    for r in range(n_second):
        right[r] = -residual[n_first + r]
        for c in range(n_second):
            matrix[r, c] = inner[r, c]
        matrix[r, r] += steep[n_first + r]
    for i in range(n_first):
        # `residual` becomes the step of the diagonal block, `steep` its inverse, 0 at a bound.
        if held[i]:
            residual[i] /= own[i]
            steep[i] = 0.0
        else:
            steep[i] = 1.0 / (diagonal[i] + steep[i])
            residual[i] *= steep[i]
        for r in range(n_second):
            right[r] += back[i, r] * residual[i]
        if steep[i] != 0.0:
            for r in range(n_second):
                share = back[i, r] * steep[i]
                for c in range(n_second):
                    matrix[r, c] -= share * across[i, c]
    # Branches between two unknowns: none of these is eliminated.
    branches, rows, columns, factors = pairs
    for p in range(len(branches)):
        matrix[rows[p] - n_first, columns[p] - n_first] += slope[branches[p]] * factors[p]
    for r in range(n_second):
        if held[n_first + r]:
            right[r] = -residual[n_first + r] / own[n_first + r]
            for c in range(n_second):
                matrix[r, c] = 1.0 if c == r else 0.0
    if not _solve_in_place(matrix, right):
        return False
    for r in range(n_second):
        u[n_first + r] += right[r]
    for i in range(n_first):
        total = 0.0
        if steep[i] != 0.0:
            for c in range(n_second):
                total += across[i, c] * right[c]
        u[i] -= residual[i] + steep[i] * total
    return True


@numba.njit(cache=True)
def _solve_in_place(matrix: Array, right: Array) -> bool:
    """Solve by elimination with row exchanges; False where the matrix is singular."""
    n = len(right)
    for column in range(n):
        pivot = column
        for row in range(column + 1, n):
            if abs(matrix[row, column]) > abs(matrix[pivot, column]):
                pivot = row
        # Written so that nan counts as singular, too.
        if not abs(matrix[pivot, column]) > 0:
            return False
        if pivot != column:
            for c in range(column, n):
                matrix[column, c], matrix[pivot, c] = matrix[pivot, c], matrix[column, c]
            right[column], right[pivot] = right[pivot], right[column]
        for row in range(column + 1, n):
            share = matrix[row, column] / matrix[column, column]
            if share != 0.0:
                for c in range(column + 1, n):
                    matrix[row, c] -= share * matrix[column, c]
                right[row] -= share * right[column]
    for row in range(n - 1, -1, -1):
        total = right[row]
        for c in range(row + 1, n):
            total -= matrix[row, c] * right[c]
        right[row] = total / matrix[row, row]
    return True
