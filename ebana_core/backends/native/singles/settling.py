"""Nodes that are far from their balance, each brought there by itself, in compiled code."""

import numba

from ebana_core.arrays import Array, BoolArray
from ebana_core.backends.factors.kernel import FactorPattern
from ebana_core.backends.native.solvers.branch_kernel import evaluate, move
from ebana_core.backends.native.solvers.branch_steps import LONGEST, NEAR
from ebana_core.circuit.elements import IntArray
from ebana_core.laws.tables import SIGN_OF

Resistors = tuple[IntArray, IntArray, IntArray, Array]
"""Heads, tails, entries of the factors for both ends of each, ``(n, 4)``, and conductances, S."""
State = tuple[Array, Array, Array]
"""What is overwritten of every transistor: voltages inside, ``(n, 5)``, and what steps these,
``(n, 10)``, see `evaluate`; and what it adds at its ends, ``(n, 10)``: what `evaluate` finds, and
how far its nodes inside may be from theirs, V. A clamped phase goes on from the free one."""
Transistors = tuple[IntArray, IntArray, IntArray, Array, IntArray, Array, State]
"""Heads, tails and entries likewise, numbers, ties, voltages of the gates, V, and their state."""
Matrix = tuple[FactorPattern, IntArray, IntArray]
"""Pattern of the factors, and the node of each pivot's row and column."""

Near = tuple[IntArray, IntArray, IntArray, IntArray]
"""The first resistor at each node and the end, resistors by node, and transistors likewise; empty:
nodes do not settle by themselves."""
MOST_LOCAL = 12
"""Steps in which one node settles."""
FAR, FEW = 0.1, 0.05
"""Share of the largest distance from which on a node settles by itself, and share of such nodes up
to which they do."""


@numba.njit(cache=True, error_model="numpy")
def _settle(u: int, v: Array, resistors: Resistors, transistors: Transistors, near: Near) -> None:
    """Bring one node to where its own currents balance, with all others as they are."""
    heads, tails, _, conductances = resistors
    first, second, _, numbers, ties, gates, (inner, kept, added) = transistors
    at_ohmic, ohmic, at_devices, devices = near
    for _ in range(MOST_LOCAL):
        total = slope = 0.0
        for e in range(at_ohmic[u], at_ohmic[u + 1]):
            k = ohmic[e]
            total += conductances[k] * (2 * v[u] - v[heads[k]] - v[tails[k]])
            slope += conductances[k]
        for e in range(at_devices[u], at_devices[u + 1]):
            k = devices[e]
            end = 0 if first[k] == u else 1
            total += added[k, end]
            slope += added[k, 2 + 3 * end]
        step = -total / slope
        if not abs(step) <= LONGEST or abs(step) <= NEAR:
            return
        v[u] += step
        for e in range(at_devices[u], at_devices[u + 1]):
            k = devices[e]
            h, t = first[k], second[k]
            by_head, by_tail = (step, 0.0) if h == u else (0.0, step)
            move(k, by_head, by_tail, numbers[k, SIGN_OF], ties, inner, kept)
            # As in `kernel._evaluate`: a function for both takes up to 12 % longer.
            astray = evaluate(k, v[h], v[t], gates[k], numbers, ties, inner, kept, added[k])
            moved = max(abs(kept[k, 0]), max(abs(kept[k, 1]), abs(kept[k, 6])))
            added[k, 9] = max(astray, moved)


@numba.njit(cache=True, error_model="numpy")
def settle_few(
    v: Array,
    left: Array,
    slopes: Array,
    matrix: Matrix,
    is_active: BoolArray,
    resistors: Resistors,
    transistors: Transistors,
    near: Near,
) -> int:
    """Settle nodes that are much farther from their balance than most; return how many there are.

    A node behind channels that are all but off halves its distance with each step of Newton's
    method, and hardly moves others: its own equation is cheap.
    """
    pattern, rows, _ = matrix
    n, most = len(rows), 0.0
    for i in range(n):
        own = abs(left[rows[i]] / slopes[pattern[2][i]])
        if is_active[rows[i]] and own > most:
            most = own
    if not most > NEAR:
        return 0
    n_far = 0
    for i in range(n):
        n_far += is_active[rows[i]] and abs(left[rows[i]]) > FAR * most * abs(slopes[pattern[2][i]])
    if n_far > FEW * n:
        return 0
    for i in range(n):
        u = rows[i]
        if is_active[u] and abs(left[u]) > FAR * most * abs(slopes[pattern[2][i]]):
            _settle(u, v, resistors, transistors, near)
    return n_far
