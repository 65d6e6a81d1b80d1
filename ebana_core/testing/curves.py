"""Checks of a law's curve: it never falls and never jumps, and is what it claims to be."""

from collections.abc import Sequence

import numpy as np

from ebana_core.arrays import Array
from ebana_core.testing.asking import Device, ask

BEYOND = 5.0
"""Drops, relative to the examined ones, up to which a curve is followed where it is finite: solvers
pass through such drops on their way."""

HALVINGS = 17
"""Number of times that the distance between fine drops is halved; it ends below 1e-9 V."""

BENDS = 0.05
"""Fraction of the fine drops that may lie beside a knee of a piecewise-linear law."""


def check_monotone(device: Device) -> None:
    """The current never falls: a falling one allows several operating points.

    Raises:
        AssertionError: Quotes the steepest fall.
    """
    largest = np.abs(ask(device, "current", device.drops)).max()
    for reach in (1.0, BEYOND):
        drops, current = _finite(device, "current", reach)
        steps = np.diff(current)
        rounding = 1e-12 * np.maximum(np.abs(current[:-1]), np.abs(current[1:])) + 1e-13 * largest
        excess = steps + rounding
        worst = int(np.argmin(excess))
        assert excess[worst] >= 0, (
            f"current falls from {current[worst]:g} A to {current[worst + 1]:g} A between drops "
            f"{drops[worst]:g} V and {drops[worst + 1]:g} V; say may_fall = True if it must"
        )


def check_continuous(device: Device) -> None:
    """The current never jumps: there is no operating point within a jump.

    Raises:
        AssertionError: Quotes both sides of the largest jump, and the drop.
    """
    largest = np.abs(ask(device, "current", device.drops)).max()
    for reach in (1.0, BEYOND):
        drops, current = _finite(device, "current", reach)
        steps = np.abs(np.diff(current))
        low, high = _halved(device, drops[:-1], drops[1:])
        before, after = ask(device, "current", low), ask(device, "current", high)
        jumps = np.abs(after - before)
        rounding = 1e-8 * (np.abs(before) + np.abs(after)) + 1e-9 * largest
        is_jump = (jumps > 1e-3 * steps) & (jumps > rounding)
        worst = int(np.argmax(np.where(is_jump, jumps, 0)))
        assert not is_jump.any(), (
            f"current jumps from {before[worst]:g} A to {after[worst]:g} A at "
            f"{high[worst]:.9g} V; join the two parts, or rise steeply between them"
        )


def _finite(device: Device, method: str, reach: float) -> tuple[Array, Array]:
    drops = device.grid(reach=reach)
    found = ask(device, method, drops)
    keep = np.isfinite(found)
    return drops[keep], found[keep]


def _halved(device: Device, low: Array, high: Array) -> tuple[Array, Array]:
    """Halve all intervals together, keeping the half over which the current changes more."""
    before, after = ask(device, "current", low), ask(device, "current", high)
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        between = ask(device, "current", middle)
        is_first = np.abs(between - before) >= np.abs(after - between)
        low, before = np.where(is_first, low, middle), np.where(is_first, before, between)
        high, after = np.where(is_first, middle, high), np.where(is_first, between, after)
    return low, high


def check_claims(device: Device) -> None:
    """The law is ohmic, conducts always and is piecewise linear where it claims so."""
    if device.law.is_ohmic:
        check_ohmic(device)
    if device.law.always_conducts:
        check_conducts(device)
    if device.law.is_piecewise_linear:
        check_piecewise_linear(device)
    check_pieces(device)


def check_ohmic(device: Device) -> None:
    """The current is the value ``conductance`` times the drop: nobody asks the law itself for it.

    Raises:
        AssertionError: Names the values, or quotes a current.
    """
    assert "conductance" in device.values, (
        f"is_ohmic is True and the law's values are {sorted(device.values)}; "
        "name one 'conductance', or leave is_ohmic out"
    )
    drops = device.grid()
    current = ask(device, "current", drops)
    error = np.abs(device.numbers["conductance"] * drops - current)
    worst = int(np.argmax(error))
    assert error[worst] <= 1e-12 * np.abs(current).max(), (
        f"is_ohmic is True and current is {current[worst]:g} A at a drop of {drops[worst]:g} V; "
        "leave is_ohmic out"
    )


def check_conducts(device: Device) -> None:
    """The slope stays above zero.

    Raises:
        AssertionError: Quotes a slope that does not.
    """
    drops, slope = _finite(device, "slope", BEYOND)
    worst = int(np.argmin(slope))
    assert slope[worst] > 0, (
        f"always_conducts is True and slope is {slope[worst]:g} S at a drop of {drops[worst]:g} V;"
        " leave always_conducts out"
    )


def check_piecewise_linear(device: Device) -> None:
    """The slope changes at few drops.

    Raises:
        AssertionError: Quotes two neighbouring slopes.
    """
    drops, slope = device.grid(), ask(device, "slope", device.grid())
    bends = np.abs(np.diff(slope)) > 1e-9 * np.abs(slope).max()
    worst = int(np.argmax(np.abs(np.diff(slope))))
    assert bends.mean() <= BENDS, (
        f"is_piecewise_linear is True and slope goes on changing, from {slope[worst]:g} S at "
        f"{drops[worst]:g} V to {slope[worst + 1]:g} S at {drops[worst + 1]:g} V; leave "
        "is_piecewise_linear out"
    )


def check_pieces(device: Device) -> None:
    """The two straight lines of `pieces` are the current.

    Raises:
        AssertionError: Quotes current and line.
    """
    pieces = device.law.pieces(device.values)
    if pieces is None:
        return
    is_three = isinstance(pieces, Sequence) and len(pieces) == 3
    assert is_three, (
        f"pieces returns {pieces!r}; return the knee, the slope below it and the slope above"
    )
    knee, below, above = (np.asarray(piece, dtype=np.float64) for piece in pieces)
    assert (above >= below).all(), f"pieces has slope {below:g} S below and {above:g} S above"
    drops = device.grid()
    line = np.where(drops > knee, above, below) * (drops - knee)
    current = ask(device, "current", drops)
    error = np.abs(line - current)
    worst = int(np.argmax(error))
    assert error[worst] <= 1e-9 * np.abs(current).max(), (
        f"the lines of pieces carry {line[worst]:g} A and current is {current[worst]:g} A at a "
        f"drop of {drops[worst]:g} V"
    )
