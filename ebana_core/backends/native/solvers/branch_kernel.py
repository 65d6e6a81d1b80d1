"""Transistors that are branches, in compiled code, with what is inside of them eliminated.

The same law as `TransistorBranch`, written once more for blocks (`branch_blocks`). The nodes inside
take part in Newton's method of the circuit, and every device eliminates its own, so that a step is
one evaluation of each device. Voltages inside are those of an n channel: those of a p channel are
negated.

What a function does for one lane stands in it without branches, so that a loop over all lanes takes
several of them at once; junctions, which have branches, take one after the other.
"""

import math

import numba

from ebana_core.arrays import Array
from ebana_core.backends.native.solvers import branch_blocks as at
from ebana_core.backends.native.solvers.branch_inside import (
    at_ends,
    gate_voltage,
    tied_voltage,
    with_ties,
    without_bulk,
    without_inner,
)
from ebana_core.backends.native.solvers.branch_junctions import all_junctions, junctions
from ebana_core.kernels import kernel

WEAK = 0.3
"""Forward voltage at which a search begins with a floating bulk at the most, V."""


@numba.njit(forceinline=True, error_model="numpy")
def _begin(x: Array, k: int) -> None:
    """Write voltages inside without any current."""
    drain, source = x[at.SIGN + k] * x[at.TO_HEAD + k], x[at.SIGN + k] * x[at.TO_TAIL + k]
    x[at.HEAD + k], x[at.TAIL + k] = drain, source
    x[at.DRAIN + k], x[at.SOURCE + k] = drain, source
    # What floats is tied to nothing, and begins between both ends.
    floats = min((drain + source) / 2, min(drain, source) + WEAK)
    is_free = x[at.HAS_BULK + k] * (x[at.TIE_B + k] == 0.0) > 0
    bulk = floats if is_free else tied_voltage(x, k)
    x[at.BULK + k] = bulk
    # What blocks at the very start is evaluated where it stands, without an exponential.
    x[at.HELD_S + k] = 0.0 if is_free else min(bulk - source, 0.0)
    x[at.HELD_D + k] = 0.0 if is_free else min(bulk - drain, 0.0)


@numba.njit(forceinline=True, error_model="numpy")
def _move(x: Array, k: int, is_plain: bool) -> None:
    """Step the nodes inside with the ends."""
    head = x[at.SIGN + k] * x[at.TO_HEAD + k] - x[at.HEAD + k]
    tail = x[at.SIGN + k] * x[at.TO_TAIL + k] - x[at.TAIL + k]
    drain = x[at.STEP_D + k] + x[at.D_BY_HEAD + k] * head + x[at.D_BY_TAIL + k] * tail
    source = x[at.STEP_S + k] + x[at.S_BY_HEAD + k] * head + x[at.S_BY_TAIL + k] * tail
    x[at.HEAD + k] += head
    x[at.TAIL + k] += tail
    x[at.DRAIN + k] += drain
    x[at.SOURCE + k] += source
    if not is_plain:
        tied = x[at.BODY_AT_D + k] * head + x[at.BODY_AT_S + k] * tail
        bulk = x[at.STEP_B + k] + x[at.B_BY_TIED + k] * tied
        bulk += x[at.B_BY_D + k] * drain + x[at.B_BY_S + k] * source
        x[at.BULK + k] += bulk


@numba.njit(forceinline=True, error_model="numpy")
def _inside(x: Array, k: int, is_plain: bool) -> None:
    """Set nodes that are not inside: ends without a resistance, and a bulk that is tied."""
    # All are read before one is chosen, so that nothing branches.
    drain, source, head, tail = (
        x[at.DRAIN + k],
        x[at.SOURCE + k],
        x[at.HEAD + k],
        x[at.TAIL + k],
    )
    x[at.DRAIN + k] = drain if x[at.HAS_D + k] > 0 else head
    x[at.SOURCE + k] = source if x[at.HAS_S + k] > 0 else tail
    if not is_plain:
        bulk, tied = x[at.BULK + k], tied_voltage(x, k)
        x[at.BULK + k] = bulk if x[at.HAS_BULK + k] > 0 else tied


@numba.njit(forceinline=True, error_model="numpy")
def _channel(x: Array, k: int, is_plain: bool) -> None:
    """Find the current from inner drain to inner source, and what changes it."""
    drain, source, gate = x[at.DRAIN + k], x[at.SOURCE + k], gate_voltage(x, k, is_plain)
    low = min(drain, source)
    vds, vbs = abs(drain - source), x[at.BULK + k] - low
    root = math.sqrt(x[at.PHI + k] - min(vbs, 0.0))
    shaped = max(root - max(vbs, 0.0) / (2 * root), 0.0)
    bent = 0.5 / root if shaped > 0.0 else 0.0
    bend = x[at.GAMMA + k] * shaped
    over = max(gate - low - x[at.BUILT_IN + k] - bend, 0.0)
    longer = x[at.BETA + k] * (1 + x[at.MODULATION + k] * vds)
    reach = min(over, vds)
    area = reach * (over - reach / 2)
    by_gate = longer * reach
    by_high = longer * (over - reach) + x[at.BETA + k] * x[at.MODULATION + k] * area
    by_bulk = by_gate * x[at.GAMMA + k] * bent
    by_low = -(by_gate + by_high + by_bulk)
    # Just above its threshold a gate has cancelled against what is far larger.
    terms = abs(gate) + abs(low) + abs(x[at.BUILT_IN + k]) + abs(bend)
    x[at.CANCELLED + k] = by_gate * terms
    is_turned = drain < source
    sense = -1.0 if is_turned else 1.0
    x[at.FLOW + k] = sense * longer * area
    x[at.BY_GATE + k], x[at.BY_BULK + k] = sense * by_gate, sense * by_bulk
    x[at.BY_DRAIN + k] = -by_low if is_turned else by_high
    x[at.BY_SOURCE + k] = -by_high if is_turned else by_low


@numba.njit(forceinline=True, error_model="numpy")
def _follow(x: Array, is_plain: bool) -> None:
    """Bring what is inside of the transistors of a block to where their ends go."""
    for k in range(at.LANES):
        _move(x, k, is_plain)
        _inside(x, k, is_plain)


@numba.njit(forceinline=True, error_model="numpy")
def _eliminate(x: Array, is_plain: bool) -> None:
    """Find what the transistors of a block conduct, of which the junctions are evaluated."""
    for k in range(at.LANES):
        _channel(x, k, is_plain)
    for k in range(at.LANES):
        without_bulk(x, k, is_plain)
    for k in range(at.LANES):
        without_inner(x, k, is_plain)
    for k in range(at.LANES):
        if not is_plain:
            with_ties(x, k)
        at_ends(x, k, is_plain)


@kernel(error_model="numpy")
def evaluate(x: Array, is_first: bool) -> None:
    """Bring the transistors of a block to where their ends go, and evaluate them there.

    Args:
        x: The block; see `branch_blocks`.
        is_first: They begin without any current; else nodes inside step with the ends.
    """
    is_plain = x[at.IS_PLAIN] > 0
    if is_first:
        for k in range(at.LANES):
            _begin(x, k)
    elif is_plain:
        _follow(x, True)
    else:
        _follow(x, False)
    all_junctions(x)
    if is_plain:
        _eliminate(x, True)
    else:
        _eliminate(x, False)


@kernel(error_model="numpy")
def evaluate_one(x: Array, k: int) -> None:
    """Bring the transistor of one lane to where its ends go, and evaluate it; see `evaluate`."""
    is_plain = x[at.IS_PLAIN] > 0
    _move(x, k, is_plain)
    _inside(x, k, is_plain)
    junctions(x, k)
    _channel(x, k, is_plain)
    without_bulk(x, k, is_plain)
    without_inner(x, k, is_plain)
    if not is_plain:
        with_ties(x, k)
    at_ends(x, k, is_plain)
