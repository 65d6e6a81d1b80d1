"""Diodes that are defined by an equation: Shockley's, alone and as an antiparallel pair.

Currents are computed in the exponent: with a threshold of many slope voltages the factor before
the exponential is below the smallest number while the current is not.
"""

from collections.abc import Mapping, Sequence
from typing import final

import attrs

from ebana_core.arrays import Array, Values, namespace
from ebana_core.laws import Law
from ebana_core.laws.spice import Element
from ebana_core.laws.written import exponential_current, sinh_current
from ebana_core.quantities import quantity

SMALL = 0.3
"""Argument below which differences of exponentials are summed as series."""

VALUES = (
    quantity("IS", "A", default=1e-6, above=0.0, meaning="saturation current"),
    quantity("a", "V", default=0.05, above=0.0, meaning="slope voltage, nVt"),
    quantity("V_off", "V", default=0.0, meaning="drop at which the diode carries IS"),
)


@final
@attrs.frozen
class Shockley(Law):
    r"""A diode, :math:`i(v) = I_S (e^{(v - V_{off})/a} - e^{-V_{off}/a})`.

    Strictly increasing, zero at zero drop.

    Values: ``IS`` saturation current, A; ``a`` slope voltage, V; ``V_off`` threshold, V.

    Source:
        Osana and Querlioz 2026; Shockley 1949.
    """

    symbol = "diode"
    values = VALUES
    follows_array_api = True

    def current(self, drop: Array, values: Values) -> Array:
        return _grown(0 * drop, drop, values)

    def slope(self, drop: Array, values: Values) -> Array:
        return values["IS"] / values["a"] * _exponential(drop, values)

    def co_content(self, drop: Array, values: Values) -> Array:
        return _content_change(0 * drop, drop, values)

    def current_change(self, drop: Array, change: Array, values: Values) -> Array:
        return _grown(drop, change, values)

    def contrast(self, name: str, drop: Array, change: Array, values: Values) -> Array:
        xp, a = namespace(drop), values["a"]
        # The current scales with IS, and V_off acts through exp(-V_off/a): both contrasts are
        # multiples of the co-content.
        co_content = _content_change(drop, change, values)
        if name == "IS":
            return co_content / values["IS"]
        if name == "V_off":
            return -co_content / a
        grown, start = _grown(drop, change, values), values["IS"] * _exponential(drop, values)
        z = change / a
        # Over a short way the difference of its two terms cancels; the series does not.
        near = start * _expm1_rest(xp.clip(z, -SMALL, SMALL))
        rest = xp.where(xp.abs(z) < SMALL, near, grown - z * start)
        return co_content * values["V_off"] / a**2 + rest - (drop / a + z) * grown

    def spice(
        self, branch: str, head: str, tail: str, values: Mapping[str, float]
    ) -> Sequence[Element]:
        return [exponential_current(f"b{branch}", head, tail, **_numbers(values))]


@final
@attrs.frozen
class Antiparallel(Law):
    r"""Two equal Shockley diodes back to back, :math:`i(v) = 2 I_S e^{-V_{off}/a} \sinh(v/a)`.

    Odd and strictly increasing, so a network of them has one operating point.

    Values: ``IS`` saturation current, A; ``a`` slope voltage, V; ``V_off`` threshold, V.

    Source:
        Osana and Querlioz 2026; Kendall et al. 2020, arXiv:2006.01981.
    """

    symbol = "diode_pair"
    values = VALUES
    follows_array_api = True
    always_conducts = True

    def current(self, drop: Array, values: Values) -> Array:
        return self.current_and_slope(drop, values)[0]

    def slope(self, drop: Array, values: Values) -> Array:
        return self.current_and_slope(drop, values)[1]

    def current_and_slope(self, drop: Array, values: Values) -> tuple[Array, Array]:
        xp, size = namespace(drop), abs(drop)
        # Written by the size of the drop: the growing exponential times a factor of at most 1.
        rise = -xp.expm1(-2 * size / values["a"])
        large = values["IS"] * _exponential(size, values)
        return xp.sign(drop) * large * rise, large * (2 - rise) / values["a"]

    def co_content(self, drop: Array, values: Values) -> Array:
        size, a = abs(drop), values["a"]
        rise = namespace(drop).expm1(-size / a)
        return values["IS"] * a * _exponential(size, values) * rise**2

    def current_change(self, drop: Array, change: Array, values: Values) -> Array:
        middle, half, scale = _scaled(drop, change, values)
        return scale * _cosh(middle) * _sinh(half)

    def contrast(self, name: str, drop: Array, change: Array, values: Values) -> Array:
        a = values["a"]
        middle, half, scale = _scaled(drop, change, values)
        co_content = scale * a * _sinh(middle) * _sinh(half)
        if name == "IS":
            return co_content / values["IS"]
        if name == "V_off":
            return -co_content / a
        steepness = middle * _cosh(middle) * _sinh(half) + _sinh(middle) * _sinh_rest(half)
        return co_content * values["V_off"] / a**2 - scale * steepness

    def spice(
        self, branch: str, head: str, tail: str, values: Mapping[str, float]
    ) -> Sequence[Element]:
        return [sinh_current(f"b{branch}", head, tail, **_numbers(values))]


def _exponential(drop: Array, values: Values) -> Array:
    return namespace(drop).exp((drop - values["V_off"]) / values["a"])


def _grown(drop: Array, change: Array, values: Values) -> Array:
    """Return the change of Shockley's current, A: the larger exponential times a fraction."""
    xp = namespace(drop)
    # Of the two exponentials the larger one is taken out, so that neither overflows before the
    # current itself does.
    above = drop + xp.clip(change, 0.0, None)
    fraction = -xp.expm1(-abs(change) / values["a"])
    return xp.sign(change) * values["IS"] * _exponential(above, values) * fraction


def _content_change(drop: Array, change: Array, values: Values) -> Array:
    """Return by how much Shockley's co-content grows, W.

    Over a short way from a small drop its two terms nearly cancel.
    """
    xp, a = namespace(drop), values["a"]
    y, z = drop / a, change / a
    at_zero = values["IS"] * _exponential(0 * drop, values)
    short = (y <= 1) & (abs(z) <= 1)
    y, short_z = xp.clip(y, None, 1.0), xp.clip(z, -1.0, 1.0)
    near = at_zero * (xp.expm1(y) * xp.expm1(short_z) + _expm1_rest(short_z))
    return a * xp.where(short, near, _grown(drop, change, values) - at_zero * z)


def _expm1_rest(z: Array) -> Array:
    """Return ``expm1(z) - z`` with all its digits."""
    xp = namespace(z)
    series = 0 * z
    for k in range(12, 2, -1):
        series = z / k * (1 + series)
    return xp.where(xp.abs(z) < SMALL, z**2 / 2 * (1 + series), xp.expm1(z) - z)


def _scaled(drop: Array, change: Array, values: Values) -> tuple[Array, Array, Array]:
    """Return the middle of a way and half of it, both over a, and a current, A.

    The current is what `_sinh` and `_cosh` of both leave out, times four saturation currents.
    """
    a = values["a"]
    middle, half = (drop + change / 2) / a, change / (2 * a)
    # Taken out of both hyperbolic functions, which alone would overflow long before the product.
    exponent = abs(middle) + abs(half) - values["V_off"] / a
    return middle, half, 4 * values["IS"] * namespace(drop).exp(exponent)


def _sinh(x: Array) -> Array:
    """Return ``sinh(x)*exp(-abs(x))``."""
    xp = namespace(x)
    return -xp.sign(x) * xp.expm1(-2 * abs(x)) / 2


def _cosh(x: Array) -> Array:
    """Return ``cosh(x)*exp(-abs(x))``."""
    return (1 + namespace(x).exp(-2 * abs(x))) / 2


def _sinh_rest(h: Array) -> Array:
    """Return ``(h*cosh(h) - sinh(h))*exp(-abs(h))`` with all its digits."""
    xp = namespace(h)
    series = h**3 / 3 * (1 + h**2 / 10 * (1 + h**2 / 28 * (1 + h**2 / 54 * (1 + h**2 / 88))))
    near = series * xp.exp(-abs(h))
    return xp.where(xp.abs(h) < SMALL, near, h * _cosh(h) - _sinh(h))


def _numbers(values: Mapping[str, float]) -> dict[str, float]:
    return {"prefactor": values["IS"], "voltage": values["a"], "offset": values["V_off"]}
