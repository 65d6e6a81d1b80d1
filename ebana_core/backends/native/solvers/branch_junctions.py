"""The junctions of transistors that are branches, in blocks; see `branch_kernel`."""

import numba

from ebana_core.arrays import Array
from ebana_core.backends.native.solvers import branch_blocks as at
from ebana_core.backends.native.solvers.junction_kernel import (
    flat_diffusion,
    is_saturated,
    limited,
    lowest,
)


@numba.njit(forceinline=True, error_model="numpy")
def _is_far(x: Array, k: int) -> bool:
    """Tell whether a junction wants to go farther up than its exponential lets it."""
    drop_s, drop_d = x[at.BULK + k] - x[at.SOURCE + k], x[at.BULK + k] - x[at.DRAIN + k]
    rise_s, rise_d = abs(drop_s - x[at.HELD_S + k]), abs(drop_d - x[at.HELD_D + k])
    room = 2 * x[at.THERMAL + k]
    return ((drop_s > x[at.CRITICAL_S + k]) & (rise_s > room)) | (
        (drop_d > x[at.CRITICAL_D + k]) & (rise_d > room)
    )


@numba.njit(error_model="numpy")
def _hold_far(x: Array, k: int) -> None:
    """Find where the junctions are evaluated; see `limited`."""
    thermal, source, drain = x[at.THERMAL + k], x[at.SOURCE + k], x[at.DRAIN + k]
    x[at.HELD_S + k] = limited(
        x[at.BULK + k] - source, x[at.HELD_S + k], x[at.CRITICAL_S + k], thermal
    )
    x[at.HELD_D + k] = limited(
        x[at.BULK + k] - drain, x[at.HELD_D + k], x[at.CRITICAL_D + k], thermal
    )


@numba.njit(forceinline=True, error_model="numpy")
def _hold(x: Array, k: int) -> None:
    """As `_hold_far`, where no junction is far."""
    drop_s, drop_d = x[at.BULK + k] - x[at.SOURCE + k], x[at.BULK + k] - x[at.DRAIN + k]
    x[at.HELD_S + k] = max(drop_s, lowest(x[at.HELD_S + k]))
    x[at.HELD_D + k] = max(drop_d, lowest(x[at.HELD_D + k]))


@numba.njit(error_model="numpy")
def _hold_all(x: Array) -> None:
    """Find where all junctions are evaluated."""
    n_far = 0
    for k in range(at.LANES):
        n_far += _is_far(x, k)
    if n_far:
        for k in range(at.LANES):
            _hold_far(x, k)
    else:
        for k in range(at.LANES):
            _hold(x, k)


@numba.njit(forceinline=True, error_model="numpy")
def _astray(x: Array, k: int) -> None:
    """Find how far junctions are evaluated from where they stand."""
    source = abs(x[at.HELD_S + k] - (x[at.BULK + k] - x[at.SOURCE + k]))
    drain = abs(x[at.HELD_D + k] - (x[at.BULK + k] - x[at.DRAIN + k]))
    x[at.ASTRAY + k] = max(source, drain)


@numba.njit(forceinline=True, error_model="numpy")
def _conduct(x: Array, k: int, is_drain: bool, is_shut: bool) -> None:
    """Find the current from the bulk to one end, on a tangent where it may not yet go so far.

    Args:
        x: The block.
        k: The lane.
        is_drain: It is the end at the drain.
        is_shut: No exponential is needed, for only the saturation current flows.
    """
    end, held = (at.DRAIN, at.HELD_D) if is_drain else (at.SOURCE, at.HELD_S)
    current, slope = (at.CURRENT_D, at.SLOPE_D) if is_drain else (at.CURRENT_S, at.SLOPE_S)
    saturation = x[(at.SATURATION_D if is_drain else at.SATURATION_S) + k]
    drop = x[at.BULK + k] - x[end + k]
    flow, rise = -saturation, 0.0
    if not is_shut:
        flow, rise = flat_diffusion(x[held + k], saturation, x[at.THERMAL + k])
    x[current + k] = flow + rise * (drop - x[held + k]) + x[at.GMIN + k] * drop
    x[slope + k] = rise + x[at.GMIN + k]


@numba.njit(forceinline=True, error_model="numpy")
def _conduct_all(x: Array, is_drain: bool) -> None:
    """Find the currents from all bulks to one end."""
    held, saturation = at.HELD_S, at.SATURATION_S
    if is_drain:
        held, saturation = at.HELD_D, at.SATURATION_D
    n_open = 0
    for k in range(at.LANES):
        is_shut = is_saturated(x[held + k], x[at.THERMAL + k])
        n_open += (not is_shut) & (x[saturation + k] > 0)
    if n_open:
        for k in range(at.LANES):
            _conduct(x, k, is_drain, False)
    else:
        for k in range(at.LANES):
            _conduct(x, k, is_drain, True)


@numba.njit(error_model="numpy")
def all_junctions(x: Array) -> None:
    """Find the currents from the bulks to both ends, of a block."""
    _hold_all(x)
    for k in range(at.LANES):
        _astray(x, k)
    _conduct_all(x, False)
    _conduct_all(x, True)


@numba.njit(error_model="numpy")
def junctions(x: Array, k: int) -> None:
    """Find the currents from one bulk to both ends."""
    _hold_far(x, k)
    _astray(x, k)
    _conduct(x, k, False, False)
    _conduct(x, k, True, False)
