"""Gaps of Stanford cells after a time: what moves little in one formula, the rest step by step.

While a voltage stays, the velocity of a gap depends on the gap alone, smoothly, but for the
threshold of the field, where cells start and stop. Steps are controlled cell by cell, relative to
what the cell moves: a relative error of a step is one of its duration, which a runaway multiplies.
"""

import math
from typing import Any

import numpy as np

from ebana_core.arrays import Array
from ebana_core.errors import ParameterError
from ebana_memristor.filament import ARRAYS, NUMBERS, Drive, Filament, Motion

TOLERANCE = 1e-6
"""Largest error of a step, relative to what the gap moves in it."""
FLOOR = 1e-15
"""Error of a step that is rounding, relative to `g0`: cells may rest where they fluctuate about."""
LITTLE, SLIGHTLY = 2e-3, 5e-3
"""Of `g0`, and of the velocity: by how much they change in a step that one formula is enough for.
It takes the logarithm of the velocity as straight; its second derivative is below 3/g0² for
the published parameters, which leaves 2e-6 of the move."""
FARTHEST, STEEPEST = 0.5, 0.5
"""First guess of a step: of `g0`, and of the change of the velocity."""
MOST_STEPS = 20_000
HALVINGS = 60
"""Of an interval, to the last bit of a gap."""

Limits = tuple[float, float]


def moved_little(motion: Motion, duration: Any) -> Any:
    """Return by how much gaps move whose velocity is exponential in the gap, to fourth order."""
    z = motion.slope * duration
    return motion.velocity * duration * (1 + z * (1 / 2 + z * (1 / 3 + z / 4)))


def rosenbrock(filament: Filament, of: Any, gap: Any, drive: Drive, start: Motion, h: Any) -> Any:
    """Return by how much gaps move in a step, and the estimated error, m.

    Linearly implicit, A-stable, of fourth order, with an embedded one of third.

    Source:
        Shampine, Implementation of Rosenbrock methods, ACM TOMS 8(2), 1982 (its parameters;
        autonomous equations).
    """
    is_free, weight = start.is_free, 1 / (2 / h - start.slope)  # 1/(1/(gamma*h) - J), gamma = 1/2

    def velocity(at: Any) -> Any:
        return filament.motion(of, at, drive, is_free).velocity

    k1 = start.velocity * weight
    k2 = (velocity(gap + 2 * k1) - 8 * k1 / h) * weight
    third = velocity(gap + 48 / 25 * k1 + 6 / 25 * k2)
    k3 = (third + (372 / 25 * k1 + 12 / 5 * k2) / h) * weight
    k4 = (third + (-112 / 125 * k1 - 54 / 125 * k2 - 2 / 5 * k3) / h) * weight
    way = 19 / 9 * k1 + k2 / 2 + 25 / 108 * k3 + 125 / 108 * k4
    error = 17 / 54 * k1 + 7 / 36 * k2 + 125 / 108 * k4
    return way, abs(error)


def is_little(filament: Filament, motion: Motion, way: Any, duration: Any) -> Any:
    """Tell whether `moved_little` is right: little is moved, and no threshold is crossed."""
    crossed = (motion.margin + motion.margin_slope * way >= 0) != motion.is_free
    return (
        (abs(way) <= LITTLE * filament.g0)
        & (abs(motion.slope) * duration <= SLIGHTLY)
        & ((way == 0) | (crossed == False))  # noqa: E712 (arrays and numbers)
    )


def moved_cell(
    filament: Filament, gap: float, drive: Drive, duration: float, limits: Limits
) -> Any:
    """Return the gap of one cell after a time, m: what `moved_cells` does, for numbers."""
    motion = filament.motion(NUMBERS, gap, drive)
    way = moved_little(motion, duration)
    if is_little(filament, motion, way, duration):
        return min(max(gap + way, limits[0]), limits[1])
    left, step = duration, math.inf
    while left > 0:
        step = min(step, left, FARTHEST * filament.g0 / abs(motion.velocity))
        step = min(step, STEEPEST / abs(motion.slope)) if motion.slope else step
        way, error = rosenbrock(filament, NUMBERS, gap, drive, motion, step)
        most = TOLERANCE * abs(way) + FLOOR * filament.g0
        if error <= most:
            new = min(max(gap + way, limits[0]), limits[1])
            after = filament.motion(NUMBERS, new, drive)
            if after.is_free != motion.is_free:
                return float(moved_cells(filament, np.array([gap]), drive, left, limits)[0])
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
    is_free = filament.motion(ARRAYS, gap, drive).is_free
    step = np.full(len(gap), np.inf)
    for _ in range(MOST_STEPS):
        start = filament.motion(ARRAYS, gap, drive, is_free)
        step = np.minimum(_longest(filament, start, step), left)
        way, error = rosenbrock(filament, ARRAYS, gap, drive, start, step)
        most = TOLERANCE * np.abs(way) + FLOOR * filament.g0
        is_good = error <= most
        new = np.clip(gap + way, *limits)
        crossing = is_good & ((filament.margin(ARRAYS, new, drive) >= 0) != is_free)
        share = np.where(is_good, 1.0, 0.0)
        is_over = is_good & ((new == limits[0]) | (new == limits[1])) & (way != 0)
        if crossing.any():
            at = np.flatnonzero(crossing)
            some, moved = drive.at(at), new[at] - gap[at]
            new[at] = _threshold(filament, gap[at], new[at], some, is_free[at])
            share[at] = np.divide(new[at] - gap[at], moved, out=np.ones(len(at)), where=moved != 0)
            beyond = filament.motion(ARRAYS, new[at], some, ~is_free[at]).velocity
            goes_on = beyond * moved > 0
            is_free = is_free.copy()
            is_free[at] ^= goes_on
            is_over[at] = ~goes_on
        gap = np.where(is_good, new, gap)
        left = left - share * step
        with np.errstate(divide="ignore"):
            step = step * np.clip(0.9 * (most / error) ** 0.25, 0.2, 4.0)
        is_open = (left > 0) & ~is_over
        if not is_open.all():
            result[places] = gap
            if not is_open.any():
                return result
            places, gap, left = places[is_open], gap[is_open], left[is_open]
            step, is_free, drive = step[is_open], is_free[is_open], drive.at(is_open)
    raise ParameterError(
        f"A gap of {float(gap[0])!r} m needs more than {MOST_STEPS} steps within {duration!r} s.",
        "give a shorter duration, or a smaller voltage",
    )


def _threshold(filament: Filament, before: Array, after: Array, drive: Drive, was: Any) -> Array:
    """Return the gaps between two at which cells start or stop to move, on the side of `after`.

    Args:
        filament: What moves.
        before: Gaps on one side of the threshold, m.
        after: Gaps on the other side, m.
        drive: Of these cells.
        was: Whether they moved before.
    """
    near, far = before, after
    for _ in range(HALVINGS):
        middle = (near + far) / 2
        is_near = (filament.margin(ARRAYS, middle, drive) >= 0) == was
        near, far = np.where(is_near, middle, near), np.where(is_near, far, middle)
    return far
