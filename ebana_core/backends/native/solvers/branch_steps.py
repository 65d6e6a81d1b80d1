"""Newton's method on networks of transistors that are branches, in compiled code."""

import numba
import numpy as np

from ebana_core.arrays import DOUBLE, Array
from ebana_core.backends.factors.kernel import FactorPattern, factor, substitute
from ebana_core.backends.native.solvers.branch_kernel import N_KEPT, begin, evaluate, move
from ebana_core.backends.native.solvers.stability_kernel import Masses, stability
from ebana_core.circuit.elements import IntArray
from ebana_core.circuit.kirchhoff import NOTHING, ROUNDING
from ebana_core.laws.tables import SIGN_OF

LONGEST = 1.0
"""Longest step of a node, V."""
NEAR = 1e-7
"""Steps of nodes inside below which those of the circuit leave only rounding of them, V."""
TIGHT = ROUNDING * DOUBLE.eps
"""Rounding of a current relative to its terms, as Kirchhoff's balance has it."""
CARRIED = DOUBLE.free_tolerance / TIGHT
"""What else of the currents themselves may be left, in such roundings."""

Linear = tuple[Array, IntArray, IntArray, IntArray]
"""Entries of the linear part, S, their rows, their columns, and their places among the factors."""
Branches = tuple[Array, Array, IntArray, IntArray, IntArray, Array]
"""Numbers, gates, V, ties, unknowns of both ends, entries of the factors for the slopes, and what
voltages of the ends are without unknowns, ``(n_samples, n_devices, 2)``, V. Unknowns and entries
below zero are fixed."""
Sums = tuple[Array, Array, Array]
"""Currents at the unknowns, A, what their rounding is relative to, A, and slopes in the pattern of
the factors, S."""
Order = tuple[IntArray, IntArray]
"""Rows and columns of the pivots."""


@numba.njit(cache=True, error_model="numpy")
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
        branches: The transistors.
        pattern: Of the factors.
        order: See there.
        masses: What stability is judged with; none: it is not asked for.
        signs: Written: above zero where a point is known to be stable.
        before: Sample at whose point each begins, one of those before it; below zero: at `x`.
        shorter: Length of a step over that of the one before up to which old factors are good
            enough; 0: each step has its own.
    """
    numbers, gates, ties, unknowns, _, ends = branches
    n, n_devices, n_factors = x.shape[1], len(gates), len(pattern[1])
    sums = np.empty(n), np.empty(n), np.empty(n_factors)
    residual, sizes, jacobian = sums
    lu, work, step = np.empty(n_factors), np.empty(n), np.empty(n)
    inner, kept = np.empty((n_devices, 5)), np.zeros((n_devices, N_KEPT))
    has_factors = False
    for s in range(len(x)):
        u, own = x[s], ends[s]
        if before[s] >= 0 and found[before[s]] == 2:
            u[:] = x[before[s]]
        found[s] = 0
        for k in range(n_devices):
            head, tail = (
                terminal(own[k, 0], unknowns[k, 0], u),
                terminal(own[k, 1], unknowns[k, 1], u),
            )
            begin(k, head, tail, numbers, ties, inner)
        last = np.inf
        for _ in range(n_steps):
            inside = add_up(u, constant[s], own, linear, branches, inner, kept, sums)
            if inside <= NEAR and is_balanced(residual, sizes):
                found[s] = 2
                break
            longest, is_new = np.inf, False
            has_factors &= shorter > 0
            while True:
                if not has_factors:
                    lu[:] = jacobian
                    has_factors = is_new = factor(lu, pattern, work)
                    if not has_factors:
                        break
                for i in range(n):
                    step[i] = -residual[order[0][i]]
                substitute(lu, pattern, step)
                longest = 0.0
                for i in range(n):
                    if not abs(step[i]) <= longest:
                        longest = abs(step[i])
                if is_new or longest <= shorter * last:
                    break
                has_factors = False
            if not longest < np.inf:
                has_factors = False
                break
            last = longest
            share = 1.0 if longest <= LONGEST else LONGEST / longest
            for i in range(n):
                work[order[1][i]] = share * step[i]
            for i in range(n):
                u[i] += work[i]
            for k in range(n_devices):
                one, other = unknowns[k, 0], unknowns[k, 1]
                by_head = work[one] if one >= 0 else 0.0
                by_tail = work[other] if other >= 0 else 0.0
                move(k, by_head, by_tail, numbers[k, SIGN_OF], ties, inner, kept)
        if found[s] == 2 and len(masses[1]):
            if is_dominant(jacobian, pattern, step):
                signs[s] = 1.0
            else:
                signs[s] = stability(jacobian, lu, masses, pattern, work, step)
                has_factors = False


@numba.njit(cache=True, error_model="numpy")
def terminal(offset: float, unknown: int, u: Array) -> float:
    """Return the voltage of an end, V."""
    return offset + u[unknown] if unknown >= 0 else offset


@numba.njit(cache=True, error_model="numpy")
def add_up(
    u: Array,
    constant: Array,
    own: Array,
    linear: Linear,
    branches: Branches,
    inner: Array,
    kept: Array,
    sums: Sums,
) -> float:
    """Set currents and slopes of one sample; return how far nodes inside may be from theirs, V.

    Args:
        u: Unknowns, V.
        constant: Currents at zero unknowns, without transistors, A.
        own: Voltages of the ends without unknowns, ``(n_devices, 2)``, V.
        linear: The linear part.
        branches: The transistors.
        inner: Of each; see `evaluate`. Overwritten.
        kept: Likewise.
        sums: Written.
    """
    entries, rows, columns, places = linear
    numbers, gates, ties, unknowns, entered, _ = branches
    residual, sizes, jacobian = sums
    found = np.empty(9)
    for i in range(len(u)):
        residual[i] = constant[i]
        sizes[i] = abs(constant[i])
    jacobian[:] = 0.0
    for e in range(len(entries)):
        amount = entries[e] * u[columns[e]]
        residual[rows[e]] += amount
        sizes[rows[e]] += abs(amount)
        jacobian[places[e]] += entries[e]
    inside = 0.0
    for k in range(len(gates)):
        one, other = unknowns[k, 0], unknowns[k, 1]
        head, tail = terminal(own[k, 0], one, u), terminal(own[k, 1], other, u)
        astray = evaluate(k, head, tail, gates[k], numbers, ties, inner, kept, found)
        moved = max(abs(kept[k, 0]), max(abs(kept[k, 1]), abs(kept[k, 6])))
        inside = max(inside, max(astray, moved))
        if one >= 0:
            residual[one] += found[0]
            sizes[one] += CARRIED * found[6] + found[8]
            sizes[one] += abs(found[2] * head) + abs(found[3] * tail)
            jacobian[entered[k, 0]] += found[2]
        if other >= 0:
            residual[other] += found[1]
            sizes[other] += CARRIED * found[7] + found[8]
            sizes[other] += abs(found[4] * head) + abs(found[5] * tail)
            jacobian[entered[k, 3]] += found[5]
        if one >= 0 and other >= 0:
            jacobian[entered[k, 1]] += found[3]
            jacobian[entered[k, 2]] += found[4]
    return inside


@numba.njit(cache=True)
def is_dominant(matrix: Array, pattern: FactorPattern, sums: Array) -> bool:
    """Tell whether each pivot exceeds the other entries of its column: then all points are stable.

    Args:
        matrix: Entries in the pattern of the factors; pivots are on the diagonal.
        pattern: Of the factors.
        sums: Of the length of a row; overwritten.
    """
    pointers, indices, diagonal = pattern
    sums[:] = 0.0
    for i in range(len(diagonal)):
        for p in range(pointers[i], pointers[i + 1]):
            sums[indices[p]] += matrix[p] if p == diagonal[i] else -abs(matrix[p])
    n_weak = 0
    for i in range(len(diagonal)):
        n_weak += not sums[i] > 0
    return n_weak == 0


@numba.njit(cache=True)
def is_balanced(residual: Array, sizes: Array) -> bool:
    """Tell whether rounding explains all that is left of the currents."""
    n_open = 0
    for i in range(len(residual)):
        n_open += not abs(residual[i]) <= TIGHT * sizes[i] + NOTHING
    return n_open == 0
