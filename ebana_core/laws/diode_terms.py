"""The terms of a junction's current, with their slopes, integrals and exact changes.

Every term takes the drop across the junction, V. Terms are frozen and hold the numbers of devices
at their temperature, which broadcast against the drops.

Source:
    ngspice 39, src/spicelib/devices/dio/dioload.c.
"""

import math
from typing import final

import attrs

from ebana_core.arrays import Array, namespace

EDGE = 3
"""The reverse law takes over where the drop is below -3a; a is the thermal voltage times N."""


@final
@attrs.frozen(eq=False)
class Breakdown:
    """The reverse breakdown of a junction: its voltage B, V, and the scale b of its exponent, V."""

    voltage: Array
    steepness: Array


@final
@attrs.frozen(eq=False)
class Diffusion:
    r"""The diffusion current over the junction's barrier, and the breakdown in reverse.

    Above :math:`-3a` it is :math:`I(e^{u/a} - 1)`, below it :math:`-I(1 + (3a/(e u))^3)`, and
    below the breakdown voltage -B it is :math:`-I e^{-(B+u)/b}`. The current steps where the
    breakdown begins: by a tiny part of I, or by more where B is below 3a.

    Args:
        saturation: I, A, above zero.
        voltage: a, V, above zero.
        breakdown: B and b; None: the junction never breaks down.
    """

    saturation: Array
    voltage: Array
    breakdown: Breakdown | None = None

    @property
    def edge(self) -> Array:
        """Drop at which the reverse law begins, V."""
        return -EDGE * self.voltage

    def current(self, u: Array) -> Array:
        """Return the current, A."""
        xp, edge = namespace(u), self.edge
        # Both laws are computed at every drop; held at the edge, the unused one stays finite.
        forward = self.saturation * xp.expm1(xp.maximum(u, edge) / self.voltage)
        third = EDGE * self.voltage / (math.e * xp.minimum(u, edge))
        tail = third * third * third  # a power would cost as much as all the rest
        result = xp.where(u >= edge, forward, -self.saturation * (1 + tail))
        if self.breakdown is None:
            return result
        beyond = -self.saturation * self._power(u, self.breakdown)
        return xp.where(u < self._end(u, self.breakdown), beyond, result)

    def slope(self, u: Array) -> Array:
        """Return the derivative of the current by the drop, S."""
        xp, edge = namespace(u), self.edge
        forward = self.saturation * xp.exp(xp.maximum(u, edge) / self.voltage) / self.voltage
        below = xp.minimum(u, edge)
        third = EDGE * self.voltage / (math.e * below)
        tail = EDGE * self.saturation * (third * third * third) / below
        result = xp.where(u >= edge, forward, tail)
        if self.breakdown is None:
            return result
        beyond = self.saturation * self._power(u, self.breakdown) / self.breakdown.steepness
        return xp.where(u < self._end(u, self.breakdown), beyond, result)

    def content(self, u: Array) -> Array:
        """Return the integral of the current from 0, W."""
        xp, edge = namespace(u), self.edge
        upper, lower = xp.maximum(u, edge), xp.minimum(u, edge)
        forward = self.saturation * (self.voltage * xp.expm1(upper / self.voltage) - upper)
        if self.breakdown is None:
            return forward + self._tail_content(lower)
        end, steepness = self._end(u, self.breakdown), self.breakdown.steepness
        risen = self._power(u, self.breakdown) - self._power(end, self.breakdown)
        beyond = self.saturation * steepness * risen
        return forward + self._tail_content(xp.maximum(lower, end)) + beyond

    def change(self, u: Array, change: Array) -> Array:
        """Return the difference of two currents region by region, so that nothing cancels."""
        xp, edge, last = namespace(u), self.edge, u + change
        forward = _within(u, change, edge, None)
        upper = xp.maximum(u, edge)
        total = self.saturation * xp.exp(upper / self.voltage) * xp.expm1(forward / self.voltage)
        if self.breakdown is None:
            lower, moved = xp.minimum(u, edge), _within(u, change, None, edge)
            return total + self._tail_change(lower, moved)
        end = self._end(u, self.breakdown)
        lower, moved = xp.maximum(xp.minimum(u, edge), end), _within(u, change, end, edge)
        total = total + self._tail_change(lower, moved)
        # Beyond the end: the exponential, and the step at it.
        moved = _within(u, change, None, end)
        beyond = xp.expm1(-moved / self.breakdown.steepness) * self._power(u, self.breakdown)
        step = self._before(end) + self.saturation * self._power(end, self.breakdown)
        crossed = xp.astype(last >= end, u.dtype) - xp.astype(u >= end, u.dtype)
        return total - self.saturation * beyond + crossed * step

    def _end(self, u: Array, breakdown: Breakdown) -> Array:
        """Return the drop at which the breakdown begins, V."""
        return namespace(u).minimum(-breakdown.voltage, self.edge) + 0 * u

    def _power(self, u: Array, breakdown: Breakdown) -> Array:
        """Return the exponential of the breakdown, held at its edge outside of its region.

        All regions are computed for all drops, so the unused one must not overflow.
        """
        xp = namespace(u)
        held = xp.minimum(u, self._end(u, breakdown))
        return xp.exp((-breakdown.voltage - held) / breakdown.steepness)

    def _before(self, end: Array) -> Array:
        """Return the current just above the drop where the breakdown begins, A."""
        tail = (EDGE * self.voltage / (math.e * end)) ** 3
        return -self.saturation * (1 + tail)

    def _tail_content(self, lower: Array) -> Array:
        edge = self.edge
        cubed = (EDGE * self.voltage / math.e) ** 3
        return -self.saturation * ((lower - edge) - cubed / 2 * (1 / lower**2 - 1 / edge**2))

    def _tail_change(self, lower: Array, moved: Array) -> Array:
        last, cubed = lower + moved, (EDGE * self.voltage / math.e) ** 3
        sum_of_squares = last**2 + last * lower + lower**2
        return self.saturation * cubed * moved * sum_of_squares / (lower * last) ** 3


@final
@attrs.frozen(eq=False)
class Recombination:
    r"""The current of recombination, :math:`I(e^{u/a} - 1)((1 - u/V)^2 + 0.005)^{m/2}`.

    It ends at `edge` with a step; below that drop it is zero.

    Args:
        saturation: I, A.
        voltage: a, V, above zero.
        potential: V, V, above zero.
        grading: m.
        edge: V.
    """

    saturation: Array
    voltage: Array
    potential: Array
    grading: Array
    edge: Array

    def current(self, u: Array) -> Array:
        """Return the current, A."""
        xp = namespace(u)
        held = xp.maximum(u, self.edge)
        return xp.where(u >= self.edge, self._rise(held) * self._factor(held), 0.0)

    def slope(self, u: Array) -> Array:
        """Return the derivative of the current by the drop, S.

        ngspice's own derivative lacks a factor. Newton's method then takes other steps, but ends at
        the same solution.
        """
        xp = namespace(u)
        held = xp.maximum(u, self.edge)
        depth = 1 - held / self.potential
        by_factor = -self.grading * depth / (self.potential * (depth**2 + 0.005))
        growth = self.saturation * xp.exp(held / self.voltage) / self.voltage
        slope = (growth + self._rise(held) * by_factor) * self._factor(held)
        return xp.where(u >= self.edge, slope, 0.0)

    def change(self, u: Array, change: Array) -> Array:
        """Return the difference of two currents without cancellation, A."""
        xp, last = namespace(u), u + change
        before, after = u >= self.edge, last >= self.edge
        start = xp.maximum(u, self.edge)
        moved = xp.where(before & after, change, 0.0)
        depth = 1 - start / self.potential
        wider = -moved / self.potential * (2 * depth - moved / self.potential)
        growth = xp.expm1(self.grading / 2 * xp.log1p(wider / (depth**2 + 0.005)))
        exponential = xp.exp(start / self.voltage) * xp.expm1(moved / self.voltage)
        # A product's change: the first factor's at the new second one, and the other way round.
        inner = self.saturation * exponential * (1 + growth) + self._rise(start) * growth
        inside = inner * self._factor(start)
        return xp.where(before & after, inside, self.current(last) - self.current(u))

    def _rise(self, u: Array) -> Array:
        return self.saturation * namespace(u).expm1(u / self.voltage)

    def _factor(self, u: Array) -> Array:
        return ((1 - u / self.potential) ** 2 + 0.005) ** (self.grading / 2)


@final
@attrs.frozen(eq=False)
class Tunnel:
    """The current that tunnels through the junction, ``-I*(exp(-u/a) - 1)``.

    Args:
        saturation: I, A.
        voltage: a, V, above zero.
    """

    saturation: Array
    voltage: Array

    def current(self, u: Array) -> Array:
        """Return the current, A."""
        return -self.saturation * namespace(u).expm1(-u / self.voltage)

    def slope(self, u: Array) -> Array:
        """Return the derivative of the current by the drop, S."""
        return self.saturation * namespace(u).exp(-u / self.voltage) / self.voltage

    def content(self, u: Array) -> Array:
        """Return the integral of the current from 0, W."""
        return self.saturation * (self.voltage * namespace(u).expm1(-u / self.voltage) + u)

    def change(self, u: Array, change: Array) -> Array:
        """Return the difference of two currents without cancellation, A."""
        xp = namespace(u)
        return -self.saturation * xp.exp(-u / self.voltage) * xp.expm1(-change / self.voltage)


def _within(u: Array, change: Array, low: Array | None, high: Array | None) -> Array:
    """Return the part of a change from u to ``u + change`` that lies between two drops, V.

    A change that lies there whole keeps every digit.
    """
    xp, start, end = namespace(u), u, u + change
    inside = u == u  # all of them
    if low is not None:
        inside = inside & (start >= low) & (end >= low)
        start, end = xp.maximum(start, low), xp.maximum(end, low)
    if high is not None:
        inside = inside & (u < high) & (u + change < high)
        start, end = xp.minimum(start, high), xp.minimum(end, high)
    return xp.where(inside, change, end - start)
