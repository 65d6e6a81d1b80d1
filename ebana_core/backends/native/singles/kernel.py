"""Newton's method on one sample of a network of branches, free and clamped, in compiled code."""

import numpy as np

from ebana_core.arrays import Array, BoolArray, IntArray
from ebana_core.backends.factors.kernel import FactorPattern, at, factor_from, substitute
from ebana_core.backends.native.singles.settling import Matrix, Near, settle_few
from ebana_core.backends.native.singles.sums import (
    FIRST,
    KEPT,
    MOVED,
    Resistors,
    Sums,
    Transistors,
    add_up,
)
from ebana_core.backends.native.solvers import branch_blocks as of
from ebana_core.backends.native.solvers.branch_steps import (
    LONGEST,
    NEAR,
    TIGHT,
    is_dominant,
)
from ebana_core.circuit.kirchhoff import NOTHING
from ebana_core.kernels import kernel


@kernel(error_model="numpy")
def _close(sums: Sums, unknowns: IntArray, groups: IntArray, is_active: BoolArray) -> bool:
    """Take out the groups of nodes of which rounding explains all that is left; tell if all are.

    Args:
        sums: See there.
        unknowns: Numbers of the nodes that no source fixes.
        groups: Of all nodes, the number of the group: no group moves another.
        is_active: Nodes that may not balance yet; overwritten.
    """
    left, sizes, _, astray = sums
    is_open = np.zeros(len(left), dtype=np.bool_)
    n_open = 0
    for i in range(len(unknowns)):
        u = at(unknowns[i])
        is_right = astray[u] <= NEAR and abs(left[u]) <= TIGHT * sizes[u] + NOTHING
        if is_active[u] and not is_right:
            is_open[at(groups[u])] = True
            n_open += 1
    for i in range(len(unknowns)):
        u = at(unknowns[i])
        is_active[u] &= is_open[at(groups[u])]
    return n_open == 0


@kernel(error_model="numpy")
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
        u = at(rows[i])
        step[i] = -left[u] if is_active[u] else 0.0
    substitute(lu, pattern, step)
    longest = 0.0
    for i in range(len(step)):
        if not abs(step[i]) <= longest:
            longest = abs(step[i])
    return longest


@kernel(error_model="numpy")
def _find_step(
    first: int,
    most: float,
    sums: Sums,
    is_active: BoolArray,
    matrix: Matrix,
    lu: Array,
    work: Array,
    step: Array,
) -> float:
    """Find a step; return its length, V: no finite number, or inf, if there is none.

    Args:
        first: Row from which on factors are made anew; if the step is too long, all are.
        most: Longest step, V, that is taken where some factors are old.
        sums: See there.
        is_active: See `_close`.
        matrix: See there.
        lu: Factors; overwritten.
        work: Of the length of a row; overwritten.
        step: Written: the step, V.
    """
    pattern, rows, _ = matrix
    pointers, slopes = pattern[0], sums[2]
    while True:
        for p in range(pointers[first], len(lu)):
            lu[at(p)] = slopes[at(p)]
        if factor_from(first, lu, pattern, work):
            longest = _step(sums[0], is_active, rows, lu, pattern, step)
            if first == 0 or longest <= most:
                return longest
        if first == 0:
            return np.inf
        first = 0


@kernel(error_model="numpy")
def _has_one_point(blocks: Array) -> bool:
    """Tell whether gates and bulks are at ground, so that currents fall with others' voltages."""
    n_tied = 0
    for b in range(len(blocks)):
        own = blocks[b]
        for k in range(of.LANES):
            tied = own[of.GATE_AT_D + k] + own[of.GATE_AT_S + k] + own[of.BODY_AT_D + k]
            tied += own[of.BODY_AT_S + k] + own[of.HAS_BULK + k]
            n_tied += tied > 0
    return n_tied == 0


@kernel(error_model="numpy")
def newton(
    v: Array,
    unknowns: IntArray,
    resistors: Resistors,
    transistors: Transistors,
    matrix: Matrix,
    lu: Array,
    start: int,
    is_reached: BoolArray,
    groups: IntArray,
    is_cold: bool,
    most: int,
    shorter: float,
    near: Near,
    is_judged: bool,
) -> int:
    """Solve a sample; return after how many steps it is solved; -1: it is not.

    Args:
        v: Voltages of all nodes, V: those that sources fix, and the unknowns at a start, which are
            overwritten.
        unknowns: Numbers of the nodes that no source fixes.
        resistors: See there.
        transistors: See there.
        matrix: See there.
        lu: Overwritten with the last factors.
        start: Row before which the factors that stand in `lu` are still good enough; 0: none.
        is_reached: Nodes that move; the others are, and stay, where they balance.
        groups: See `_close`.
        is_cold: The transistors begin without currents; else they were evaluated at `v`.
        most: Steps after which the sample is given up.
        shorter: See `solve_networks`.
        near: See there; with it, few nodes that are far from their balance settle by themselves.
        is_judged: Where there may be several points, one counts as found only if its slopes say
            at once that it is stable.
    """
    pattern, _, columns = matrix
    n = len(columns)
    sums = np.empty(len(v)), np.empty(len(v)), np.empty(len(lu)), np.empty(len(v))
    is_active = np.zeros(len(v), dtype=np.bool_)
    for i in range(n):
        is_active[at(unknowns[i])] = is_reached[at(unknowns[i])]
    work, step = np.empty(n), np.empty(n)
    longest, first = np.inf, start
    for count in range(most):
        mode = MOVED if count else FIRST if is_cold else KEPT
        add_up(mode, v, resistors, transistors, is_active, sums)
        if (
            count
            and len(near[0])
            and settle_few(v, sums[0], sums[2], matrix, is_active, resistors, transistors, near)
        ):
            # Not KEPT itself: for a constant, numba would compile `add_up` once more.
            add_up(KEPT * (count > 0), v, resistors, transistors, is_active, sums)
        if _close(sums, unknowns, groups, is_active):
            is_sure = not is_judged or _has_one_point(transistors[5])
            return count if is_sure or is_dominant(sums[2], pattern, work) else -1
        most_now = shorter * longest if count else longest
        longest = _find_step(first, most_now, sums, is_active, matrix, lu, work, step)
        if not longest < np.inf:
            return -1
        first = n if shorter > 0 else 0
        share = 1.0 if longest <= LONGEST else LONGEST / longest
        for i in range(n):
            v[at(columns[i])] += share * step[i]
    return -1
