"""Gaps of Stanford cells after a time: small moves by one formula, the others step by step.

While a voltage stays, the velocity of a gap depends on the gap alone, smoothly, but for the
threshold of the field, where cells start and stop. Steps are controlled cell by cell, relative to
what the cell moves: a relative error of a step is one of its duration, which a runaway multiplies.
"""

import math
from typing import Any

import numpy as np

from ebana_core.arrays import Array, BoolArray
from ebana_core.errors import ParameterError
from ebana_memristor.filament import ARRAYS, NUMBERS, Drive, Filament, Functions, Motion

TOLERANCE = 1e-6
"""Largest error of a step, relative to what the gap moves in it."""
FLOOR = 1e-15
"""Error of a step that is rounding, relative to `g0`: cells may rest where they fluctuate about."""
LITTLE, SLIGHTLY = 2e-3, 5e-3
"""Largest change of the gap, in `g0`, and of the velocity, as a share, for which one formula is
enough. It takes the logarithm of the velocity as straight; its second derivative is below 3/g0² for
the published parameters, which leaves 2e-6 of the move."""
CHECK = 0.1
"""Weight of the second estimate of the error, which is larger but never vanishes by chance."""
FARTHEST, STEEPEST = 0.5, 0.5
"""First guess of a step, as a share of `g0` and of the change of the velocity."""
MOST_STEPS = 20_000
NEWTON, ROUNDING = 4, 4
"""Steps that find a threshold to rounding, and how many last bits that may be."""
HALVINGS = 60
"""Largest number of halvings of an interval, down to the last bit of a gap."""

Limits = tuple[float, float]


def moved_little(motion: Motion, duration: Any) -> tuple[Any, Any]:
    """Return the moves, m, of gaps whose velocity is exponential in the gap, and the exponents."""
    z = motion.slope * duration
    return motion.velocity * duration * (1 + z * (1 / 2 + z * (1 / 3))), z


def rosenbrock(filament: Filament, of: Any, gap: Any, drive: Drive, start: Motion, h: Any) -> Any:
    """Return the moves of gaps in a step, and their estimated errors, m.

    Linearly implicit, A-stable, of fourth order, with an embedded one of third.

    Source:
        Shampine, Implementation of Rosenbrock methods, ACM TOMS 8(2), 1982 (its parameters;
        autonomous equations).
    """
    is_free, weight = start.is_free, 1 / (2 / h - start.slope)  # 1/(1/(gamma*h) - J), gamma = 1/2

    def velocity(at: Any) -> Any:
        return filament.velocity(of, at, drive, is_free)

    k1 = start.velocity * weight
    k2 = (velocity(gap + 2 * k1) - 8 * k1 / h) * weight
    third = velocity(gap + 48 / 25 * k1 + 6 / 25 * k2)
    k3 = (third + (372 / 25 * k1 + 12 / 5 * k2) / h) * weight
    k4 = (third + (-112 / 125 * k1 - 54 / 125 * k2 - 2 / 5 * k3) / h) * weight
    way = 19 / 9 * k1 + k2 / 2 + 25 / 108 * k3 + 125 / 108 * k4
    error = 17 / 54 * k1 + 7 / 36 * k2 + 125 / 108 * k4
    return way, abs(error)


def is_little(
    of: Functions, filament: Filament, gap: Any, drive: Drive, motion: Motion, way: Any, z: Any
) -> Any:
    """Tell where `moved_little` is right: the move is small, and no threshold is crossed."""
    stays = (motion.margin + motion.margin_slope * way >= 0) == motion.is_free
    if drive.compliance != math.inf:
        before, after = (filament.is_limited(of, at, drive) for at in (gap, gap + way))
        stays = stays & (before == after)
    return (abs(way) <= LITTLE * filament.g0) & (abs(z) <= SLIGHTLY) & stays


def lateness(start: Motion, after: Motion, way: Any, h: Any) -> Any:
    """Return how far a gap is beside the place where the time of its way would bring it, m.

    The time is the integral of one over the velocity, by the trapezoidal rule with corrected ends.
    """
    first, last = 1 / start.velocity, 1 / after.velocity
    bend = after.slope * last * last - start.slope * first * first
    return abs((way / 2 * (first + last) + way * way / 12 * bend - h) * after.velocity)


def too_fast(gap: float) -> ParameterError:
    """Return the error for a gap, m, whose velocity is infinite or not a number."""
    return ParameterError(
        f"A gap of {gap!r} m moves faster than float64 can tell.",
        "give a smaller voltage, or parameters of a real cell",
    )


def moved_cell(
    filament: Filament, gap: float, drive: Drive, duration: float, limits: Limits
) -> Any:
    """Return the gap of one cell after a time, m: what `moved_cells` does, for numbers."""
    motion = filament.motion(NUMBERS, gap, drive)
    way, z = moved_little(motion, duration)
    if is_little(NUMBERS, filament, gap, drive, motion, way, z):
        return min(max(gap + way, limits[0]), limits[1])
    left, step = duration, math.inf
    while left > 0:
        step = min(step, left, FARTHEST * filament.g0 / abs(motion.velocity))
        step = min(step, STEEPEST / abs(motion.slope)) if motion.slope else step
        way, error = rosenbrock(filament, NUMBERS, gap, drive, motion, step)
        most = TOLERANCE * abs(way) + FLOOR * filament.g0
        new = min(max(gap + way, limits[0]), limits[1])
        after = filament.motion(NUMBERS, new, drive)
        if after.is_free != motion.is_free:
            return float(moved_cells(filament, np.array([gap]), drive, left, limits)[0])
        if new not in limits and motion.velocity and after.velocity:
            error = max(error, CHECK * lateness(motion, after, way, step))
        if error <= most:
            if new in limits:
                return new
            gap, motion, left = new, after, left - step
        step *= min(max(0.9 * (most / error) ** 0.25, 0.2), 4.0) if error else 4.0
    return gap


def _longest(filament: Filament, start: Motion, step: Array) -> Array:
    """Return steps, s, in which gaps and velocities do not change beyond what can be followed."""
    with np.errstate(divide="ignore"):
        by_way = FARTHEST * filament.g0 / np.abs(start.velocity)
        return np.minimum(step, np.minimum(by_way, STEEPEST / np.abs(start.slope)))


def moved_cells(
    filament: Filament, gap: Array, drive: Drive, duration: float, limits: Limits
) -> Array:
    """Return the gaps of some cells after a time, m, in steps that each divides as it needs.

    Raises:
        ParameterError: A velocity is not finite, or more steps are needed than are sensible.
    """
    result = np.empty_like(gap)
    places, left = np.arange(len(gap)), np.full(len(gap), duration)
    start, step = filament.motion(ARRAYS, gap, drive), np.full(len(gap), np.inf)
    is_finite = np.isfinite(start.velocity) & np.isfinite(start.slope)
    if not is_finite.all():
        raise too_fast(float(gap[~is_finite][0]))
    for _ in range(MOST_STEPS):
        step = np.minimum(_longest(filament, start, step), left)
        way, error = rosenbrock(filament, ARRAYS, gap, drive, start, step)
        new = np.clip(gap + way, *limits)
        is_at_limit = (new == limits[0]) | (new == limits[1])
        after = filament.motion(ARRAYS, new, drive, start.is_free)
        with np.errstate(divide="ignore", invalid="ignore"):
            late = lateness(start, after, way, step)
        np.fmax(error, CHECK * late, out=error, where=~is_at_limit & np.isfinite(late))
        error[~(np.isfinite(error) & np.isfinite(after.velocity))] = np.inf
        most = TOLERANCE * np.abs(way) + FLOOR * filament.g0
        is_good = error <= most
        is_over = is_good & is_at_limit & (way != 0)
        share = np.where(is_good, 1.0, 0.0)
        crossing = np.flatnonzero(is_good & ((after.margin >= 0) != start.is_free))
        if len(crossing):
            after = _crossed(filament, crossing, (gap, new, share, is_over), drive, start, after)
        gap, left = np.where(is_good, new, gap), left - share * step
        start = Motion(*(np.where(is_good, b, a) for a, b in zip(start, after, strict=True)))
        with np.errstate(divide="ignore"):
            step = step * np.clip(
                0.9 * np.nan_to_num(most / error, posinf=np.inf) ** 0.25, 0.2, 4.0
            )
        is_open = (left > 0) & ~is_over
        if not is_open.all():
            result[places] = gap
            if not is_open.any():
                return result
            open_ = np.flatnonzero(is_open)
            places, gap, left, step = places[open_], gap[open_], left[open_], step[open_]
            start, drive = Motion(*(item[open_] for item in start)), drive.at(open_)
    raise ParameterError(
        f"A gap of {float(gap[0])!r} m needs more than {MOST_STEPS} steps within {duration!r} s.",
        "give a shorter duration, or a smaller voltage",
    )


def _crossed(
    filament: Filament, at: Any, cells: Any, drive: Drive, start: Motion, after: Motion
) -> Motion:
    """Bring cells that crossed the threshold of the field back to it, and return their motion.

    Those that would come back from beyond it rest; noise may push others across it.

    Args:
        filament: What moves.
        at: Places of these cells.
        cells: Gaps of all cells before and after a step, m, shares of the step that count, and
            which cells are over: of these three the cells' own places are overwritten.
        drive: Of all cells.
        start: Motion of all cells before the step.
        after: After it.
    """
    gap, new, share, is_over = cells
    some, moved, was = drive.at(at), new[at] - gap[at], start.is_free[at]
    new[at] = _threshold(filament, gap[at], new[at], some, was)
    share[at] = np.divide(new[at] - gap[at], moved, out=np.ones(len(at)), where=moved != 0)
    beyond = filament.motion(ARRAYS, new[at], some, ~was)
    is_over[at] = ~(beyond.velocity * moved > 0)
    found = Motion(*(np.array(np.broadcast_to(item, gap.shape)) for item in after))
    for item, own in zip(found, beyond, strict=True):
        item[at] = own
    return found


def _threshold(filament: Filament, before: Array, after: Array, drive: Drive, was: Any) -> Array:
    """Return the gaps between two at which cells start or stop to move, on the side of `after`.

    Newton's steps find most of them to rounding; the last bits are found by halving.

    Args:
        filament: What moves.
        before: Gaps on one side of the threshold, m.
        after: Gaps on the other side, m.
        drive: Of these cells.
        was: Whether they moved before.
    """

    def is_near(gap: Array) -> BoolArray:
        return np.asarray((filament.margin(ARRAYS, gap, drive) >= 0) == was)

    near, far, guess = before, after, after
    for _ in range(NEWTON):
        motion = filament.motion(ARRAYS, guess, drive)
        with np.errstate(divide="ignore", invalid="ignore"):
            guess = guess - motion.margin / motion.margin_slope
        guess = np.clip(np.where(np.isfinite(guess), guess, after), *_sorted(near, far))
    for side in (-ROUNDING, ROUNDING):
        bound = np.clip(guess + side * np.spacing(guess), *_sorted(near, far))
        is_before = is_near(bound)
        near, far = np.where(is_before, bound, near), np.where(is_before, far, bound)
    for _ in range(HALVINGS):
        middle = (near + far) / 2
        is_open = (middle != near) & (middle != far)
        if not is_open.any():
            break
        is_before = is_near(middle)
        near, far = np.where(is_before, middle, near), np.where(is_before, far, middle)
    return far


def _sorted(one: Array, other: Array) -> tuple[Array, Array]:
    return np.minimum(one, other), np.maximum(one, other)
