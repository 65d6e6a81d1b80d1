"""What is inside of transistors that are branches, eliminated: what remains for their ends.

The part of `branch_kernel` that follows the evaluation of channel and junctions.
"""

import numba

from ebana_core.arrays import Array
from ebana_core.backends.native.solvers import branch_blocks as at


@numba.njit(forceinline=True, error_model="numpy")
def tied_voltage(x: Array, k: int) -> float:
    """Return the voltage of what the bulk is tied to, V."""
    return x[at.BODY_AT_D + k] * x[at.HEAD + k] + x[at.BODY_AT_S + k] * x[at.TAIL + k]


@numba.njit(forceinline=True, error_model="numpy")
def gate_voltage(x: Array, k: int, is_plain: bool) -> float:
    """Return the voltage of the gate, V."""
    if is_plain:
        return x[at.SIGN + k] * x[at.GATE + k]
    held = x[at.GATE_AT_D + k] * x[at.HEAD + k] + x[at.GATE_AT_S + k] * x[at.TAIL + k]
    return x[at.SIGN + k] * x[at.GATE + k] + held


@numba.njit(forceinline=True, error_model="numpy")
def without_bulk(x: Array, k: int, is_plain: bool) -> None:
    """Find what leaves inner drain and source, where the bulk follows them."""
    h_d, h_s, i_d, i_s = (
        x[at.SLOPE_D + k],
        x[at.SLOPE_S + k],
        x[at.CURRENT_D + k],
        x[at.CURRENT_S + k],
    )
    flow, leak = x[at.FLOW + k], x[at.SHUNT + k]
    # By the bulk, if it stood still.
    by_d, by_s = x[at.BY_BULK + k] - h_d, -x[at.BY_BULK + k] - h_s
    leak_d, leak_s = leak * x[at.HAS_D + k], leak * x[at.HAS_S + k]
    x[at.SIZE_HEAD + k], x[at.SIZE_TAIL + k] = abs(flow) + abs(i_d), abs(flow) + abs(i_s)
    x[at.AT_HEAD + k] = flow - i_d + leak_d * x[at.DRAIN + k]
    x[at.AT_TAIL + k] = -flow - i_s + leak_s * x[at.SOURCE + k]
    x[at.D_BY_D + k] = x[at.BY_DRAIN + k] + h_d + leak_d
    x[at.D_BY_S + k] = x[at.BY_SOURCE + k]
    x[at.S_BY_D + k] = -x[at.BY_DRAIN + k]
    x[at.S_BY_S + k] = h_s + leak_s - x[at.BY_SOURCE + k]
    if is_plain:
        return
    weight = leak + x[at.ALONE + k] + x[at.TIE_B + k]
    is_inside = x[at.HAS_BULK + k]
    inverse = is_inside / (h_d + h_s + weight) if is_inside > 0 else 0.0
    left = i_d + i_s + weight * x[at.BULK + k] - x[at.TIE_B + k] * tied_voltage(x, k)
    step, follow_d, follow_s = -left * inverse, h_d * inverse, h_s * inverse
    x[at.STEP_B + k], x[at.B_BY_D + k], x[at.B_BY_S + k] = step, follow_d, follow_s
    x[at.B_BY_TIED + k] = x[at.TIE_B + k] * inverse
    x[at.AT_HEAD + k] += by_d * step
    x[at.AT_TAIL + k] += by_s * step
    x[at.D_BY_D + k] += by_d * follow_d
    x[at.D_BY_S + k] += by_d * follow_s
    x[at.S_BY_D + k] += by_s * follow_d
    x[at.S_BY_S + k] += by_s * follow_s
    share = x[at.B_BY_TIED + k] if is_inside > 0 else 1.0
    x[at.D_BY_B + k], x[at.S_BY_B + k] = by_d * share, by_s * share


@numba.njit(forceinline=True, error_model="numpy")
def without_inner(x: Array, k: int, is_plain: bool) -> None:
    """Find what leaves the ends, where inner drain and source follow them."""
    p00, p01, p10, p11 = x[at.D_BY_D + k], x[at.D_BY_S + k], x[at.S_BY_D + k], x[at.S_BY_S + k]
    f0, f1, gd, gs = x[at.AT_HEAD + k], x[at.AT_TAIL + k], x[at.TIE_D + k], x[at.TIE_S + k]
    md, ms = x[at.HAS_D + k], x[at.HAS_S + k]
    # By the ends, to which gate and bulk may be tied.
    c00 = c01 = c10 = c11 = 0.0
    if not is_plain:
        by_gate, body_d, body_s = x[at.BY_GATE + k], x[at.BODY_AT_D + k], x[at.BODY_AT_S + k]
        c00 = by_gate * x[at.GATE_AT_D + k] + x[at.D_BY_B + k] * body_d
        c01 = by_gate * x[at.GATE_AT_S + k] + x[at.D_BY_B + k] * body_s
        c10 = -by_gate * x[at.GATE_AT_D + k] + x[at.S_BY_B + k] * body_d
        c11 = -by_gate * x[at.GATE_AT_S + k] + x[at.S_BY_B + k] * body_s
    # What stands behind the resistances steps with the ends.
    m00, m01, m10, m11 = gd + md * p00, md * p01, ms * p10, gs + ms * p11
    inverse = 1.0 / (m00 * m11 - m01 * m10)
    r0 = gd * (x[at.HEAD + k] - x[at.DRAIN + k]) - md * f0
    r1 = gs * (x[at.TAIL + k] - x[at.SOURCE + k]) - ms * f1
    z0, z1 = (m11 * r0 - m01 * r1) * inverse, (m00 * r1 - m10 * r0) * inverse
    r00, r01, r10, r11 = gd - md * c00, -md * c01, -ms * c10, gs - ms * c11
    z00, z01 = (m11 * r00 - m01 * r10) * inverse, (m11 * r01 - m01 * r11) * inverse
    z10, z11 = (m00 * r10 - m10 * r00) * inverse, (m00 * r11 - m10 * r01) * inverse
    x[at.STEP_D + k], x[at.STEP_S + k] = z0, z1
    x[at.D_BY_HEAD + k], x[at.D_BY_TAIL + k], x[at.S_BY_HEAD + k], x[at.S_BY_TAIL + k] = (
        z00,
        z01,
        z10,
        z11,
    )
    x[at.AT_HEAD + k], x[at.AT_TAIL + k] = f0 + p00 * z0 + p01 * z1, f1 + p10 * z0 + p11 * z1
    # Behind a resistance counts what it carries, as in the law: channel and junction may cancel.
    x[at.SIZE_HEAD + k] = md * abs(x[at.AT_HEAD + k]) + (1 - md) * x[at.SIZE_HEAD + k]
    x[at.SIZE_TAIL + k] = ms * abs(x[at.AT_TAIL + k]) + (1 - ms) * x[at.SIZE_TAIL + k]
    x[at.HEAD_BY_HEAD + k] = c00 + p00 * z00 + p01 * z10
    x[at.HEAD_BY_TAIL + k] = c01 + p00 * z01 + p01 * z11
    x[at.TAIL_BY_HEAD + k] = c10 + p10 * z00 + p11 * z10
    x[at.TAIL_BY_TAIL + k] = c11 + p10 * z01 + p11 * z11


@numba.njit(forceinline=True, error_model="numpy")
def with_ties(x: Array, k: int) -> None:
    """Add what a tied bulk, and the shunt of a gate that is tied, take from the ends."""
    h_d, h_s, gb, leak = x[at.SLOPE_D + k], x[at.SLOPE_S + k], x[at.TIE_B + k], x[at.SHUNT + k]
    body_d, body_s = x[at.BODY_AT_D + k], x[at.BODY_AT_S + k]
    gate_d, gate_s = leak * x[at.GATE_AT_D + k], leak * x[at.GATE_AT_S + k]
    z0, z1 = x[at.STEP_D + k], x[at.STEP_S + k]
    is_inside = x[at.HAS_BULK + k] > 0
    # Through its resistance what is inside of it, or through the junctions itself.
    follow_d, follow_s = gb * x[at.B_BY_D + k], gb * x[at.B_BY_S + k]
    follow_d, follow_s = follow_d if is_inside else h_d, follow_s if is_inside else h_s
    through = gb * (tied_voltage(x, k) - x[at.BULK + k] - x[at.STEP_B + k])
    taken = through if is_inside else x[at.CURRENT_D + k] + x[at.CURRENT_S + k]
    taken -= follow_d * z0 + follow_s * z1
    by_d = -follow_d * x[at.D_BY_HEAD + k] - follow_s * x[at.S_BY_HEAD + k]
    by_s = -follow_d * x[at.D_BY_TAIL + k] - follow_s * x[at.S_BY_TAIL + k]
    own = gb * (1 - x[at.B_BY_TIED + k]) if is_inside else h_d + h_s
    gate = gate_voltage(x, k, False)
    x[at.AT_HEAD + k] += body_d * taken + gate_d * gate
    x[at.AT_TAIL + k] += body_s * taken + gate_s * gate
    x[at.HEAD_BY_HEAD + k] += body_d * (by_d + own) + gate_d
    x[at.HEAD_BY_TAIL + k] += body_d * by_s
    x[at.TAIL_BY_HEAD + k] += body_s * by_d
    x[at.TAIL_BY_TAIL + k] += body_s * (by_s + own) + gate_s
    x[at.SIZE_HEAD + k] += body_d * abs(taken)
    x[at.SIZE_TAIL + k] += body_s * abs(taken)


@numba.njit(forceinline=True, error_model="numpy")
def at_ends(x: Array, k: int, is_plain: bool) -> None:
    """Turn currents as of an n channel into those of the ends; find what rounding leaves of them.

    Args:
        x: The block.
        k: The lane.
        is_plain: See `branch_blocks.IS_PLAIN`.
    """
    x[at.AT_HEAD + k] *= x[at.SIGN + k]
    x[at.AT_TAIL + k] *= x[at.SIGN + k]
    head, tail = abs(x[at.HEAD + k]), abs(x[at.TAIL + k])
    by_head = abs(x[at.HEAD_BY_HEAD + k]) * head + abs(x[at.HEAD_BY_TAIL + k]) * tail
    by_tail = abs(x[at.TAIL_BY_HEAD + k]) * head + abs(x[at.TAIL_BY_TAIL + k]) * tail
    x[at.SPREAD_HEAD + k] = x[at.CANCELLED + k] + by_head
    x[at.SPREAD_TAIL + k] = x[at.CANCELLED + k] + by_tail
    longest = max(abs(x[at.STEP_D + k]), abs(x[at.STEP_S + k]))
    if not is_plain:
        longest = max(longest, abs(x[at.STEP_B + k]))
    x[at.UNSETTLED + k] = max(x[at.ASTRAY + k], longest)
