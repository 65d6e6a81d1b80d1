"""The diode-connected level-1 MOS transistor by ngspice's own law, with its bulk diode."""

from collections.abc import Mapping, Sequence
from typing import Literal, final

import attrs
import numpy as np

from ebana_core.arrays import Array, BoolArray, Values, namespace
from ebana_core.laws import Law
from ebana_core.laws.spice import Element, ModelCard, Mosfet
from ebana_core.laws.spice_constants import (
    GMIN,
    JUMP,
    NOMINAL,
    TEMPERATURE,
    band_gap,
    potential_shift,
    thermal_voltage,
)
from ebana_core.quantities import Quantity, quantity
from ebana_core.validators import word
from ebana_diode_mos.channel import (
    channel_change,
    channel_content,
    channel_current,
    channel_slope,
)

SURFACE_POTENTIAL = 0.6
"""PHI, V, the default of ngspice's level 1."""
BULK_SATURATION = 1e-14
"""IS of the bulk junctions, A, the default of ngspice's level 1."""
FALL = float(np.exp(-3.0))
"""Share of the saturation current that is missing at 3 kT/q in reverse."""
NOMINAL_GAP = float(band_gap(np.array(NOMINAL)))
"""Band gap at the nominal temperature, V."""
NOMINAL_SHIFT = float(potential_shift(np.array(NOMINAL)))
"""Shift of a built-in potential at the nominal temperature, V."""
NOMINAL_VOLTAGE = float(thermal_voltage(np.array(NOMINAL)))
"""Thermal voltage kT/q at the nominal temperature, V."""


def _values(threshold: float) -> tuple[Quantity, ...]:
    return (
        quantity("VTO", "V", default=threshold, meaning="threshold voltage at zero bulk bias"),
        quantity("KP", "A/V^2", default=2e-5, above=0.0, meaning="transconductance"),
        quantity("LAMBDA", "1/V", default=0.0, at_least=0.0, meaning="channel modulation"),
        quantity("W", "m", default=1e-4, above=0.0, meaning="channel width"),
        quantity("L", "m", default=1e-4, above=0.0, meaning="channel length"),
        TEMPERATURE,
    )


@final
@attrs.frozen
class DiodeMos(Law):
    r"""A MOS transistor with gate tied to drain and bulk to source.

    The drop runs from drain to source for ``n`` and from source to drain for ``p``, so that
    both conduct at positive drops. Above the threshold the channel carries
    :math:`\frac{KP\,W}{2L}(v - V_{th})^2(1 + \lambda v)`; at negative drops the junction
    between bulk and drain conducts. Nondecreasing.

    Values: ``VTO`` (V; negative for an enhancement p channel), ``KP`` (A/V²), ``LAMBDA``
    (1/V), ``W`` and ``L`` (m), ``temperature`` (K).

    Args:
        channel: ``"n"`` or ``"p"``.
        gmin: Across the junction, S; the circuit's.

    Source:
        ngspice 39, src/spicelib/devices/mos1: mos1load.c, mos1temp.c.
    """

    symbol = "diode"
    follows_array_api = True
    channel: Literal["n", "p"] = attrs.field(default="n", validator=word("n", "p"))
    gmin: float = GMIN

    def with_gmin(self, gmin: float) -> "DiodeMos":
        return self if gmin == self.gmin else DiodeMos(self.channel, gmin)

    @property
    def values(self) -> tuple[Quantity, ...]:  # type: ignore[override]  # Law has a class's constant here, and these follow from the channel
        """The values of the device; the default threshold has the sign of its channel."""
        return _values(0.5 if self.channel == "n" else -0.5)

    def current(self, drop: Array, values: Values) -> Array:
        channel = channel_current(drop, *self._channel_values(values))
        return channel + _bulk_current(drop, *self._bulk_values(values))

    def slope(self, drop: Array, values: Values) -> Array:
        channel = channel_slope(drop, *self._channel_values(values))
        return channel + _bulk_slope(drop, *self._bulk_values(values))

    def co_content(self, drop: Array, values: Values) -> Array:
        channel = channel_content(drop, *self._channel_values(values))
        return channel + _bulk_content(drop, *self._bulk_values(values))

    def current_change(self, drop: Array, change: Array, values: Values) -> Array:
        channel = channel_change(drop, change, *self._channel_values(values))
        return channel + _bulk_change(drop, change, *self._bulk_values(values))

    def spice(
        self, branch: str, head: str, tail: str, values: Mapping[str, float]
    ) -> Sequence[Element]:
        # Gate tied to drain, bulk to source. A p channel stands the other way round, so that both
        # conduct from head to tail.
        drain, source = (head, tail) if self.channel == "n" else (tail, head)
        numbers = (("vto", values["VTO"]), ("kp", values["KP"]), ("lambda", values["LAMBDA"]))
        card = ModelCard(f"{self.channel}mos", (("level", 1.0), *numbers))
        size = (values["W"], values["L"], values["temperature"])
        return [Mosfet(f"m{branch}", drain, drain, source, source, card, *size)]

    def _channel_values(self, values: Values) -> tuple[Array, Array, Array]:
        """Return beta (A/V²), the threshold along the drop (V) and lambda (1/V)."""
        temperature = values["temperature"]
        ratio = temperature / NOMINAL
        # Mobility falls with temperature to the power of 1.5.
        beta = values["KP"] / (ratio * ratio**0.5) * values["W"] / values["L"]
        potential = ratio * (SURFACE_POTENTIAL - NOMINAL_SHIFT)
        potential = potential + potential_shift(temperature)
        sign = 1 if self.channel == "n" else -1
        # The threshold moves with half of the band gap and half of the surface potential, as in
        # ngspice's level 1.
        shifted = values["VTO"] + (NOMINAL_GAP - band_gap(temperature)) / 2
        return beta, sign * shifted + (potential - SURFACE_POTENTIAL) / 2, values["LAMBDA"]

    def _bulk_values(self, values: Values) -> tuple[Array, Array, float]:
        """Return saturation current of the bulk junction, A, kT/q, V, and gmin, S."""
        xp = namespace(values["temperature"])
        voltage = thermal_voltage(values["temperature"])
        exponent = NOMINAL_GAP / NOMINAL_VOLTAGE - band_gap(values["temperature"]) / voltage
        return BULK_SATURATION * xp.exp(exponent), voltage, self.gmin


def _exponential(drop: Array, voltage: Array) -> tuple[BoolArray, Array]:
    """Return where the bulk junction follows its exponential, and the exponent there."""
    xp = namespace(drop)
    return -drop > -3 * voltage, -xp.minimum(drop, 3 * voltage) / voltage


def _junction_current(drop: Array, saturation: Array, voltage: Array) -> Array:
    xp = namespace(drop)
    inside, exponent = _exponential(drop, voltage)
    # The bulk junction conducts where the drop is negative. Beyond 3 kT/q in reverse, level 1 takes
    # the plain saturation current, to which it jumps; a node that little else holds there would
    # have no operating point, so that the jump has a width.
    left = 1 - xp.clip((drop - 3 * voltage) / JUMP, 0.0, 1.0)
    return xp.where(inside, -saturation * xp.expm1(exponent), saturation * (1 - FALL * left))


def _bulk_current(drop: Array, saturation: Array, voltage: Array, gmin: float) -> Array:
    return _junction_current(drop, saturation, voltage) + gmin * drop


def _bulk_slope(drop: Array, saturation: Array, voltage: Array, gmin: float) -> Array:
    xp = namespace(drop)
    inside, exponent = _exponential(drop, voltage)
    falling = xp.where(drop - 3 * voltage < JUMP, saturation * FALL / JUMP, 0.0)
    return xp.where(inside, saturation * xp.exp(exponent) / voltage, falling) + gmin


def _bulk_change(
    drop: Array, change: Array, saturation: Array, voltage: Array, gmin: float
) -> Array:
    """Return the change of the current, to all digits within the exponential."""
    xp = namespace(drop)
    (before, exponent), (after, _) = (_exponential(v, voltage) for v in (drop, drop + change))
    on_curve = -saturation * xp.exp(exponent) * xp.expm1(-change / voltage)
    across = _junction_current(drop + change, saturation, voltage)
    across = across - _junction_current(drop, saturation, voltage)
    return xp.where(before & after, on_curve, across) + gmin * change


def _bulk_content(drop: Array, saturation: Array, voltage: Array, gmin: float) -> Array:
    xp = namespace(drop)
    _, exponent = _exponential(drop, voltage)
    near, far = xp.minimum(drop, 3 * voltage), xp.clip(drop - 3 * voltage, 0.0, None)
    within = xp.clip(far, 0.0, JUMP)
    stored = saturation * (voltage * xp.expm1(exponent) + near) + saturation * far
    return stored - saturation * FALL * (within - within**2 / (2 * JUMP)) + gmin * drop**2 / 2
