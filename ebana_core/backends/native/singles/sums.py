"""What the branches of a network conduct, of one sample, in compiled code."""

from ebana_core.arrays import Array, BoolArray, IntArray
from ebana_core.backends.factors.kernel import at
from ebana_core.backends.native.solvers import branch_blocks as of
from ebana_core.backends.native.solvers.branch_kernel import evaluate
from ebana_core.kernels import kernel

Resistors = tuple[IntArray, IntArray, IntArray, Array]
"""Heads, tails, entries of the factors for both ends of each, ``(n, 4)``, and conductances, S."""
Transistors = tuple[IntArray, IntArray, IntArray, IntArray, Array, Array]
"""Of every lane heads, tails, entries likewise, and the number of its transistor (open ones have
that of another); voltages of the gates, V; and blocks (`branch_blocks`), whose state is
overwritten: a clamped phase goes on from the free one."""
FIRST, MOVED, KEPT = 0, 1, 2
"""Transistors begin without any current; step with their ends; or are as they were evaluated."""
Sums = tuple[Array, Array, Array, Array]
"""Of all nodes what leaves them, A, and what its rounding is relative to, A; slopes in the pattern
of the factors, S; and of all nodes how far those inside of the transistors there may be from
theirs, V."""


@kernel(error_model="numpy")
def add_up(
    mode: int,
    v: Array,
    resistors: Resistors,
    transistors: Transistors,
    is_active: BoolArray,
    sums: Sums,
) -> None:
    """Add up currents and slopes of all branches.

    Args:
        mode: `FIRST`, `MOVED` or `KEPT`.
        v: Of all nodes, V.
        resistors: See there.
        transistors: See there.
        is_active: Nodes that may have moved since the transistors were evaluated last.
        sums: Overwritten.
    """
    left, sizes, slopes, astray = sums
    left[:] = 0.0
    sizes[:] = 0.0
    slopes[:] = 0.0
    astray[:] = 0.0
    _add_resistors(v, resistors, sums)
    blocks = transistors[5]
    for b in range(len(blocks)):
        if mode != KEPT and _is_set(b, mode, v, transistors, is_active):
            evaluate(blocks[b], mode == FIRST)
        # A block is added while it is at hand: in large networks it would have to be fetched again.
        _add_block(b, transistors, sums)


@kernel(error_model="numpy")
def _add_resistors(v: Array, resistors: Resistors, sums: Sums) -> None:
    left, sizes, slopes, _ = sums
    heads, tails, entries, conductances = resistors
    for k in range(len(heads)):
        h, t, g = at(heads[k]), at(tails[k]), conductances[k]
        current, size = g * (v[h] - v[t]), g * (abs(v[h]) + abs(v[t]))
        left[h] += current
        left[t] -= current
        sizes[h] += size
        sizes[t] += size
        for e in range(4):
            if entries[k, e] >= 0:
                slopes[at(entries[k, e])] += g if e == 0 or e == 3 else -g


@kernel(error_model="numpy")
def _is_set(b: int, mode: int, v: Array, transistors: Transistors, is_active: BoolArray) -> bool:
    """Tell the transistors of a block where their ends go; say whether one may have moved."""
    first, second, _, numbers, gates, blocks = transistors
    block, is_moved = blocks[b], mode == FIRST
    for k in range(of.LANES):
        lane = at(b * of.LANES + k)
        head, tail = at(first[lane]), at(second[lane])
        block[of.TO_HEAD + k], block[of.TO_TAIL + k] = v[head], v[tail]
        is_moved |= is_active[head] | is_active[tail]
    if mode == FIRST:
        for k in range(of.LANES):
            block[of.GATE + k] = gates[at(numbers[at(b * of.LANES + k)])]
    return is_moved


@kernel(error_model="numpy")
def _add_block(b: int, transistors: Transistors, sums: Sums) -> None:
    """Add what the transistors of a block conduct."""
    first, second, places, _, _, blocks = transistors
    left, sizes, slopes, astray = sums
    own = blocks[b]
    for k in range(of.LANES):
        lane = at(b * of.LANES + k)
        h, t = at(first[lane]), at(second[lane])
        left[h] += own[of.AT_HEAD + k]
        left[t] += own[of.AT_TAIL + k]
        sizes[h] += own[of.SIZE_HEAD + k] + own[of.SPREAD_HEAD + k]
        sizes[t] += own[of.SIZE_TAIL + k] + own[of.SPREAD_TAIL + k]
        unsettled = own[of.UNSETTLED + k]
        astray[h], astray[t] = max(astray[h], unsettled), max(astray[t], unsettled)
        if places[lane, 0] >= 0:
            slopes[at(places[lane, 0])] += own[of.HEAD_BY_HEAD + k]
        if places[lane, 1] >= 0:
            slopes[at(places[lane, 1])] += own[of.HEAD_BY_TAIL + k]
        if places[lane, 2] >= 0:
            slopes[at(places[lane, 2])] += own[of.TAIL_BY_HEAD + k]
        if places[lane, 3] >= 0:
            slopes[at(places[lane, 3])] += own[of.TAIL_BY_TAIL + k]
