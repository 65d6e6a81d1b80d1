"""The drop across a junction behind its series resistance."""

import numpy as np

from ebana_core.arrays import Array, anywhere, namespace
from ebana_core.laws.diode_numbers import DiodeTerms
from ebana_core.laws.diode_sums import diode_change, diode_current, diode_slope
from ebana_core.laws.roots import bounded_root

LONG = 0.5
"""Largest change of the drop, in units of a, that is solved as a change; beyond it the drop at the
other end is solved anew."""


def inner_drop(terms: DiodeTerms, drop: Array) -> Array:
    """Return the drop across the junction, V: ``u + R*i(u) = drop``.

    The current i(u) has the sign of u, so u has the sign of the whole drop and is no larger.
    """
    resistance = terms.resistance
    if not anywhere(resistance != 0):
        return drop
    xp = namespace(drop)

    def missing(u: Array) -> tuple[Array, Array, Array]:
        lost = resistance * diode_current(u, terms)
        size = abs(u) + abs(lost) + abs(drop)
        return u + lost - drop, 1 + resistance * diode_slope(u, terms), size

    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        high = _highest(terms, drop)
        low = _lowest(terms, drop)
        # The bound on the side of the drop is close to the root where the junction conducts.
        return bounded_root(missing, xp.where(drop > 0, high, low), low, high)


def inner_change(terms: DiodeTerms, inner: Array, drop: Array, change: Array) -> Array:
    """Return how much the drop across the junction changes when the whole drop does, V."""
    resistance = terms.resistance
    if not anywhere(resistance != 0):
        return change
    xp = namespace(drop)

    def missing(moved: Array) -> tuple[Array, Array, Array]:
        lost = resistance * diode_change(inner, moved, terms)
        size = abs(moved) + abs(lost) + abs(change)
        slope = 1 + resistance * diode_slope(inner + moved, terms)
        return moved + lost - change, slope, size

    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        start = change / (1 + resistance * diode_slope(inner, terms))
        is_long = abs(start) > LONG * terms.diffusions[0].voltage
        if anywhere(is_long):
            start = xp.where(is_long, inner_drop(terms, drop + change) - inner, start)
        low, high = xp.minimum(change, 0 * change), xp.maximum(change, 0 * change)
        return bounded_root(missing, xp.minimum(xp.maximum(start, low), high), low, high)


def series_current(terms: DiodeTerms, inner: Array, drop: Array) -> Array:
    """Return the current of a junction and its series resistance, A.

    A steep junction gives it few digits: at a breakdown of 1 kV, or at amperes, the last digit of
    `inner` stands for 1e-10 of the current and more. There the current follows with more digits
    from the drop across the resistance, divided by it.

    Args:
        terms: The junction's.
        inner: Drop across the junction, as `inner_drop` finds it, V.
        drop: Of both, V.
    """
    return _better(terms, inner, diode_current(inner, terms), drop - inner)


def series_change(terms: DiodeTerms, inner: Array, moved: Array, change: Array) -> Array:
    """Return the change of the current of a junction and its series resistance, A.

    Args:
        terms: The junction's.
        inner: Drop across the junction before, V.
        moved: Its change, as `inner_change` finds it, V.
        change: Of the drop of both, V.
    """
    return _better(terms, inner + moved, diode_change(inner, moved, terms), change - moved)


def _better(terms: DiodeTerms, inner: Array, own: Array, rest: Array) -> Array:
    """Return the current by the junction's law, or by the resistance where that has more digits."""
    resistance = terms.resistance
    if not anywhere(resistance != 0):
        return own
    xp = namespace(inner)
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        is_steep = resistance * diode_slope(inner, terms) > 1
        return xp.where(is_steep, rest / xp.where(is_steep, resistance, 1.0 + 0 * own), own)


def _highest(terms: DiodeTerms, drop: Array) -> Array:
    """Return an upper bound of the drop across the junction, near the drop if it conducts, V."""
    xp, junction = namespace(drop), terms.diffusions[0]
    current = _before_knee(xp.maximum(drop, 0 * drop) / terms.resistance, terms.forward_knee)
    bound = junction.voltage * xp.log1p(current / junction.saturation)
    return xp.where(drop > 0, xp.minimum(drop, bound), 0 * drop)


def _lowest(terms: DiodeTerms, drop: Array) -> Array:
    """Return the lower bound likewise: a breakdown or a tunnel current holds reverse drops, V."""
    xp, junction = namespace(drop), terms.diffusions[0]
    current = _before_knee(xp.maximum(-drop, 0 * drop) / terms.resistance, terms.reverse_knee)
    bound = xp.minimum(drop, 0 * drop)
    if junction.breakdown is not None:
        ratio = xp.maximum(current / junction.saturation, 1 + 0 * drop)
        held = -junction.breakdown.voltage - junction.breakdown.steepness * xp.log(ratio)
        bound = xp.maximum(bound, xp.minimum(held, junction.edge))
    for tunnel in terms.tunnels:
        bound = xp.maximum(bound, -tunnel.voltage * xp.log1p(current / tunnel.saturation))
    return bound


def _before_knee(current: Array, knee: float | None) -> Array:
    """Return the current, A, that its knee reduces to the given one."""
    if knee is None:
        return current
    # Solves x/(1 + s) = current for x, with s the root of x over the knee; see diode_sums.
    part = current / knee
    return knee * ((part + (part**2 + 4 * part) ** 0.5) / 2) ** 2
