"""Newton's method on one sample of a network of branches, free and clamped, in compiled code."""

import numba
import numpy as np

from ebana_core.arrays import Array, BoolArray
from ebana_core.backends.factors.kernel import FactorPattern, factor, substitute
from ebana_core.backends.native.singles.settling import (
    Matrix,
    Near,
    Resistors,
    Transistors,
    settle_few,
)
from ebana_core.backends.native.solvers.branch_kernel import begin, evaluate, move
from ebana_core.backends.native.solvers.branch_steps import (
    LONGEST,
    NEAR,
    TIGHT,
    is_dominant,
)
from ebana_core.circuit.elements import IntArray
from ebana_core.circuit.kirchhoff import NOTHING
from ebana_core.laws.tables import AT_GROUND, SIGN_OF


@numba.njit(cache=True, error_model="numpy")
def _evaluate(
    v: Array, moved: Array, has_moved: bool, transistors: Transistors, is_active: BoolArray
) -> None:
    """Evaluate the transistors that have an active end.

    Args:
        v: Of all nodes, V.
        moved: What they moved since, V.
        has_moved: Nodes inside move with them first; else they begin.
        transistors: See there.
        is_active: Nodes that may have moved since they were evaluated last.
    """
    first, second, _, numbers, ties, gates, (inner, kept, added) = transistors
    for k in range(len(first)):
        h, t = first[k], second[k]
        if is_active[h] or is_active[t]:
            if has_moved:
                move(k, moved[h], moved[t], numbers[k, SIGN_OF], ties, inner, kept)
            else:
                begin(k, v[h], v[t], numbers, ties, inner)
            astray = evaluate(k, v[h], v[t], gates[k], numbers, ties, inner, kept, added[k])
            own = max(abs(kept[k, 0]), max(abs(kept[k, 1]), abs(kept[k, 6])))
            added[k, 9] = max(astray, own)


@numba.njit(cache=True, error_model="numpy")
def _sum(
    v: Array,
    resistors: Resistors,
    transistors: Transistors,
    left: Array,
    sizes: Array,
    lu: Array,
    astray: Array,
) -> None:
    """Add up currents and slopes.

    Args:
        v: Of all nodes, V.
        resistors: See there.
        transistors: See there; evaluated.
        left: Written: what leaves each node, A.
        sizes: Written: what its rounding is relative to, A.
        lu: Written: slopes in the pattern of the factors, S.
        astray: Written: how far nodes inside of the transistors at each node may be from theirs, V.
    """
    astray[:] = 0.0
    left[:] = 0.0
    sizes[:] = 0.0
    lu[:] = 0.0
    heads, tails, entries, conductances = resistors
    for k in range(len(heads)):
        h, t, g = heads[k], tails[k], conductances[k]
        current, size = g * (v[h] - v[t]), g * (abs(v[h]) + abs(v[t]))
        left[h] += current
        left[t] -= current
        sizes[h] += size
        sizes[t] += size
        for e in range(4):
            if entries[k, e] >= 0:
                lu[entries[k, e]] += g if e == 0 or e == 3 else -g
    first, second, places, _, _, _, (_, _, added) = transistors
    for k in range(len(first)):
        h, t, own = first[k], second[k], added[k]
        left[h] += own[0]
        left[t] += own[1]
        sizes[h] += own[6] + own[8] + abs(own[2] * v[h]) + abs(own[3] * v[t])
        sizes[t] += own[7] + own[8] + abs(own[4] * v[h]) + abs(own[5] * v[t])
        astray[h], astray[t] = max(astray[h], own[9]), max(astray[t], own[9])
        for e in range(4):
            if places[k, e] >= 0:
                lu[places[k, e]] += own[2 + e]


@numba.njit(cache=True, error_model="numpy")
def _close(
    left: Array,
    sizes: Array,
    astray: Array,
    unknowns: IntArray,
    groups: IntArray,
    is_active: BoolArray,
) -> bool:
    """Take out the groups of nodes of which rounding explains all that is left; tell if all are.

    Args:
        left: See `_sum`.
        sizes: See there.
        astray: See there.
        unknowns: Numbers of the nodes that no source fixes.
        groups: Of all nodes, the number of the group: no group moves another.
        is_active: Nodes that may not balance yet; overwritten.
    """
    is_open = np.zeros(len(left), dtype=np.bool_)
    n_open = 0
    for u in unknowns:
        is_right = astray[u] <= NEAR and abs(left[u]) <= TIGHT * sizes[u] + NOTHING
        if is_active[u] and not is_right:
            is_open[groups[u]] = True
            n_open += 1
    for u in unknowns:
        is_active[u] &= is_open[groups[u]]
    return n_open == 0


@numba.njit(cache=True, error_model="numpy")
def _step(
    left: Array,
    is_active: BoolArray,
    rows: IntArray,
    lu: Array,
    pattern: FactorPattern,
    step: Array,
) -> float:
    """Find the step that factors make of what is left of the currents; return its length, V."""
    for i in range(len(rows)):
        step[i] = -left[rows[i]] if is_active[rows[i]] else 0.0
    substitute(lu, pattern, step)
    longest = 0.0
    for i in range(len(step)):
        if not abs(step[i]) <= longest:
            longest = abs(step[i])
    return longest


@numba.njit(cache=True, error_model="numpy")
def _has_one_point(ties: IntArray) -> bool:
    """Tell whether gates and bulks are at ground, so that currents fall with others' voltages."""
    n_tied = 0
    for k in range(len(ties)):
        n_tied += ties[k, 0] != AT_GROUND or ties[k, 1] != AT_GROUND
    return n_tied == 0


@numba.njit(cache=True, error_model="numpy")
def newton(
    v: Array,
    unknowns: IntArray,
    resistors: Resistors,
    transistors: Transistors,
    matrix: Matrix,
    is_reached: BoolArray,
    groups: IntArray,
    is_cold: bool,
    most: int,
    shorter: float,
    near: Near,
    is_judged: bool,
) -> bool:
    """Solve a sample; tell whether it is solved.

    Args:
        v: Voltages of all nodes, V: those that sources fix, and the unknowns at a start, which are
            overwritten.
        unknowns: Numbers of the nodes that no source fixes.
        resistors: See there.
        transistors: See there.
        matrix: See there.
        is_reached: Nodes that move; the others are, and stay, where they balance.
        groups: See `_close`.
        is_cold: The transistors begin without currents; else they were evaluated at `v`.
        most: Steps after which the sample is given up.
        shorter: See `solve_networks`.
        near: See there; with it, few nodes that are far from their balance settle by themselves.
        is_judged: Where there may be several points, one counts as found only if its slopes say
            at once that it is stable.
    """
    pattern, rows, columns = matrix
    ties, n = transistors[4], len(unknowns)
    left, sizes, moved, astray = np.empty((4, len(v)))
    is_active = np.zeros(len(v), dtype=np.bool_)
    for u in unknowns:
        is_active[u] = is_reached[u]
    slopes, lu = np.empty(len(pattern[1])), np.empty(len(pattern[1]))
    work, step = np.empty(n), np.empty(n)
    last, has_factors = 0.0, False
    for count in range(most):
        if count or is_cold:
            _evaluate(v, moved, count > 0, transistors, is_active)
        _sum(v, resistors, transistors, left, sizes, slopes, astray)
        if (
            count
            and len(near[0])
            and settle_few(v, left, slopes, matrix, is_active, resistors, transistors, near)
        ):
            _sum(v, resistors, transistors, left, sizes, slopes, astray)
        if _close(left, sizes, astray, unknowns, groups, is_active):
            return not is_judged or _has_one_point(ties) or is_dominant(slopes, pattern, work)
        longest, has_factors = np.inf, has_factors and shorter > 0
        if has_factors:
            longest = _step(left, is_active, rows, lu, pattern, step)
        if not longest <= shorter * last:
            lu[:] = slopes
            has_factors = factor(lu, pattern, work)
            if not has_factors:
                return False
            longest = _step(left, is_active, rows, lu, pattern, step)
        if not longest < np.inf:
            return False
        last = longest
        share = 1.0 if longest <= LONGEST else LONGEST / longest
        moved[:] = 0.0
        for i in range(n):
            moved[columns[i]] = share * step[i]
        for i in range(n):
            v[columns[i]] += moved[columns[i]]
    return False
