"""Transistors that are branches, in compiled code, with what is inside of them eliminated.

The same law as `TransistorBranch`, written once more for loops. The nodes inside take part in
Newton's method of the circuit, and every device eliminates its own, so that a step is one
evaluation of each device. Voltages are those of an n channel: those of a p channel are negated.
"""

import math

import numba

from ebana_core.arrays import Array
from ebana_core.backends.native.solvers.junction_kernel import diffusion, limited
from ebana_core.circuit.elements import IntArray
from ebana_core.laws.tables import (
    ALONE,
    AT_DRAIN,
    AT_SOURCE,
    BODY_TIE,
    DRAIN_TIE,
    FLOATING,
    GMIN_OF,
    SHUNT_OF,
    SIGN_OF,
    SOURCE_TIE,
)

WEAK = 0.3
"""Forward voltage at which a search begins with a floating bulk at the most, V."""
N_KEPT = 10
"""What is kept of a device to step its nodes inside: their own steps (inner drain and source), four
steps per volt of the ends, and those of the bulk: its own, and per volt of inner drain, of inner
source and of what it is tied to."""


@numba.njit(cache=True, error_model="numpy")
def begin(k: int, head: float, tail: float, numbers: Array, ties: IntArray, inner: Array) -> None:
    """Write voltages inside of device k without any current; see `evaluate`."""
    sign = numbers[k, SIGN_OF]
    drain, source = sign * head, sign * tail
    inner[k, 0], inner[k, 1], inner[k, 2] = drain, source, 0.0
    if ties[k, 1] == AT_DRAIN:
        inner[k, 2] = drain
    elif ties[k, 1] == AT_SOURCE:
        inner[k, 2] = source
    elif ties[k, 1] == FLOATING:
        inner[k, 2] = min((drain + source) / 2, min(drain, source) + WEAK)
    inner[k, 3] = inner[k, 4] = 0.0


@numba.njit(cache=True, error_model="numpy")
def move(
    k: int, by_head: float, by_tail: float, sign: float, ties: IntArray, inner: Array, kept: Array
) -> None:
    """Step the nodes inside with the ends; return the longest step, V."""
    head, tail = sign * by_head, sign * by_tail
    drain = kept[k, 0] + kept[k, 2] * head + kept[k, 3] * tail
    source = kept[k, 1] + kept[k, 4] * head + kept[k, 5] * tail
    tied = head if ties[k, 1] == AT_DRAIN else (tail if ties[k, 1] == AT_SOURCE else 0.0)
    bulk = kept[k, 6] + kept[k, 7] * drain + kept[k, 8] * source + kept[k, 9] * tied
    inner[k, 0] += drain
    inner[k, 1] += source
    inner[k, 2] += bulk


@numba.njit(cache=True, error_model="numpy")
def evaluate(
    k: int,
    head: float,
    tail: float,
    gate: float,
    numbers: Array,
    ties: IntArray,
    inner: Array,
    kept: Array,
    found: Array,
) -> float:
    """Find what leaves the ends of a device, and how its nodes inside step.

    Args:
        k: Number of the device in all arrays.
        head: Voltage of the drain, V.
        tail: Of the source, V.
        gate: Against what it is referred to, V.
        numbers: See `laws.tables`.
        ties: Of the gate, and of the bulk.
        inner: Voltages inside, V, and those at which the junctions at source and drain were
            evaluated last; these are overwritten.
        kept: Overwritten; see there.
        found: Overwritten: currents at drain and source, A, their four slopes, S, the sums of
            their absolute terms, A, and what the threshold's rounding is relative to, A.

    Returns:
        How far the junctions are evaluated from where they stand, V.
    """
    # In one body, as is `add_transistors`: each number is in a register, whoever needs it next.
    sign, thermal, gmin, shunt = (
        numbers[k, SIGN_OF],
        numbers[k, 7],
        numbers[k, GMIN_OF],
        numbers[k, SHUNT_OF],
    )
    drain, source, zd, zs = sign * head, sign * tail, inner[k, 0], inner[k, 1]
    # A channel's end without a resistance is the end of the device.
    gd, gs, md, ms = numbers[k, DRAIN_TIE], numbers[k, SOURCE_TIE], 1.0, 1.0
    leak_d, leak_s = shunt, shunt
    if gd == 0.0:
        gd, md, zd, leak_d = 1.0, 0.0, drain, 0.0
    if gs == 0.0:
        gs, ms, zs, leak_s = 1.0, 0.0, source, 0.0
    gb = numbers[k, BODY_TIE]
    is_inside = gb > 0.0 or ties[k, 1] == FLOATING
    tied = drain if ties[k, 1] == AT_DRAIN else (source if ties[k, 1] == AT_SOURCE else 0.0)
    vb = inner[k, 2] if is_inside else tied
    vg = sign * gate
    if ties[k, 0] == AT_DRAIN:
        vg += drain
    elif ties[k, 0] == AT_SOURCE:
        vg += source
    # The channel, from inner drain to inner source.
    low = min(zd, zs)
    vds, vbs = abs(zd - zs), vb - low
    if vbs <= 0.0:
        shaped = math.sqrt(numbers[k, 4] - vbs)
        bent = 0.5 / shaped
    else:
        start = math.sqrt(numbers[k, 4])
        shaped = max(start - vbs / (2 * start), 0.0)
        bent = 0.5 / start if shaped > 0.0 else 0.0
    bend = numbers[k, 3] * shaped
    over = vg - low - numbers[k, 2] - bend
    flow, gm, by_high, mb = 0.0, 0.0, 0.0, 0.0
    if over > 0.0:
        longer = numbers[k, 0] * (1 + numbers[k, 1] * vds)
        reach = min(over, vds)
        inside = reach * (over - reach / 2)
        flow = longer * inside
        gm = longer * reach
        by_high = longer * (over - reach) + numbers[k, 0] * numbers[k, 1] * inside
        mb = gm * numbers[k, 3] * bent
    by_low = -(gm + by_high + mb)
    a, c = by_high, by_low
    if zd < zs:
        flow, gm, mb, a, c = -flow, -gm, -mb, -by_low, -by_high
    # The junctions, from the bulk to both; on tangents where these may not yet go so far.
    drop_s, drop_d = vb - zs, vb - zd
    held_s = limited(drop_s, inner[k, 3], numbers[k, 8], thermal)
    held_d = limited(drop_d, inner[k, 4], numbers[k, 9], thermal)
    astray = max(abs(held_s - drop_s), abs(held_d - drop_d))
    inner[k, 3], inner[k, 4] = held_s, held_d
    i_s, h_s = diffusion(held_s, numbers[k, 5], thermal, False)
    i_d, h_d = diffusion(held_d, numbers[k, 6], thermal, False)
    i_s += h_s * (drop_s - held_s) + gmin * drop_s
    i_d += h_d * (drop_d - held_d) + gmin * drop_d
    h_s += gmin
    h_d += gmin
    # Currents into the channel's ends, and their slopes by both, by the bulk and by the ends.
    f0, f1 = flow - i_d + leak_d * zd, -flow - i_s + leak_s * zs
    p00, p01, p10, p11 = a + h_d + leak_d, c, -a, h_s + leak_s - c
    q0, q1 = mb - h_d, -mb - h_s
    c00 = c01 = c10 = c11 = 0.0
    if ties[k, 0] == AT_DRAIN:
        c00, c10 = gm, -gm
    elif ties[k, 0] == AT_SOURCE:
        c01, c11 = gm, -gm
    size = abs(flow)
    size_d, size_s = size + abs(i_d), size + abs(i_s)
    kept[k, 6] = kept[k, 7] = kept[k, 8] = kept[k, 9] = 0.0
    if is_inside:
        weight = shunt + numbers[k, ALONE] + gb
        inverse = 1.0 / (h_d + h_s + weight)
        left = i_d + i_s + weight * vb - gb * tied
        kept[k, 6], kept[k, 7] = -left * inverse, h_d * inverse
        kept[k, 8], kept[k, 9] = h_s * inverse, gb * inverse
        f0 += q0 * kept[k, 6]
        f1 += q1 * kept[k, 6]
        p00 += q0 * kept[k, 7]
        p01 += q0 * kept[k, 8]
        p10 += q1 * kept[k, 7]
        p11 += q1 * kept[k, 8]
        q0 *= kept[k, 9]
        q1 *= kept[k, 9]
    if ties[k, 1] == AT_DRAIN:
        c00 += q0
        c10 += q1
    elif ties[k, 1] == AT_SOURCE:
        c01 += q0
        c11 += q1
    # What stands behind the resistances steps with the ends.
    m00, m01, m10, m11 = gd + md * p00, md * p01, ms * p10, gs + ms * p11
    inverse = 1.0 / (m00 * m11 - m01 * m10)
    r0, r1 = gd * (drain - zd) - md * f0, gs * (source - zs) - ms * f1
    z0 = (m11 * r0 - m01 * r1) * inverse
    z1 = (m00 * r1 - m10 * r0) * inverse
    r00, r01, r10, r11 = gd - md * c00, -md * c01, -ms * c10, gs - ms * c11
    z00, z01 = (m11 * r00 - m01 * r10) * inverse, (m11 * r01 - m01 * r11) * inverse
    z10, z11 = (m00 * r10 - m10 * r00) * inverse, (m00 * r11 - m10 * r01) * inverse
    kept[k, 0], kept[k, 1], kept[k, 2], kept[k, 3], kept[k, 4], kept[k, 5] = (
        z0,
        z1,
        z00,
        z01,
        z10,
        z11,
    )
    f0 += p00 * z0 + p01 * z1
    f1 += p10 * z0 + p11 * z1
    j00, j01 = c00 + p00 * z00 + p01 * z10, c01 + p00 * z01 + p01 * z11
    j10, j11 = c10 + p10 * z00 + p11 * z10, c11 + p10 * z01 + p11 * z11
    # What a tied bulk, or the shunt of a gate that is referred to an end, takes from there.
    if ties[k, 1] == AT_DRAIN or ties[k, 1] == AT_SOURCE:
        taken = i_d + i_s - h_d * z0 - h_s * z1
        by_d, by_s, own = -h_d * z00 - h_s * z10, -h_d * z01 - h_s * z11, h_d + h_s
        if is_inside:
            taken = gb * (tied - vb - kept[k, 6] - kept[k, 7] * z0 - kept[k, 8] * z1)
            by_d = -gb * (kept[k, 7] * z00 + kept[k, 8] * z10)
            by_s = -gb * (kept[k, 7] * z01 + kept[k, 8] * z11)
            own = gb * (1 - kept[k, 9])
        if ties[k, 1] == AT_DRAIN:
            f0 += taken
            j00 += by_d + own
            j01 += by_s
            size_d += abs(taken)
        else:
            f1 += taken
            j10 += by_d
            j11 += by_s + own
            size_s += abs(taken)
    if ties[k, 0] == AT_DRAIN:
        f0 += shunt * vg
        j00 += shunt
    elif ties[k, 0] == AT_SOURCE:
        f1 += shunt * vg
        j11 += shunt
    found[0], found[1] = sign * f0, sign * f1
    found[2], found[3], found[4], found[5] = j00, j01, j10, j11
    found[6], found[7] = size_d, size_s
    # Just above its threshold a gate has cancelled against what is far larger.
    found[8] = abs(gm) * (abs(vg) + abs(low) + abs(numbers[k, 2]) + abs(bend))
    return astray
