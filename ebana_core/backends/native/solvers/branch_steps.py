"""Newton's method on networks of transistors that are branches, in compiled code."""

import numpy as np

from ebana_core.arrays import DOUBLE, Array, IntArray
from ebana_core.backends.factors.kernel import FactorPattern, factor, substitute
from ebana_core.backends.native.solvers import branch_blocks as at
from ebana_core.backends.native.solvers.branch_kernel import evaluate
from ebana_core.backends.native.solvers.stability_kernel import Masses, stability
from ebana_core.circuit.kirchhoff import NOTHING, ROUNDING
from ebana_core.kernels import kernel

LONGEST = 1.0
"""Longest step of a node, V."""
NEAR = 1e-7
"""Steps of nodes inside below which those of the circuit leave only rounding of them, V."""
TIGHT = ROUNDING * DOUBLE.eps
"""Rounding of a current relative to its terms, as Kirchhoff's balance has it."""
TOLERATED = DOUBLE.free_tolerance / TIGHT
"""Share of a current that may be left beside its rounding, in units of `TIGHT`."""

Linear = tuple[Array, IntArray, IntArray, IntArray]
"""Entries of the linear part, S, their rows, their columns, and their places among the factors."""
Branches = tuple[Array, IntArray, Array, IntArray, Array]
"""Blocks, see `branch_blocks`; and of every lane the unknowns of both ends, how these follow them
and the inverse of that, the entries of the factors for the slopes, and what voltages of the ends
are without unknowns, ``(n_samples, n_lanes, 2)``, V. Unknowns and entries below zero are fixed."""
Sums = tuple[Array, Array, Array]
"""Currents at the unknowns, A, what their rounding is relative to, A, and slopes in the pattern of
the factors, S."""
Order = tuple[IntArray, IntArray]
"""Rows and columns of the pivots."""
Factorised = tuple[Array, FactorPattern, Order, Array, Array]
"""Factors in their pattern, in the order of the pivots, and two rows that are overwritten."""


@kernel(error_model="numpy")
def solve_networks(
    n_steps: int,
    x: Array,
    found: IntArray,
    constant: Array,
    linear: Linear,
    branches: Branches,
    pattern: FactorPattern,
    order: Order,
    masses: Masses,
    signs: Array,
    before: IntArray,
    shorter: float,
) -> None:
    """Lead samples to their operating points, or leave them.

    Factors are kept, within a sample and from one to the next, as long as steps with them shorten.

    Args:
        n_steps: After how many a sample is left.
        x: Where to begin; overwritten. Shape ``(n_samples, n)``, V.
        found: Written: 2 where rounding alone is left of a sample's currents, 0 elsewhere.
        constant: Currents at zero unknowns, without transistors. Shape of `x`, A.
        linear: The linear part.
        branches: The transistors; the state of their blocks is overwritten.
        pattern: Of the factors.
        order: See there.
        masses: What stability is judged with; none: it is not asked for.
        signs: Written: above zero where a point is known to be stable.
        before: Sample at whose point each begins, one of those before it; below zero: at `x`.
        shorter: Length of a step over that of the one before up to which old factors are good
            enough; 0: each step has its own.
    """
    n, n_factors = x.shape[1], len(pattern[1])
    sums = np.empty(n), np.empty(n), np.empty(n_factors)
    jacobian = sums[2]
    factorised = np.empty(n_factors), pattern, order, np.empty(n), np.empty(n)
    lu, _, _, work, step = factorised
    has_factors = n_steps < 0  # a constant would let numba compile the step twice
    for s in range(len(x)):
        u = x[s]
        if before[s] >= 0 and found[before[s]] == 2:
            u[:] = x[before[s]]
        last = np.inf
        for count in range(n_steps):
            inside = add_up(u, s, constant, linear, branches, sums, count == 0)
            if inside <= NEAR and is_balanced(sums[0], sums[1]):
                found[s] = 2
                break
            last, has_factors = step_from(u, sums, factorised, last, has_factors, shorter)
            if not has_factors:
                break
        if found[s] == 2 and len(masses[1]):
            if is_dominant(jacobian, pattern, step):
                signs[s] = 1.0
            else:
                signs[s] = stability(jacobian, lu, masses, pattern, work, step)
                has_factors = False


@kernel(error_model="numpy")
def step_from(
    u: Array, sums: Sums, factorised: Factorised, last: float, has_factors: bool, shorter: float
) -> tuple[float, bool]:
    """Step a sample; return how far, V, and whether there are factors, without which it stays.

    Args:
        u: Unknowns, V; overwritten.
        sums: Where they are.
        factorised: See there; factors are made anew where old ones do not shorten enough.
        last: Length of the step before, V.
        has_factors: There are old factors.
        shorter: See `solve_networks`.
    """
    lu, pattern, (rows, columns), work, step = factorised
    residual, _, jacobian = sums
    is_new, has_factors, longest = False, has_factors and shorter > 0, np.inf
    while True:
        if not has_factors:
            lu[:] = jacobian
            is_new = factor(lu, pattern, work)
            if not is_new:
                return np.inf, False
        for i in range(len(u)):
            step[i] = -residual[rows[i]]
        substitute(lu, pattern, step)
        longest = 0.0
        for i in range(len(u)):
            if not abs(step[i]) <= longest:
                longest = abs(step[i])
        if is_new or longest <= shorter * last:
            break
        has_factors = False
    if not longest < np.inf:
        return longest, False
    share = 1.0 if longest <= LONGEST else LONGEST / longest
    for i in range(len(u)):
        u[columns[i]] += share * step[i]
    return longest, True


@kernel(error_model="numpy")
def add_up(
    u: Array,
    s: int,
    constant: Array,
    linear: Linear,
    branches: Branches,
    sums: Sums,
    is_first: bool,
) -> float:
    """Set currents and slopes of one sample; return how far nodes inside may be from theirs, V.

    Args:
        u: Unknowns, V.
        s: Number of the sample.
        constant: Of all samples: currents at zero unknowns, without transistors, A.
        linear: The linear part.
        branches: The transistors.
        sums: Written.
        is_first: Transistors begin without any current.
    """
    entries, rows, columns, places = linear
    blocks, unknowns, scales, _, ends = branches
    residual, sizes, jacobian = sums
    for i in range(len(u)):
        residual[i] = constant[s, i]
        sizes[i] = abs(constant[s, i])
    jacobian[:] = 0.0
    for e in range(len(entries)):
        amount = entries[e] * u[columns[e]]
        residual[rows[e]] += amount
        sizes[rows[e]] += abs(amount)
        jacobian[places[e]] += entries[e]
    inside = 0.0
    for b in range(len(blocks)):
        block = blocks[b]
        for k in range(at.LANES):
            lane = b * at.LANES + k
            one, other = unknowns[lane, 0], unknowns[lane, 1]
            head = scales[lane, 0] * u[one] if one >= 0 else 0.0
            tail = scales[lane, 1] * u[other] if other >= 0 else 0.0
            block[at.TO_HEAD + k] = ends[s, lane, 0] + head
            block[at.TO_TAIL + k] = ends[s, lane, 1] + tail
        evaluate(block, is_first)
        inside = max(inside, _add_block(b, branches, sums))
    return inside


@kernel(error_model="numpy")
def _add_block(b: int, branches: Branches, sums: Sums) -> float:
    """Add the transistors of a block; return how far nodes inside may be from theirs, V."""
    blocks, unknowns, scales, entered, _ = branches
    residual, sizes, jacobian = sums
    own, inside = blocks[b], 0.0
    for k in range(at.LANES):
        lane = b * at.LANES + k
        one, other = unknowns[lane, 0], unknowns[lane, 1]
        inside = max(inside, own[at.UNSETTLED + k])
        at_head, at_tail = scales[lane, 2], scales[lane, 3]
        if one >= 0:
            size = TOLERATED * own[at.SIZE_HEAD + k] + own[at.SPREAD_HEAD + k]
            residual[one] += at_head * own[at.AT_HEAD + k]
            sizes[one] += abs(at_head) * size
            jacobian[entered[lane, 0]] += own[at.HEAD_BY_HEAD + k]
        if other >= 0:
            size = TOLERATED * own[at.SIZE_TAIL + k] + own[at.SPREAD_TAIL + k]
            residual[other] += at_tail * own[at.AT_TAIL + k]
            sizes[other] += abs(at_tail) * size
            jacobian[entered[lane, 3]] += own[at.TAIL_BY_TAIL + k]
        if one >= 0 and other >= 0:
            ratio = at_head * scales[lane, 1]
            jacobian[entered[lane, 1]] += ratio * own[at.HEAD_BY_TAIL + k]
            jacobian[entered[lane, 2]] += own[at.TAIL_BY_HEAD + k] / ratio
    return inside


@kernel()
def is_dominant(matrix: Array, pattern: FactorPattern, sums: Array) -> bool:
    """Tell whether each pivot exceeds the other entries of its column: then all points are stable.

    Args:
        matrix: Entries in the pattern of the factors; pivots are on the diagonal.
        pattern: Of the factors.
        sums: Of the length of a row; overwritten.
    """
    pointers, indices, diagonal, _ = pattern
    sums[:] = 0.0
    for i in range(len(diagonal)):
        for p in range(pointers[i], pointers[i + 1]):
            sums[indices[p]] += matrix[p] if p == diagonal[i] else -abs(matrix[p])
    n_weak = 0
    for i in range(len(diagonal)):
        n_weak += not sums[i] > 0
    return n_weak == 0


@kernel()
def is_balanced(residual: Array, sizes: Array) -> bool:
    """Tell whether rounding explains all that is left of the currents."""
    n_open = 0
    for i in range(len(residual)):
        n_open += not abs(residual[i]) <= TIGHT * sizes[i] + NOTHING
    return n_open == 0
