"""The equations and Newton steps of one sample along chains of resistors, compiled with numba."""

import numpy as np

from ebana_core.arrays import Array, IntArray
from ebana_core.backends.native.chains import LANES
from ebana_core.backends.native.solvers.chain_system import MAX_STEPS
from ebana_core.kernels import kernel

Linear = tuple[Array, Array, IntArray, IntArray, Array]
"""Diagonal, S; coupling with the unknown before, S; first and second unknown of other couplings,
and these, S."""
Branches = tuple[IntArray, IntArray]
"""Unknown at the head and at the tail of every branch; the number of unknowns: none."""


@kernel()
def drops_at(x: Array, base: Array, size: Array, branches: Branches, ends: Array) -> None:
    """Write the drops of all branches, and what their rounding is relative to.

    Args:
        x: Unknowns, and a zero. Shape ``(n_unknowns + 1,)``, V.
        base: Drops at zero unknowns; overwritten. Shape ``(n_branches,)``, V.
        size: Sizes of the ends there; overwritten. Same shape, V.
        branches: Their ends.
        ends: Written: sizes that the unknowns give to the ends. Same shape, V.
    """
    heads, tails = branches
    for b in range(len(heads)):
        head, tail = x[heads[b]], x[tails[b]]
        base[b] += head - tail
        ends[b] = abs(head) + abs(tail)
        size[b] += ends[b]


@kernel()
def balance(
    x: Array,
    constant: Array,
    linear: Linear,
    branches: Branches,
    current: Array,
    size: Array,
    precision: tuple[float, float, float],
    residual: Array,
    rounding: Array,
    carried: Array,
) -> float:
    """Write the residual without what is within rounding, and return the worst one.

    Args:
        x: Unknowns, and a zero, V.
        constant: Currents at zero unknowns. Shape ``(n_unknowns,)``, A.
        linear: The linear part.
        branches: Ends of the nonlinear branches.
        current: What these carry, A.
        size: What rounding of it is relative to, A.
        precision: Tolerance relative to absolute terms, and to device currents, and beside, A.
        residual: Written. Shape ``(n_unknowns + 1,)``, A.
        rounding: Overwritten. Same shape.
        carried: Overwritten. Same shape.

    Returns:
        Residual over tolerance at the worst node.
    """
    diagonal, before, first, second, shared = linear
    heads, tails = branches
    n = len(constant)
    carried[:] = 0.0
    residual[n] = rounding[n] = 0.0
    for k in range(n):
        residual[k] = constant[k] + diagonal[k] * x[k]
        rounding[k] = abs(constant[k]) + diagonal[k] * abs(x[k])
    for k in range(1, n):
        ahead, behind = before[k] * x[k], before[k] * x[k - 1]
        residual[k - 1] -= ahead
        residual[k] -= behind
        rounding[k - 1] += abs(ahead)
        rounding[k] += abs(behind)
    for c in range(len(first)):
        ahead, behind = shared[c] * x[second[c]], shared[c] * x[first[c]]
        residual[first[c]] -= ahead
        residual[second[c]] -= behind
        rounding[first[c]] += abs(ahead)
        rounding[second[c]] += abs(behind)
    for b in range(len(heads)):
        carried[heads[b]] += current[b]
        carried[tails[b]] -= current[b]
        rounding[heads[b]] += size[b]
        rounding[tails[b]] += size[b]
    worst = 0.0
    tight, relative, least = precision
    for k in range(n):
        residual[k] += carried[k]
        tolerance = tight * rounding[k] + relative * abs(carried[k]) + least
        left = abs(residual[k])
        # Positively written, so that what is not a number counts.
        if not left <= tolerance:
            worst = max(worst, left / tolerance) if left == left else np.inf
        else:
            residual[k] = 0.0
    return worst


@kernel()
def _factored(diagonal: Array, before: Array, inverse: Array, ratio: Array) -> bool:
    """Factor tridiagonal matrices, one after the other; tell whether they are positive."""
    pivot = 1.0
    n = len(diagonal)
    ratio[0] = ratio[n] = 0.0
    for k in range(n):
        beside = before[k] if k else 0.0
        ratio[k] = beside / pivot
        pivot = diagonal[k] - ratio[k] * beside
        if not pivot > 0.0:
            return False
        inverse[k] = 1.0 / pivot
    return True


@kernel()
def _solve(inverse: Array, ratio: Array, right: Array, found: Array, lanes: IntArray) -> None:
    """Solve tridiagonal matrices; `right` and `found` may be the same array."""
    a, b, c, d, end = lanes[0], lanes[1], lanes[2], lanes[3], lanes[4]
    n = min(min(b - a, c - b), min(d - c, end - d))
    va = vb = vc = vd = 0.0
    # Slices, because an index that may be below zero costs more than the arithmetic.
    ra, rb, rc, rd = right[a:], right[b:], right[c:], right[d:]
    qa, qb, qc, qd = ratio[a:], ratio[b:], ratio[c:], ratio[d:]
    fa, fb, fc, fd = found[a:], found[b:], found[c:], found[d:]
    for k in range(n):
        va = ra[k] + qa[k] * va
        vb = rb[k] + qb[k] * vb
        vc = rc[k] + qc[k] * vc
        vd = rd[k] + qd[k] * vd
        fa[k], fb[k], fc[k], fd[k] = va, vb, vc, vd
    for lane in range(LANES):
        value = (va, vb, vc, vd)[lane]
        for k in range(lanes[lane] + n, lanes[lane + 1]):
            value = right[k] + ratio[k] * value
            found[k] = value
    va = vb = vc = vd = 0.0
    fa, fb, fc, fd = found[b - n :], found[c - n :], found[d - n :], found[end - n :]
    ia, ib, ic, iz = inverse[b - n :], inverse[c - n :], inverse[d - n :], inverse[end - n :]
    qa, qb, qc = ratio[b - n + 1 :], ratio[c - n + 1 :], ratio[d - n + 1 :]
    qd = ratio[end - n + 1 :]
    for k in range(n - 1, -1, -1):
        va = fa[k] * ia[k] + qa[k] * va
        vb = fb[k] * ib[k] + qb[k] * vb
        vc = fc[k] * ic[k] + qc[k] * vc
        vd = fd[k] * iz[k] + qd[k] * vd
        fa[k], fb[k], fc[k], fd[k] = va, vb, vc, vd
    for lane in range(LANES):
        value = (va, vb, vc, vd)[lane]
        for k in range(lanes[lane + 1] - n - 1, lanes[lane] - 1, -1):
            value = found[k] * inverse[k] + ratio[k + 1] * value
            found[k] = value


@kernel()
def step(
    diagonal: Array,
    before: Array,
    across: tuple[IntArray, IntArray, Array],
    lanes: tuple[IntArray, IntArray],
    residual: Array,
    forcing: float,
    result: Array,
) -> int:
    """Write a Newton step, as `ChainSystem` solves for it; return the steps that it took.

    Args:
        diagonal: Shape ``(n_unknowns,)``, S.
        before: Coupling of each unknown with the one before it in its chain. Same shape, S.
        across: Unknown of the first and of the second kind, the latter counted among its own, of
            every other coupling, and these, S.
        lanes: Where the parts of either kind begin, and end.
        residual: Shape of `diagonal`, A.
        forcing: Size of the preconditioned residual at the end, relative to the beginning.
        result: Written. Same shape, V.

    Returns:
        Steps of conjugate gradients; -1: the matrix is not positive definite.
    """
    first, second, amounts = across
    n_first = lanes[0][LANES]
    n_second = lanes[1][LANES]
    inverse_a, ratio_a = np.empty(n_first), np.empty(n_first + 1)
    inverse_b, ratio_b = np.empty(n_second), np.empty(n_second + 1)
    if not _factored(diagonal[:n_first], before[:n_first], inverse_a, ratio_a):
        return -1
    if not _factored(diagonal[n_first:], before[n_first:], inverse_b, ratio_b):
        return -1
    one, x = result[:n_first], result[n_first:]
    for k in range(n_first):
        one[k] = -residual[k]
    _solve(inverse_a, ratio_a, one, one, lanes[0])
    left, ahead = np.empty(n_second), np.empty(n_second)
    for k in range(n_second):
        left[k] = -residual[n_first + k]
        x[k] = 0.0
    for c in range(len(first)):
        left[second[c]] += amounts[c] * one[first[c]]
    _solve(inverse_b, ratio_b, left, ahead, lanes[1])
    direction, own, through = ahead.copy(), left.copy(), np.empty(n_first)
    image = np.empty(n_second)
    power = np.dot(left, ahead)
    end = forcing * forcing * power
    taken = 0
    while power > end and taken < MAX_STEPS:
        taken += 1
        through[:] = 0.0
        for c in range(len(first)):
            through[first[c]] += amounts[c] * direction[second[c]]
        _solve(inverse_a, ratio_a, through, through, lanes[0])
        image[:] = own
        for c in range(len(first)):
            image[second[c]] -= amounts[c] * through[first[c]]
        curvature = np.dot(direction, image)
        if not curvature > 0.0:
            return -1
        length = power / curvature
        for k in range(n_second):
            x[k] += length * direction[k]
            left[k] -= length * image[k]
        _solve(inverse_b, ratio_b, left, ahead, lanes[1])
        new = np.dot(left, ahead)
        ratio, power = new / power, new
        for k in range(n_second):
            direction[k] = ahead[k] + ratio * direction[k]
            own[k] = left[k] + ratio * own[k]
    through[:] = 0.0
    for c in range(len(first)):
        through[first[c]] += amounts[c] * x[second[c]]
    _solve(inverse_a, ratio_a, through, through, lanes[0])
    for k in range(n_first):
        one[k] += through[k]
    return taken
