"""The current of a junction: the sum of its terms, bent by its knees.

Beside the current there are its slope, its integral and its exact change. A knee is the current
beyond which high injection lets it grow with half of the exponent.

All drops are those across the junction, V.

Source:
    ngspice 39, src/spicelib/devices/dio/dioload.c.
"""

from typing import Any

from ebana_core.arrays import Array, host, namespace
from ebana_core.laws.diode_numbers import DiodeTerms
from ebana_core.laws.law import PART_POINTS, PARTS

SMALLEST = 1e-18
"""Current up to which no knee bends it, A, as in ngspice."""


def diode_current(u: Array, terms: DiodeTerms) -> Array:
    """Return the current, A."""
    return _bent(u, _sum(u, terms), terms)[0] + terms.gmin * u


def diode_slope(u: Array, terms: DiodeTerms) -> Array:
    """Return the derivative of the current by the drop, S."""
    slope: Any = sum(term.slope(u) for term in terms.smooth)
    if terms.recombination is not None:
        slope = slope + terms.recombination.slope(u)
    if _is_straight(terms):
        return slope + terms.gmin
    _, root = _bent(u, _sum(u, terms), terms)
    return slope * (1 + root / 2) / (1 + root) ** 2 + terms.gmin


def diode_content(u: Array, terms: DiodeTerms) -> Array:
    """Return the integral of the current from 0, W."""
    stored = terms.gmin * u**2 / 2
    if _is_straight(terms) and terms.recombination is None:
        return stored + sum(term.content(u) for term in terms.smooth)
    xp = namespace(u)
    # The integrand is smooth between the drops where its terms begin.
    places = [xp.maximum(u, edge) for edge in _edges(u, terms)]
    start = 0 * u
    for place in (*places, u):
        stored = stored + _integral(start, place, terms)
        start = place
    return stored


def diode_change(u: Array, change: Array, terms: DiodeTerms) -> Array:
    """Return the difference of two currents without cancellation, A."""
    total: Any = sum(term.change(u, change) for term in terms.smooth)
    if terms.recombination is not None:
        total = total + terms.recombination.change(u, change)
    if _is_straight(terms):
        return total + terms.gmin * change
    xp, last = namespace(u), u + change
    first, root = _bent(u, _sum(u, terms), terms)
    second, end = _bent(last, _sum(last, terms), terms)
    same = ((root > 0) == (end > 0)) & ((u >= terms.edge) == (last >= terms.edge))
    both = root + end
    # h = x/(1 + s) with s the root of x over the knee: the change of h by that of x alone.
    share = root * end / xp.where(both > 0, both, 1.0)
    bent = total * (1 + share) / ((1 + root) * (1 + end))
    return xp.where(same, bent, second - first) + terms.gmin * change


def _sum(u: Array, terms: DiodeTerms) -> Array:
    """Return the sum of the terms, before the knees bend it, A."""
    total: Any = sum(term.current(u) for term in terms.smooth)
    return total if terms.recombination is None else total + terms.recombination.current(u)


def _is_straight(terms: DiodeTerms) -> bool:
    return terms.forward_knee is None and terms.reverse_knee is None


def _bent(u: Array, current: Array, terms: DiodeTerms) -> tuple[Array, Array]:
    """Return the current that the knees leave, A, and the root of its ratio to the knee current.

    The root is 0 where no knee bends the current.
    """
    if _is_straight(terms):
        return current, 0 * current
    xp = namespace(u)
    is_forward, knee = u >= terms.edge, 0 * current
    if terms.forward_knee is not None:
        over = is_forward & (current > SMALLEST)
        knee = xp.where(over, current / terms.forward_knee, knee)
    if terms.reverse_knee is not None:
        over = ~is_forward & (current < -SMALLEST)
        knee = xp.where(over, -current / terms.reverse_knee, knee)
    root = xp.sqrt(knee)
    return current / (1 + root), root


def _edges(u: Array, terms: DiodeTerms) -> list[Array]:
    """Return the drops at which a term begins or ends, the highest first, V."""
    edges = [item.edge for item in terms.diffusions]
    found = terms.diffusions[0].breakdown
    if found is not None:
        edges.append(namespace(u).minimum(-found.voltage, edges[0]))
    highest = sorted(edges, key=lambda edge: -float(host(edge).max()))
    return [edge + 0 * u for edge in highest]


def _integral(start: Array, end: Array, terms: DiodeTerms) -> Array:
    """Return the integral of the current without that of gmin between two drops, W."""
    total: Any = 0.0
    for part in range(PARTS):
        for point, weight in zip(*PART_POINTS, strict=True):
            place = start + (part + point) / PARTS * (end - start)
            total = total + weight * _bent(place, _sum(place, terms), terms)[0]
    return total * (end - start) / PARTS
