"""Slopes and changes of a current that has no formula for them, with nearly all digits.

Around a drop the current is replaced by the polynomial through seven points. It depends on the
drop alone, so that its changes are smooth down to the smallest ones, where differences of two
rounded currents would be noise.
"""

from collections.abc import Callable
from itertools import pairwise

import attrs

from ebana_core.arrays import Array, BoolArray, epsilon, everywhere, namespace

Curve = Callable[[Array], Array]
"""Drops, V, to currents, A, or slopes, S."""

STEPS = (2.0**-10, 2.0**-14, 2.0**-18, 2.0**-6, 2.0**-22)
"""Distances of the seven points, V; the first is taken over which the law is smooth; the
first suffices for laws that bend over 5 mV to 100 V, the long one is for laws that are rounded
coarsely. Powers of two, so that most drops lose nothing to the addition."""

NOISE = 16.0
"""Rounding of a law's current, in units of its last digit, that counts as smooth."""

CLOSE = 1e-6
"""Relative difference of the slopes of fourth and sixth order up to which a law counts as smooth;
the latter is then right to about nine digits."""

LEFT = 1e-9
"""Largest term of sixth order over that of first order of a law that counts as smooth."""

BEND = 1e-7
"""Relative difference of two sums of slopes up to which the more exact one is taken."""

ROUNDINGS = 2.0
"""Rounding of a plain difference relative to its terms, in units of what solvers take rounding to
be."""

GAUSS_PLACES = (0.5 - 0.15**0.5, 0.5, 0.5 + 0.15**0.5)
GAUSS_SHARES = (5 / 18, 8 / 18, 5 / 18)


@attrs.frozen(eq=False)
class Polynomial:
    """The current around drops, ``current(drop + t*step) - current(drop)``, A.

    Args:
        step: Distance of the points, V.
        odd: Coefficients of t, t³ and t⁵, A.
        even: Coefficients of t², t⁴ and t⁶, A.
        is_smooth: Where the points say that the polynomial is the current.
    """

    step: Array
    odd: tuple[Array, Array, Array]
    even: tuple[Array, Array, Array]
    is_smooth: BoolArray

    @property
    def slope(self) -> Array:
        """Slopes at the drops themselves, S."""
        return self.odd[0] / self.step

    def change(self, change: Array) -> Array:
        """Return the difference of the currents over a change of the drops, A."""
        t = change / self.step
        square = t * t
        odd = self.odd[0] + square * (self.odd[1] + square * self.odd[2])
        even = self.even[0] + square * (self.even[1] + square * self.even[2])
        return t * (odd + t * even)

    def where(self, chosen: BoolArray, other: "Polynomial") -> "Polynomial":
        """Return this one where `chosen`, and the other one elsewhere."""
        xp = namespace(chosen)

        def merged(
            mine: tuple[Array, Array, Array], others: tuple[Array, Array, Array]
        ) -> tuple[Array, Array, Array]:
            first, second, third = (
                xp.where(chosen, a, b) for a, b in zip(mine, others, strict=True)
            )
            return first, second, third

        return Polynomial(
            xp.where(chosen, self.step, other.step),
            merged(self.odd, other.odd),
            merged(self.even, other.even),
            self.is_smooth | other.is_smooth,
        )


def polynomial(current: Curve, drop: Array) -> Polynomial:
    """Return the polynomial over the first of `STEPS` that the current is smooth over.

    Where it is smooth over none, as beside a kink, that over the last and shortest.
    """
    middle = current(drop)
    found = _through(current, drop, middle, STEPS[0])
    for step in STEPS[1:]:
        if everywhere(found.is_smooth):
            break
        found = found.where(found.is_smooth, _through(current, drop, middle, step))
    return found


def _through(current: Curve, drop: Array, middle: Array, step: float) -> Polynomial:
    """Return the polynomial through points at a distance, and where it is the current.

    Source:
        Fornberg 1988, Math. Comput. 51, 699 (differences of orders four and six).
    """
    xp = namespace(drop)
    odds, evens, largest = [], [], abs(middle)
    for multiple in (1, 2, 3):
        above, below = current(drop + multiple * step), current(drop - multiple * step)
        odds.append((above - below) / 2)
        evens.append((above - middle + (below - middle)) / 2)
        largest = xp.maximum(largest, xp.maximum(abs(above), abs(below)))
    (o1, o2, o3), (e1, e2, e3) = odds, evens
    odd = (
        (45 * o1 - 9 * o2 + o3) / 30,
        (-13 * o1 + 8 * o2 - o3) / 24,
        (5 * o1 - 4 * o2 + o3) / 120,
    )
    even = (
        (270 * e1 - 27 * e2 + 2 * e3) / 180,
        (-39 * e1 + 12 * e2 - e3) / 72,
        (15 * e1 - 6 * e2 + e3) / 360,
    )
    # Where differences of fourth and sixth order agree, the curve is smooth over all points.
    doubt = abs(odd[0] - (8 * o1 - o2) / 6) + abs(even[0] - (16 * e1 - e2) / 12)
    rounding = NOISE * epsilon(drop) * largest
    is_smooth: BoolArray = doubt <= CLOSE * abs(odd[0]) + rounding
    # Where the fifth derivative passes through zero both orders agree by chance; the sixth does not
    # vanish there.
    is_smooth = is_smooth & (abs(even[2]) <= LEFT * abs(odd[0]) + rounding)
    return Polynomial(xp.zeros_like(drop) + step, odd, even, is_smooth)


def change_of_current(current: Curve, drop: Array, change: Array) -> tuple[Array, Array]:
    """Return the change of a current that is given alone.

    Beyond the polynomial's step, and beside kinks, it is the plain difference.

    Returns:
        The change, A, and what its rounding is relative to beside the change itself, A.
    """
    xp, found = namespace(drop), polynomial(current, drop)
    before, after = current(drop), current(drop + change)
    is_near = found.is_smooth & (abs(change) <= found.step)
    reach = abs(before) + abs(after) + abs(found.slope) * (abs(drop) + abs(change))
    return (
        xp.where(is_near, found.change(xp.where(is_near, change, 0.0)), after - before),
        xp.where(is_near, 0.0, ROUNDINGS * reach),
    )


def change_by_slope(
    current: Curve, slope: Curve, drop: Array, change: Array
) -> tuple[Array, Array]:
    """Return the change of a current whose slope is known.

    Three Gauss points sum the slope along the way; where Simpson's rule disagrees, the way is
    long or crosses a kink, and the change is the plain difference.

    Returns:
        The change, A, and what its rounding is relative to beside the change itself, A.
    """
    xp = namespace(drop)
    first, last, total, middle = slope(drop), slope(drop + change), 0 * drop, 0 * drop
    for place, share in zip(GAUSS_PLACES, GAUSS_SHARES, strict=True):
        found = slope(drop + place * change)
        total = total + share * found
        middle = found if place == GAUSS_PLACES[1] else middle
    simpson = (first + 4 * middle + last) / 6
    is_straight = abs(simpson - total) <= BEND * abs(total)
    before, after = current(drop), current(drop + change)
    steepest = xp.maximum(abs(first), abs(last))
    reach = abs(before) + abs(after) + steepest * (abs(drop) + abs(change))
    return (
        xp.where(is_straight, total * change, after - before),
        # A slope is asked at rounded drops, between which it varies.
        xp.where(is_straight, abs(last - first) * abs(drop), ROUNDINGS * reach),
    )


def by_parts(slope: Curve, knots: tuple[Array, ...], drop: Array, change: Array) -> Array:
    """Return the change of a current that is a cubic polynomial between knots, A.

    Two Gauss points integrate its slope in each part without error; a way within one part keeps
    all its digits.

    Args:
        slope: At drops within a part, S.
        knots: Rising, V, one array for every knot.
        drop: V.
        change: V.
    """
    xp, end, total, is_up = namespace(drop), drop + change, 0 * drop, change >= 0
    for low, high in pairwise((None, *knots, None)):
        start, stop = _clipped(drop, low, high), _clipped(end, low, high)
        # A drop on a knot belongs to the part that it leaves for.
        begins = xp.where(is_up, _within(drop, low, high, "up"), _within(drop, low, high, "down"))
        way = xp.where(begins & (stop == end), change, stop - start)
        for place in (0.5 - 1 / 12**0.5, 0.5 + 1 / 12**0.5):
            total = total + slope(start + place * way) * way / 2
    return total


def _within(drop: Array, low: Array | None, high: Array | None, way: str) -> BoolArray:
    """Tell which drops lie in a part, on their way up or down."""
    result: BoolArray = drop == drop
    if low is not None:
        result = result & (drop >= low if way == "up" else drop > low)
    if high is not None:
        result = result & (drop < high if way == "up" else drop <= high)
    return result


def _clipped(drop: Array, low: Array | None, high: Array | None) -> Array:
    xp, result = namespace(drop), drop
    if low is not None:
        result = xp.maximum(result, low)
    return result if high is None else xp.minimum(result, high)
