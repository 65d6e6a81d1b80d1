"""One Newton step of one sample in compiled code."""

import numpy as np

from ebana_core.arrays import Array, BoolArray, IntArray
from ebana_core.kernels import kernel

ANY_ORDER = {"reassoc"}
"""Sums in any order: several terms at once. Rounding of a sum is reckoned with in any order."""
Linear = tuple[Array, Array, Array, Array, Array, Array]
"""Diagonal, transposed across, back, inner and own of the linear part, S; and `coupled`, no rows:
not made."""
Pairs = tuple[IntArray, IntArray, IntArray, Array]
"""Branch, row, column and factor of every off-diagonal entry."""
Work = tuple[Array, Array, Array, Array, IntArray]
"""What a sample keeps from step to step: the matrix of the rest without its own devices, S, row by
row, of a symmetric one up to the diagonal; and the inverse of what each eliminated unknown then had
on its diagonal, 1/S. Beside these room for the matrix, the right side, and numbers of eliminated
unknowns."""


@kernel(fastmath=ANY_ORDER)
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

    `work` begins as `begin` leaves it.
    """
    across, back, own = linear[1], linear[2], linear[4]
    n_second, n_first = across.shape
    shared, before, matrix, right, used = work
    _step_alone(residual, steep, held, linear[0], own)
    _eliminate(shared, before, steep, linear, used)
    for r in range(n_second):
        total = 0.0
        for i in range(n_first):
            total += back[r, i] * residual[i]
        right[r] = total - residual[n_first + r]
    _unpack(shared, matrix)
    for r in range(n_second):
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


@kernel(error_model="numpy")
def _step_alone(
    residual: Array, steep: Array, held: BoolArray, diagonal: Array, own: Array
) -> None:
    """Set the step of the diagonal block in place of the residual, its inverse in that of `steep`.

    The inverse is 0 at a bound. Without branches, which nobody could predict.
    """
    for i in range(len(diagonal)):
        inverse = 1.0 / (diagonal[i] + steep[i])
        at_bound, alone = residual[i] / own[i], residual[i] * inverse
        residual[i] = at_bound if held[i] else alone
        steep[i] = 0.0 if held[i] else inverse


@kernel(fastmath=ANY_ORDER)
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
        _subtract(shared, before, products, used)
    else:
        k, is_symmetric = 0, len(shared) < n_second**2
        for r in range(n_second):
            for c in range(r + 1 if is_symmetric else n_second):
                total = 0.0
                for i in range(n_first):
                    total += back[r, i] * before[i] * across[c, i]
                shared[k] -= total
                k += 1
    for i in range(n_first):
        before[i] = inverse[i]


@kernel()
def begin(shared: Array, before: Array, inner: Array) -> None:
    """Set what a sample keeps as it is before any unknown is eliminated."""
    before[:] = 0.0
    k, n = 0, len(inner)
    is_symmetric = len(shared) < n**2
    for r in range(n):
        for c in range(r + 1 if is_symmetric else n):
            shared[k] = inner[r, c]
            k += 1


@kernel()
def _unpack(shared: Array, matrix: Array) -> None:
    """Write the matrix of the rest."""
    k, n = 0, len(matrix)
    is_symmetric = len(shared) < n**2
    for r in range(n):
        for c in range(r + 1 if is_symmetric else n):
            matrix[r, c] = shared[k]
            if is_symmetric:
                matrix[c, r] = shared[k]
            k += 1


@kernel()
def coupled(across: Array, back: Array, is_symmetric: bool) -> Array:
    """Return how the rest couples through each eliminated unknown, S².

    Args:
        across: Transposed. Shape ``(n_second, n_first)``, S.
        back: Same shape.
        is_symmetric: Both are the same, so that half of it tells the other half.

    Returns:
        A row per eliminated unknown, in the order of `Work`.
    """
    n, n_first = across.shape
    result = np.empty((n_first, n * (n + 1) // 2 if is_symmetric else n**2))
    k = 0
    for r in range(n):
        for c in range(r + 1 if is_symmetric else n):
            for i in range(n_first):
                result[i, k] = back[r, i] * across[c, i]
            k += 1
    return result


@kernel()
def _subtract(target: Array, factors: Array, products: Array, used: IntArray) -> None:
    """Subtract products times their factors, in long loops of four rows at a time.

    Processors do several numbers of such loops at once, and read and write `target` less often.
    """
    n, size = 0, len(target)
    for i in range(len(products)):
        used[n] = i
        n += factors[i] != 0.0
    for first in range(0, n - 3, 4):
        p, q, r, s = used[first], used[first + 1], used[first + 2], used[first + 3]
        for k in range(size):
            target[k] -= (factors[p] * products[p, k] + factors[q] * products[q, k]) + (
                factors[r] * products[r, k] + factors[s] * products[s, k]
            )
    for last in range(n - n % 4, n):
        for k in range(size):
            target[k] -= factors[used[last]] * products[used[last], k]


@kernel()
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
