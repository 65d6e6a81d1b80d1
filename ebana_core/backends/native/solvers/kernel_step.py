"""One Newton step of one sample in compiled code."""

import numba

from ebana_core.arrays import Array, BoolArray
from ebana_core.circuit.elements import IntArray

ANY_ORDER = {"reassoc"}
"""Sums in any order: several terms at once. Rounding of a sum is reckoned with in any order."""
Linear = tuple[Array, Array, Array, Array, Array, Array]
"""Diagonal, transposed across, back, inner and own of the linear part, S; and how the rest couples
through each eliminated unknown, S². Shape of this ``(n_first, n_second**2)``; no rows: not made."""
Pairs = tuple[IntArray, IntArray, IntArray, Array]
"""Branch, row, column and factor of every off-diagonal entry."""
Work = tuple[Array, Array, Array, Array, IntArray]
"""What a sample keeps from step to step: the matrix of the rest without its own devices, S, and the
inverse of what each eliminated unknown then had on its diagonal, 1/S; beside room for the matrix,
the right side, and numbers of eliminated unknowns."""


@numba.njit(cache=True, fastmath=ANY_ORDER)
def step(
    u: Array,
    residual: Array,
    steep: Array,
    held: BoolArray,
    linear: Linear,
    slope: Array,
    pairs: Pairs,
    work: Work,
) -> bool:
    """Take a Newton step; False where the Jacobian is singular.

    `work` begins with `inner` and zeros.
    """
    across, back, own = linear[1], linear[2], linear[4]
    n_second, n_first = across.shape
    shared, before, matrix, right, used = work
    for i in range(n_first):
        # `residual` becomes the step of the diagonal block, `steep` its inverse, 0 at a bound.
        if held[i]:
            residual[i] /= own[i]
            steep[i] = 0.0
        else:
            steep[i] = 1.0 / (linear[0][i] + steep[i])
            residual[i] *= steep[i]
    _eliminate(shared, before, steep, linear, used)
    for r in range(n_second):
        total = 0.0
        for i in range(n_first):
            total += back[r, i] * residual[i]
        right[r] = total - residual[n_first + r]
        for c in range(n_second):
            matrix[r, c] = shared[r, c]
        matrix[r, r] += steep[n_first + r]
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
            residual[i] += steep[i] * (across[r, i] * right[r])
    for i in range(n_first):
        u[i] -= residual[i]
    return True


@numba.njit(cache=True, fastmath=ANY_ORDER)
def _eliminate(
    shared: Array, before: Array, inverse: Array, linear: Linear, used: IntArray
) -> None:
    """Bring the matrix of the rest from the inverses of the step before to those of this one.

    From one step to the next few devices change their piece: only these count.
    """
    _, across, back, _, _, products = linear
    n_second, n_first = across.shape
    changes = False
    for i in range(n_first):
        before[i] = inverse[i] - before[i]
        changes |= before[i] != 0.0
    if not changes:
        pass
    elif len(products) > 0:
        _subtract(shared.reshape(n_second * n_second), before, products, used)
    else:
        for r in range(n_second):
            for c in range(n_second):
                total = 0.0
                for i in range(n_first):
                    total += back[r, i] * before[i] * across[c, i]
                shared[r, c] -= total
    for i in range(n_first):
        before[i] = inverse[i]


@numba.njit(cache=True)
def _subtract(target: Array, factors: Array, products: Array, used: IntArray) -> None:
    """Subtract products times their factors, in long loops of four rows at a time.

    Processors do several numbers of such loops at once, and read and write `target` less often.
    """
    n, size = 0, len(target)
    for i in range(len(products)):
        if factors[i] != 0.0:
            used[n] = i
            n += 1
    for first in range(0, n - 3, 4):
        p, q, r, s = used[first], used[first + 1], used[first + 2], used[first + 3]
        for k in range(size):
            target[k] -= (factors[p] * products[p, k] + factors[q] * products[q, k]) + (
                factors[r] * products[r, k] + factors[s] * products[s, k]
            )
    for last in range(n - n % 4, n):
        for k in range(size):
            target[k] -= factors[used[last]] * products[used[last], k]


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
