"""Transistors that are branches in blocks, of which a processor takes several at once.

A block is a row of numbers. Those of one kind stand side by side, one of each transistor (of each
lane), so that loops over the lanes of a block become instructions on several numbers.
"""

import numpy as np

from ebana_core.arrays import Array, IntArray
from ebana_core.laws.tables import (
    AT_DRAIN,
    AT_SOURCE,
    BODY_TIE,
    BRANCH_NUMBERS,
    DRAIN_TIE,
    FLOATING,
    SOURCE_TIE,
)

LANES = 32
"""Transistors of a block. A constant: compilers then see that kinds of numbers do not overlap."""
_ENDS = LANES * np.cumsum([0, BRANCH_NUMBERS, 8, 9, 11, 10, 6, 11])
IS_PLAIN = int(_ENDS[-1])
"""Where a block says, as 0 or 1, that no gate, bulk or body of its transistors is tied to an end or
floats: much of what follows is zero then, and is not computed."""
WIDTH = IS_PLAIN + 1
"""Numbers of a block."""


def _part(number: int) -> range:
    return range(int(_ENDS[number]), int(_ENDS[number + 1]), LANES)


BETA, MODULATION, BUILT_IN, GAMMA, PHI, *_rest = _part(0)
SATURATION_S, SATURATION_D, THERMAL, CRITICAL_S, CRITICAL_D, SIGN, GMIN, *_rest = _rest
TIE_D, TIE_S, TIE_B, SHUNT, ALONE = _rest
"""Where the numbers of `laws.tables` begin, in their order; ties that are not there are 1 S."""
GATE, GATE_AT_D, GATE_AT_S, BODY_AT_D, BODY_AT_S, HAS_D, HAS_S, HAS_BULK = _part(1)
"""The gate, V; and, as 0 or 1, whether gate and bulk are tied to an end, and whether there are
resistances at drain and source, and a bulk inside."""
TO_HEAD, TO_TAIL, HEAD, TAIL, DRAIN, SOURCE, BULK, HELD_S, HELD_D = _part(2)
"""Where the ends go, V. Then voltages as of an n channel, V: of the ends, of the nodes inside, and
those at which the junctions were evaluated last."""
CURRENT_S, CURRENT_D, SLOPE_S, SLOPE_D, ASTRAY, FLOW, *_rest = _part(3)
BY_GATE, BY_DRAIN, BY_SOURCE, BY_BULK, CANCELLED = _rest
"""Of the junctions: currents, A, slopes, S, and how far they are evaluated from where they stand,
V. Of the channel: its current, A, what changes it, S, and what cancelled in it, A; see
`TerminalState`."""
STEP_D, STEP_S, D_BY_HEAD, D_BY_TAIL, S_BY_HEAD, S_BY_TAIL, STEP_B, *_rest = _part(4)
B_BY_D, B_BY_S, B_BY_TIED = _rest
"""How nodes inside step: by themselves, V, per volt of the ends, and the bulk per volt of the inner
drain, of the inner source, and of what it is tied to."""
D_BY_D, D_BY_S, S_BY_D, S_BY_S, D_BY_B, S_BY_B = _part(5)
"""What leaves inner drain and source per volt of both, and of what the bulk is tied to, S."""
AT_HEAD, AT_TAIL, HEAD_BY_HEAD, HEAD_BY_TAIL, TAIL_BY_HEAD, TAIL_BY_TAIL, *_rest = _part(6)
SIZE_HEAD, SIZE_TAIL, SPREAD_HEAD, SPREAD_TAIL, UNSETTLED = _rest
"""What leaves the ends, A, and its slopes, S; the sum of its terms, A; what else its rounding is
relative to, A; and how far nodes inside may be from theirs, V."""


def in_blocks(numbers: Array, ties: IntArray, places: IntArray) -> Array:
    """Return transistors in blocks, ``(n_blocks, WIDTH)``, without their gates.

    Args:
        numbers: See `laws.tables.BranchTable`.
        ties: Likewise.
        places: Of each transistor among the lanes of all blocks. Other lanes are open.
    """
    n_blocks = -(-(int(places.max(initial=-1)) + 1) // LANES)
    found = np.zeros((n_blocks, WIDTH))
    of_block, lane = places // LANES, places % LANES
    found[:, PHI : PHI + LANES] = found[:, THERMAL : THERMAL + LANES] = 1.0
    found[:, SIGN : SIGN + LANES] = 1.0
    for column in range(BRANCH_NUMBERS):
        found[of_block, column * LANES + lane] = numbers[:, column]
    gate, body = ties.T
    for first, holds in (
        (GATE_AT_D, gate == AT_DRAIN),
        (GATE_AT_S, gate == AT_SOURCE),
        (BODY_AT_D, body == AT_DRAIN),
        (BODY_AT_S, body == AT_SOURCE),
        (HAS_D, numbers[:, DRAIN_TIE] > 0),
        (HAS_S, numbers[:, SOURCE_TIE] > 0),
        (HAS_BULK, (numbers[:, BODY_TIE] > 0) | (body == FLOATING)),
    ):
        found[of_block, first + lane] = holds
    for tie, has in ((TIE_D, HAS_D), (TIE_S, HAS_S)):
        found[:, tie : tie + LANES] += 1.0 - found[:, has : has + LANES]
    tied = [GATE_AT_D, GATE_AT_S, BODY_AT_D, BODY_AT_S, HAS_BULK]
    found[:, IS_PLAIN] = ~np.any([found[:, own : own + LANES].any(axis=1) for own in tied], axis=0)
    return found


def set_gates(blocks: Array, places: IntArray, gates: Array) -> None:
    """Write the gates of transistors, V; see `in_blocks`."""
    blocks[places // LANES, GATE + places % LANES] = gates
