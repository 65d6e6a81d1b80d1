"""Newton's method on one sample of a network of branches, free and clamped, in compiled code."""

import numba
import numpy as np

from ebana_core.arrays import Array, BoolArray
from ebana_core.backends.factors.kernel import FactorPattern, factor, substitute
from ebana_core.backends.native.solvers.branch_kernel import begin, evaluate, move
from ebana_core.backends.native.solvers.branch_steps import LONGEST, NEAR, TIGHT
from ebana_core.circuit.elements import IntArray
from ebana_core.circuit.kirchhoff import NOTHING
from ebana_core.laws.tables import SIGN_OF

Resistors = tuple[IntArray, IntArray, IntArray, Array]
"""Heads, tails, entries of the factors for both ends of each, ``(n, 4)``, and conductances, S."""
State = tuple[Array, Array, Array]
"""What is overwritten of every transistor: voltages inside, ``(n, 5)``, and what steps these,
``(n, 10)``, see `evaluate`; and what it adds at its ends, ``(n, 9)``: what `evaluate` finds, and
how far its nodes inside may be from theirs, V. A clamped phase goes on from the free one."""
Transistors = tuple[IntArray, IntArray, IntArray, Array, IntArray, Array, State]
"""Heads, tails and entries likewise, numbers, ties, voltages of the gates, V, and their state."""
Matrix = tuple[FactorPattern, IntArray, IntArray]
"""Pattern of the factors, and the node of each pivot's row and column."""


@numba.njit(cache=True, error_model="numpy")
def _evaluate(v: Array, transistors: Transistors, is_active: BoolArray) -> None:
    """Evaluate the transistors that have an active end.

    Args:
        v: Of all nodes, V.
        transistors: See there.
        is_active: Nodes that may have moved since they were evaluated last.
    """
    first, second, _, numbers, ties, gates, (inner, kept, added) = transistors
    for k in range(len(first)):
        h, t = first[k], second[k]
        if is_active[h] or is_active[t]:
            astray = evaluate(k, v[h], v[t], gates[k], numbers, ties, inner, kept, added[k])
            moved = max(abs(kept[k, 0]), max(abs(kept[k, 1]), abs(kept[k, 6])))
            added[k, 8] = max(astray, moved)


@numba.njit(cache=True, error_model="numpy")
def _sum(
    v: Array, resistors: Resistors, transistors: Transistors, left: Array, sizes: Array, lu: Array
) -> float:
    """Add up currents and slopes; return how far nodes inside may be from theirs, V.

    Args:
        v: Of all nodes, V.
        resistors: See there.
        transistors: See there; evaluated.
        left: Written: what leaves each node, A.
        sizes: Written: what its rounding is relative to, A.
        lu: Written: slopes in the pattern of the factors, S.
    """
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
    inside = 0.0
    for k in range(len(first)):
        h, t, own = first[k], second[k], added[k]
        left[h] += own[0]
        left[t] += own[1]
        sizes[h] += own[6] + abs(own[2] * v[h]) + abs(own[3] * v[t])
        sizes[t] += own[7] + abs(own[4] * v[h]) + abs(own[5] * v[t])
        inside = max(inside, own[8])
        for e in range(4):
            if places[k, e] >= 0:
                lu[places[k, e]] += own[2 + e]
    return inside


@numba.njit(cache=True, error_model="numpy")
def _is_right(left: Array, sizes: Array, unknowns: IntArray, is_active: BoolArray) -> bool:
    """Tell whether rounding explains all that is left of the currents."""
    n_open = 0
    for u in unknowns:
        n_open += is_active[u] and not abs(left[u]) <= TIGHT * sizes[u] + NOTHING
    return n_open == 0


@numba.njit(cache=True, error_model="numpy")
def newton(
    v: Array,
    unknowns: IntArray,
    resistors: Resistors,
    transistors: Transistors,
    matrix: Matrix,
    is_active: BoolArray,
    is_cold: bool,
    most: int,
) -> bool:
    """Solve a sample; tell whether it is solved.

    Args:
        v: Voltages of all nodes, V: those that sources fix, and the unknowns at a start, which are
            overwritten.
        unknowns: Numbers of the nodes that no source fixes.
        resistors: See there.
        transistors: See there.
        matrix: See there.
        is_active: Nodes that move; the others are, and stay, where they balance.
        is_cold: The transistors begin without currents; else they were evaluated at `v`.
        most: Steps after which the sample is given up.
    """
    pattern, rows, columns = matrix
    first, second, _, numbers, ties, _, (inner, kept, _) = transistors
    n = len(unknowns)
    left, sizes, moved = np.empty(len(v)), np.empty(len(v)), np.zeros(len(v))
    lu, work, step = np.empty(len(pattern[1])), np.empty(n), np.empty(n)
    if is_cold:
        for k in range(len(first)):
            begin(k, v[first[k]], v[second[k]], numbers, ties, inner)
    for count in range(most):
        if count or is_cold:
            _evaluate(v, transistors, is_active)
        inside = _sum(v, resistors, transistors, left, sizes, lu)
        if inside <= NEAR and _is_right(left, sizes, unknowns, is_active):
            return True
        if not factor(lu, pattern, work):
            return False
        for i in range(n):
            step[i] = -left[rows[i]] if is_active[rows[i]] else 0.0
        substitute(lu, pattern, step)
        longest = 0.0
        for i in range(n):
            if not abs(step[i]) <= longest:
                longest = abs(step[i])
        if not longest < np.inf:
            return False
        share = 1.0 if longest <= LONGEST else LONGEST / longest
        for i in range(n):
            moved[columns[i]] = share * step[i]
        for i in range(n):
            v[columns[i]] += moved[columns[i]]
        for k in range(len(first)):
            h, t = first[k], second[k]
            if is_active[h] or is_active[t]:
                move(k, moved[h], moved[t], numbers[k, SIGN_OF], ties, inner, kept)
    return False
