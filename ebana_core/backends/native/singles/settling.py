"""Nodes that are far from their balance, each brought there by itself, in compiled code."""

from ebana_core.arrays import Array, BoolArray, IntArray
from ebana_core.backends.factors.kernel import FactorPattern
from ebana_core.backends.native.singles.sums import Resistors, Transistors
from ebana_core.backends.native.solvers import branch_blocks as at
from ebana_core.backends.native.solvers.branch_kernel import evaluate_one
from ebana_core.backends.native.solvers.branch_steps import LONGEST, NEAR
from ebana_core.kernels import kernel

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


@kernel(error_model="numpy")
def _settle(u: int, v: Array, resistors: Resistors, transistors: Transistors, near: Near) -> None:
    """Bring one node to where its own currents balance, with all others as they are."""
    heads, tails, _, conductances = resistors
    first, second, _, _, _, blocks = transistors
    at_ohmic, ohmic, at_devices, devices = near
    for _ in range(MOST_LOCAL):
        total = slope = 0.0
        for e in range(at_ohmic[u], at_ohmic[u + 1]):
            k = ohmic[e]
            total += conductances[k] * (2 * v[u] - v[heads[k]] - v[tails[k]])
            slope += conductances[k]
        for e in range(at_devices[u], at_devices[u + 1]):
            block, k = blocks[devices[e] // at.LANES], devices[e] % at.LANES
            is_head = first[devices[e]] == u
            total += block[at.AT_HEAD + k] if is_head else block[at.AT_TAIL + k]
            slope += block[at.HEAD_BY_HEAD + k] if is_head else block[at.TAIL_BY_TAIL + k]
        step = -total / slope
        if not abs(step) <= LONGEST or abs(step) <= NEAR:
            return
        v[u] += step
        for e in range(at_devices[u], at_devices[u + 1]):
            lane = devices[e]
            block, k = blocks[lane // at.LANES], lane % at.LANES
            block[at.TO_HEAD + k], block[at.TO_TAIL + k] = v[first[lane]], v[second[lane]]
            evaluate_one(block, k)


@kernel(error_model="numpy")
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
