"""Diodes that are defined by an equation: Shockley's, alone and as an antiparallel pair."""

import math
from collections.abc import Mapping, Sequence
from typing import final

import attrs

from ebana_core.arrays import Array, Values, namespace
from ebana_core.laws import Law
from ebana_core.laws.spice import BehaviouralCurrent, Element
from ebana_core.quantities import quantity

SMALL = 0.3
"""Argument below which differences of exponentials are summed as series."""

LONG = 30.0
"""Growth of an exponent over which the smaller of two exponentials is no digit of the larger."""

STEEPEST = 80
"""Exponent above which netlists go on with a straight line, so that no iterate overflows."""

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

    values = VALUES
    follows_array_api = True

    def current(self, drop: Array, values: Values) -> Array:
        return values["IS"] * _growth(0 * drop, drop, values)

    def slope(self, drop: Array, values: Values) -> Array:
        return values["IS"] / values["a"] * _exp(drop, values)

    def co_content(self, drop: Array, values: Values) -> Array:
        xp, y = namespace(drop), drop / values["a"]
        is_short = xp.abs(y) < SMALL
        series = _prefactor(values) * _expm1_rest(xp.where(is_short, y, 0.0))
        terms = self.current(drop, values) - y * _prefactor(values)
        return values["a"] * xp.where(is_short, series, terms)

    def current_change(self, drop: Array, change: Array, values: Values) -> Array:
        return values["IS"] * _growth(drop, change, values)

    def contrast(self, name: str, drop: Array, change: Array, values: Values) -> Array:
        xp, a = namespace(drop), values["a"]
        y, z = drop / a, change / a
        moved, rest = xp.expm1(z), _expm1_rest(z)
        co_content = a * (self.current(drop, values) * moved + _prefactor(values) * rest)
        if name == "IS":
            return co_content / values["IS"]
        if name == "V_off":
            return -co_content / a
        steepness = values["IS"] * _exp(drop, values) * (rest - (y + z) * moved)
        return co_content * values["V_off"] / a**2 + steepness

    def spice(
        self, branch: str, head: str, tail: str, values: Mapping[str, float]
    ) -> Sequence[Element]:
        expression = "{I0}*(" + _netlist_exp("({drop}/{a})") + "-1)"
        return [BehaviouralCurrent(f"b{branch}", head, tail, expression, _numbers(values))]


@final
@attrs.frozen
class Antiparallel(Law):
    r"""Two equal Shockley diodes back to back, :math:`i(v) = 2 I_S e^{-V_{off}/a} \sinh(v/a)`.

    Odd and strictly increasing, so a network of them has one operating point.

    Values: ``IS`` saturation current, A; ``a`` slope voltage, V; ``V_off`` threshold, V.

    Source:
        Osana and Querlioz 2026; Kendall et al. 2020, arXiv:2006.01981.
    """

    values = VALUES
    follows_array_api = True
    always_conducts = True

    def current(self, drop: Array, values: Values) -> Array:
        xp, size = namespace(drop), abs(drop)
        # 2*sinh(y) = exp(y)*(1 - exp(-2*y)): no factor overflows before the current does.
        grown = _exp(size, values) * -xp.expm1(-2 * size / values["a"])
        return values["IS"] * xp.sign(drop) * grown

    def slope(self, drop: Array, values: Values) -> Array:
        xp, size = namespace(drop), abs(drop)
        grown = _exp(size, values) * (1 + xp.exp(-2 * size / values["a"]))
        return values["IS"] / values["a"] * grown

    def co_content(self, drop: Array, values: Values) -> Array:
        size = abs(drop)
        rest = namespace(drop).expm1(-size / values["a"])
        return values["IS"] * values["a"] * _exp(size, values) * rest**2

    def current_change(self, drop: Array, change: Array, values: Values) -> Array:
        # The change of both exponentials, of which one falls where the other grows.
        return values["IS"] * (_growth(drop, change, values) - _growth(-drop, -change, values))

    def contrast(self, name: str, drop: Array, change: Array, values: Values) -> Array:
        xp, a = namespace(drop), values["a"]
        middle, half = drop + change / 2, change / (2 * a)
        # I_S*exp(-V_off/a) times 2*sinh and 2*cosh of middle/a, which overflow as the current does.
        odd, even = self.current(middle, values), a * self.slope(middle, values)
        co_content = 2 * a * odd * xp.sinh(half)
        if name == "IS":
            return co_content / values["IS"]
        if name == "V_off":
            return -co_content / a
        steepness = middle / a * even * xp.sinh(half) + odd * _sinh_rest(half)
        return co_content * values["V_off"] / a**2 - 2 * steepness

    def spice(
        self, branch: str, head: str, tail: str, values: Mapping[str, float]
    ) -> Sequence[Element]:
        up, down = _netlist_exp("({drop}/{a})"), _netlist_exp("(-{drop}/{a})")
        expression = "{I0}*(" + up + "-" + down + ")"
        return [BehaviouralCurrent(f"b{branch}", head, tail, expression, _numbers(values))]


def _exp(drop: Array, values: Values) -> Array:
    """Return ``exp((drop - V_off)/a)``, whose two parts alone may overflow."""
    return namespace(drop).exp((drop - values["V_off"]) / values["a"])


def _growth(drop: Array, change: Array, values: Values) -> Array:
    """Return by how much that grows over a change, with all its digits."""
    xp, z = namespace(drop), change / values["a"]
    near = _exp(drop, values) * xp.expm1(xp.clip(z, None, LONG))
    return xp.where(z <= LONG, near, _exp(drop + change, values) - _exp(drop, values))


def _prefactor(values: Values) -> Array:
    exponent = -values["V_off"] / values["a"]
    return values["IS"] * namespace(exponent).exp(exponent)


def _expm1_rest(z: Array) -> Array:
    """Return ``expm1(z) - z`` with all its digits."""
    xp = namespace(z)
    series = 0 * z
    for k in range(12, 2, -1):
        series = z / k * (1 + series)
    return xp.where(xp.abs(z) < SMALL, z**2 / 2 * (1 + series), xp.expm1(z) - z)


def _sinh_rest(h: Array) -> Array:
    """Return ``h*cosh(h) - sinh(h)`` with all its digits."""
    xp = namespace(h)
    series = h**3 / 3 * (1 + h**2 / 10 * (1 + h**2 / 28 * (1 + h**2 / 54 * (1 + h**2 / 88))))
    return xp.where(xp.abs(h) < SMALL, series, h * xp.cosh(h) - xp.sinh(h))


def _netlist_exp(exponent: str) -> str:
    return f"exp(min({exponent},{STEEPEST}))*(1+max({exponent}-{STEEPEST},0))"


def _numbers(values: Mapping[str, float]) -> dict[str, float]:
    return {"I0": values["IS"] * math.exp(-values["V_off"] / values["a"]), "a": values["a"]}
