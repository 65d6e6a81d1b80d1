"""Nodes that move no other, each one balanced by itself, in compiled code.

The transistors of one node fill blocks of their own, few enough to stay in the nearest caches until
the node balances: all nodes together would have to be fetched anew with every step.
"""

import numba
import numpy as np

from ebana_core.arrays import Array, BoolArray, IntArray
from ebana_core.backends.factors.kernel import at
from ebana_core.backends.native.singles.lanes import Places
from ebana_core.backends.native.singles.sums import Resistors, Transistors
from ebana_core.backends.native.solvers import branch_blocks as of
from ebana_core.backends.native.solvers.branch_kernel import evaluate
from ebana_core.backends.native.solvers.branch_steps import LONGEST, NEAR, TIGHT
from ebana_core.circuit.kirchhoff import NOTHING
from ebana_core.kernels import kernel

LEFT, SIZE, SLOPE, ASTRAY = range(4)
"""What leaves a node, A, what its rounding is relative to, A, its slope, S, and how far nodes
inside of transistors there may be from theirs, V."""


@kernel(error_model="numpy")
def balance_each(
    v: Array,
    unknowns: IntArray,
    resistors: Resistors,
    transistors: Transistors,
    places: Places,
    conducted: Array,
    is_reached: BoolArray,
    is_cold: bool,
    most: int,
) -> bool:
    """Solve a sample; tell whether every node balances.

    Args:
        v: Voltages of all nodes, V: those that sources fix, and the unknowns at a start, which are
            overwritten.
        unknowns: Numbers of the nodes that no source fixes.
        resistors: See there.
        transistors: See there.
        places: See there.
        conducted: What the transistors of each unknown conduct at `v`, unless they begin;
            overwritten. Shape ``(n_unknowns, 4)``.
        is_reached: Nodes that move; the others are, and stay, where they balance.
        is_cold: The transistors begin without currents; else they were evaluated at `v`.
        most: Steps after which the sample is given up.
    """
    sums = np.empty((4, of.LANES))
    for i in range(len(unknowns)):
        u = at(unknowns[i])
        if is_reached[u] and not _balances(
            i, v, unknowns[i], resistors, transistors, places, conducted[i], is_cold, most, sums
        ):
            return False
    return True


@numba.njit(error_model="numpy")
def _balances(
    i: int,
    v: Array,
    u: int,
    resistors: Resistors,
    transistors: Transistors,
    places: Places,
    own: Array,
    is_cold: bool,
    most: int,
    sums: Array,
) -> bool:
    """Bring one node to where it balances; tell whether it does, within so many steps."""
    for count in range(most):
        if is_cold or count:
            _conduct(i, v, u, count == 0, transistors, places, own, sums)
        left, size, slope = _with_resistors(v, u, resistors, places, own)
        if own[ASTRAY] <= NEAR and abs(left) <= TIGHT * size + NOTHING:
            # Then a point is stable.
            return slope > 0
        step = -left / slope
        if not abs(step) < np.inf:
            return False
        v[u] += min(max(step, -LONGEST), LONGEST)
    return False


@numba.njit(forceinline=True, error_model="numpy")
def _with_resistors(
    v: Array, u: int, resistors: Resistors, places: Places, own: Array
) -> tuple[float, float, float]:
    """Return what leaves a node, what its rounding is relative to, and its slope."""
    heads, tails, _, conductances = resistors
    _, _, at_ohmic, ohmic = places
    left, size, slope = own[LEFT], own[SIZE], own[SLOPE]
    for e in range(at_ohmic[u], at_ohmic[u + 1]):
        k = ohmic[e]
        other, g = heads[k] + tails[k] - u, conductances[k]
        if other != u:
            left += g * (v[u] - v[other])
            size += g * (abs(v[u]) + abs(v[other]))
            slope += g
    return left, size, slope


@numba.njit(error_model="numpy")
def _conduct(
    i: int,
    v: Array,
    u: int,
    is_first: bool,
    transistors: Transistors,
    places: Places,
    own: Array,
    sums: Array,
) -> None:
    """Evaluate the transistors of a node, and add up what they conduct."""
    first, second, _, numbers, gates, blocks = transistors
    blocks_of, (heads, tails), _, _ = places
    x = v[u]
    sums[:] = 0.0
    for b in range(blocks_of[i], blocks_of[i + 1]):
        block, lane = blocks[b], b * of.LANES
        if is_first:
            for k in range(of.LANES):
                block[of.TO_HEAD + k], block[of.TO_TAIL + k] = (
                    v[first[lane + k]],
                    v[second[lane + k]],
                )
                block[of.GATE + k] = gates[numbers[lane + k]]
        else:
            for k in range(of.LANES):
                head, tail = block[of.TO_HEAD + k], block[of.TO_TAIL + k]
                block[of.TO_HEAD + k] = x if heads[lane + k] > 0 else head
                block[of.TO_TAIL + k] = x if tails[lane + k] > 0 else tail
        evaluate(block, is_first)
        for k in range(of.LANES):
            h, t = heads[lane + k], tails[lane + k]
            sums[LEFT, k] += h * block[of.AT_HEAD + k] + t * block[of.AT_TAIL + k]
            sums[SIZE, k] += h * (block[of.SIZE_HEAD + k] + block[of.SPREAD_HEAD + k])
            sums[SIZE, k] += t * (block[of.SIZE_TAIL + k] + block[of.SPREAD_TAIL + k])
            sums[SLOPE, k] += h * (h * block[of.HEAD_BY_HEAD + k] + t * block[of.HEAD_BY_TAIL + k])
            sums[SLOPE, k] += t * (h * block[of.TAIL_BY_HEAD + k] + t * block[of.TAIL_BY_TAIL + k])
            sums[ASTRAY, k] = max(sums[ASTRAY, k], block[of.UNSETTLED + k])
    own[:] = 0.0
    for k in range(of.LANES):
        own[LEFT] += sums[LEFT, k]
        own[SIZE] += sums[SIZE, k]
        own[SLOPE] += sums[SLOPE, k]
        own[ASTRAY] = max(own[ASTRAY], sums[ASTRAY, k])
