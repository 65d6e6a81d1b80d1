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
        return _prefactor(values) * namespace(drop).expm1(drop / values["a"])

    def slope(self, drop: Array, values: Values) -> Array:
        return _prefactor(values) / values["a"] * namespace(drop).exp(drop / values["a"])

    def co_content(self, drop: Array, values: Values) -> Array:
        return _prefactor(values) * values["a"] * _expm1_rest(drop / values["a"])

    def current_change(self, drop: Array, change: Array, values: Values) -> Array:
        xp, a = namespace(drop), values["a"]
        return _prefactor(values) * xp.exp(drop / a) * xp.expm1(change / a)

    def contrast(self, name: str, drop: Array, change: Array, values: Values) -> Array:
        xp, a = namespace(drop), values["a"]
        y, z = drop / a, change / a
        moved, rest = xp.expm1(z), _expm1_rest(z)
        co_content = _prefactor(values) * a * (xp.expm1(y) * moved + rest)
        if name == "IS":
            return co_content / values["IS"]
        if name == "V_off":
            return -co_content / a
        steepness = _prefactor(values) * xp.exp(y) * (rest - (y + z) * moved)
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
        return 2 * _prefactor(values) * namespace(drop).sinh(drop / values["a"])

    def slope(self, drop: Array, values: Values) -> Array:
        return 2 * _prefactor(values) / values["a"] * namespace(drop).cosh(drop / values["a"])

    def co_content(self, drop: Array, values: Values) -> Array:
        half = namespace(drop).sinh(drop / (2 * values["a"]))
        return 4 * _prefactor(values) * values["a"] * half**2

    def current_change(self, drop: Array, change: Array, values: Values) -> Array:
        xp, a = namespace(drop), values["a"]
        middle, half = (drop + change / 2) / a, change / (2 * a)
        return 4 * _prefactor(values) * xp.cosh(middle) * xp.sinh(half)

    def contrast(self, name: str, drop: Array, change: Array, values: Values) -> Array:
        xp, a = namespace(drop), values["a"]
        middle, half = (drop + change / 2) / a, change / (2 * a)
        co_content = 4 * _prefactor(values) * a * xp.sinh(middle) * xp.sinh(half)
        if name == "IS":
            return co_content / values["IS"]
        if name == "V_off":
            return -co_content / a
        wide = (drop + change / 2) / a * 2 * xp.cosh(middle) * xp.sinh(half)
        steepness = wide + 2 * xp.sinh(middle) * _sinh_rest(half)
        return co_content * values["V_off"] / a**2 - 2 * _prefactor(values) * steepness

    def spice(
        self, branch: str, head: str, tail: str, values: Mapping[str, float]
    ) -> Sequence[Element]:
        up, down = _netlist_exp("({drop}/{a})"), _netlist_exp("(-{drop}/{a})")
        expression = "{I0}*(" + up + "-" + down + ")"
        return [BehaviouralCurrent(f"b{branch}", head, tail, expression, _numbers(values))]


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
