"""The junction diode by ngspice's own law, with series resistance and temperature."""

import math
from collections.abc import Mapping, Sequence

import attrs
import numpy as np

from ebana_core.arrays import Array, Values, epsilon, namespace
from ebana_core.laws.law import Law
from ebana_core.laws.spice import Element, JunctionDiode, ModelCard
from ebana_core.laws.spice_constants import GMIN, NOMINAL, TEMPERATURE, thermal_voltage
from ebana_core.quantities import quantity

MAX_STEPS = 100
"""Newton steps for the inner drop; about eight are needed."""


@attrs.frozen
class Junction(Law):
    r"""A pn junction behind a series resistance.

    With u the drop across the junction and :math:`a = N k T / q`: above :math:`-3a` the
    current is :math:`I_S(e^{u/a} - 1)`, below it :math:`-I_S(1 + (3a/(e u))^3)`, plus gmin
    times u. The saturation current follows SPICE's temperature law. Strictly increasing.

    Values: ``IS`` saturation current, A; ``N`` emission coefficient; ``RS`` series resistance,
    ohms; ``temperature``, K.

    Args:
        activation_energy: EG, eV.
        saturation_exponent: XTI.

    Source:
        ngspice 39, src/spicelib/devices/dio: dioload.c, diotemp.c.
    """

    follows_array_api = True
    activation_energy: float = 1.11
    saturation_exponent: float = 3.0

    values = (
        quantity("IS", "A", default=1e-14, above=0.0, meaning="saturation current"),
        quantity("N", "1", default=1.0, above=0.0, meaning="emission coefficient"),
        quantity("RS", "ohm", default=0.0, at_least=0.0, meaning="series resistance"),
        TEMPERATURE,
    )

    def current(self, drop: Array, values: Values) -> Array:
        scaled = self._scaled(values)
        return _current(self._inner(drop, scaled, values["RS"]), *scaled)

    def slope(self, drop: Array, values: Values) -> Array:
        return self.current_and_slope(drop, values)[1]

    def current_and_slope(self, drop: Array, values: Values) -> tuple[Array, Array]:
        """Return both, at the price of one, A and S."""
        scaled = self._scaled(values)
        inner = self._inner(drop, scaled, values["RS"])
        slope = _slope(inner, *scaled)
        return _current(inner, *scaled), slope / (1 + values["RS"] * slope)

    def co_content(self, drop: Array, values: Values) -> Array:
        scaled = self._scaled(values)
        inner = self._inner(drop, scaled, values["RS"])
        return _co_content(inner, *scaled) + values["RS"] * _current(inner, *scaled) ** 2 / 2

    def current_change(self, drop: Array, change: Array, values: Values) -> Array:
        scaled, resistance = self._scaled(values), values["RS"]
        inner = self._inner(drop, scaled, resistance)
        if not (resistance != 0).any():
            return _change(inner, change, *scaled)
        close, moved = 2 * epsilon(drop), change / (1 + resistance * _slope(inner, *scaled))
        for _ in range(MAX_STEPS):
            excess = moved + resistance * _change(inner, moved, *scaled) - change
            step = excess / (1 + resistance * _slope(inner + moved, *scaled))
            moved = moved - step
            if (abs(step) <= close * abs(moved)).all():
                break
        return _change(inner, moved, *scaled)

    def spice(
        self, branch: str, head: str, tail: str, values: Mapping[str, float]
    ) -> Sequence[Element]:
        numbers = (
            ("is", values["IS"]),
            ("n", values["N"]),
            ("rs", values["RS"]),
            ("eg", self.activation_energy),
            ("xti", self.saturation_exponent),
        )
        card = ModelCard("d", numbers)
        return [JunctionDiode(f"d{branch}", head, tail, card, values["temperature"])]

    def _scaled(self, values: Values) -> tuple[Array, Array]:
        """Return the saturation current at temperature, A, and a, V."""
        xp = namespace(values["temperature"])
        voltage = values["N"] * thermal_voltage(values["temperature"])
        ratio = values["temperature"] / NOMINAL
        exponent = (ratio - 1) * self.activation_energy / voltage
        exponent = exponent + self.saturation_exponent / values["N"] * xp.log(ratio)
        return values["IS"] * xp.exp(exponent), voltage

    def _inner(self, drop: Array, scaled: tuple[Array, Array], resistance: Array) -> Array:
        """Return the drop across the junction, V.

        The equation ``u + RS*i(u) = drop`` is convex and increasing in u: Newton's method
        started above its solution comes down to it.
        """
        xp = namespace(drop)
        if not (resistance != 0).any():
            return drop
        close = 2 * epsilon(drop)
        saturation, voltage = scaled
        with np.errstate(divide="ignore"):
            bound = voltage * xp.log1p(xp.clip(drop, 0, None) / (resistance * saturation))
        inner = xp.where(drop > 0, xp.minimum(drop, bound), drop)
        for _ in range(MAX_STEPS):
            excess = inner + resistance * _current(inner, *scaled) - drop
            step = excess / (1 + resistance * _slope(inner, *scaled))
            inner = inner - step
            if (abs(step) <= close * abs(inner)).all():
                break
        return inner


def _current(u: Array, saturation: Array, voltage: Array) -> Array:
    xp = namespace(u)
    forward = saturation * xp.expm1(xp.maximum(u, -3 * voltage) / voltage)
    tail = (3 * voltage / (math.e * xp.minimum(u, -3 * voltage))) ** 3
    return xp.where(u >= -3 * voltage, forward, -saturation * (1 + tail)) + GMIN * u


def _slope(u: Array, saturation: Array, voltage: Array) -> Array:
    xp = namespace(u)
    forward = saturation * xp.exp(xp.maximum(u, -3 * voltage) / voltage) / voltage
    below = xp.minimum(u, -3 * voltage)
    tail = 3 * saturation * (3 * voltage / (math.e * below)) ** 3 / below
    return xp.where(u >= -3 * voltage, forward, tail) + GMIN


def _co_content(u: Array, saturation: Array, voltage: Array) -> Array:
    xp = namespace(u)
    edge = -3 * voltage
    upper, lower = xp.maximum(u, edge), xp.minimum(u, edge)
    forward = saturation * (voltage * xp.expm1(upper / voltage) - upper)
    cubed = (3 * voltage / math.e) ** 3
    reverse = -saturation * ((lower - edge) - cubed / 2 * (1 / lower**2 - 1 / edge**2))
    return forward + reverse + GMIN * u**2 / 2


def _change(u: Array, change: Array, saturation: Array, voltage: Array) -> Array:
    """Return the current difference region by region, so that nothing cancels."""
    xp = namespace(u)
    edge, end = -3 * voltage, u + change
    upper, lower = xp.maximum(u, edge), xp.minimum(u, edge)
    is_above, is_below = (u >= edge) & (end >= edge), (u < edge) & (end < edge)
    above = xp.where(is_above, change, xp.maximum(end, edge) - upper)
    below = xp.where(is_below, change, xp.minimum(end, edge) - lower)
    forward = saturation * xp.exp(upper / voltage) * xp.expm1(above / voltage)
    last, cubed = lower + below, (3 * voltage / math.e) ** 3
    sum_of_squares = last**2 + last * lower + lower**2
    reverse = saturation * cubed * below * sum_of_squares / (lower * last) ** 3
    return forward + reverse + GMIN * change
