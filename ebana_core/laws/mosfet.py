"""The level-1 MOS transistor of four terminals, by ngspice's own law."""

from collections.abc import Mapping
from typing import final

import attrs
import numpy as np

from ebana_core.arrays import Array
from ebana_core.laws.spice_constants import GMIN, NOMINAL, thermal_voltage

MAX_EXPONENT = 709.0
"""Where ngspice caps the exponent of a bulk junction (MAX_EXP_ARG)."""

DEFAULTS: Mapping[str, float] = {
    "vto": 0.0,
    "kp": 2e-5,
    "gamma": 0.0,
    "phi": 0.6,
    "lambda": 0.0,
    "ld": 0.0,
    "is": 1e-14,
    "w": 1e-4,
    "l": 1e-4,
}
"""Of the numbers that matter at DC: V, A/V², V**0.5, V, 1/V, m, A, m, m."""


@final
@attrs.frozen
class Mosfet1:
    r"""Drain, gate, source, bulk; at 300.15 K, without series resistances.

    Above its threshold the channel carries :math:`\frac{KP\,W}{2L}(v_{gs} - v_{th})^2(1 +
    \lambda v_{ds})` or what it does in its linear region; drain and source swap with the sign of
    their voltage. Two junctions lie between bulk and drain, bulk and source.

    Args:
        sign: 1 for an n channel, -1 for a p channel.
        numbers: See `DEFAULTS`.

    Source:
        ngspice 39, src/spicelib/devices/mos1: mos1load.c, mos1temp.c.
    """

    sign: int
    numbers: Mapping[str, float]

    def at(self, voltages: Array) -> tuple[Array, Array]:
        """Return the currents into drain, gate, source and bulk, A, and their slopes, S.

        Args:
            voltages: Shape ``(..., 4)``, V.
        """
        drain, gate, source, bulk = np.moveaxis(self.sign * voltages, -1, 0)
        is_normal = drain >= source
        low, high = np.where(is_normal, source, drain), np.where(is_normal, drain, source)
        channel, by_gate, by_high, by_bulk = self._channel(gate - low, high - low, bulk - low)
        signed = np.where(is_normal, channel, -channel)
        slopes = np.zeros((*voltages.shape, 4))
        currents = np.zeros(voltages.shape)
        currents[..., 0], currents[..., 2] = signed, -signed
        by_low = -(by_gate + by_high + by_bulk)
        flip = np.where(is_normal, 1.0, -1.0)
        row = np.stack(
            [
                flip * np.where(is_normal, by_high, by_low),
                flip * by_gate,
                flip * np.where(is_normal, by_low, by_high),
                flip * by_bulk,
            ],
            axis=-1,
        )
        slopes[..., 0, :], slopes[..., 2, :] = row, -row
        for terminal, end in ((0, drain), (2, source)):
            current, slope = self._junction(bulk - end)
            currents[..., 3] += current
            currents[..., terminal] -= current
            slopes[..., 3, 3] += slope
            slopes[..., 3, terminal] -= slope
            slopes[..., terminal, terminal] += slope
            slopes[..., terminal, 3] -= slope
        return self.sign * currents, slopes

    def _channel(self, vgs: Array, vds: Array, vbs: Array) -> tuple[Array, Array, Array, Array]:
        """Return the current of the channel and its slopes by gate, drain and bulk."""
        n = self.numbers
        beta = n["kp"] * n["w"] / (n["l"] - 2 * n["ld"])
        root = np.sqrt(n["phi"])
        below = np.sqrt(np.maximum(n["phi"] - np.minimum(vbs, 0), 0))
        shaped = np.where(vbs <= 0, below, np.maximum(root - vbs / (2 * root), 0))
        built_in = self.sign * n["vto"] - n["gamma"] * root
        over = vgs - built_in - n["gamma"] * shaped
        # The exact slope where the bulk is forward biased; ngspice's own is off there.
        body = np.where(shaped > 0, n["gamma"] / (2 * np.where(vbs <= 0, below, root)), 0.0)
        growth = beta * (1 + n["lambda"] * vds)
        is_saturated = over <= vds
        reach = np.where(is_saturated, over, vds)
        shape = reach * (over - reach / 2)
        current = growth * shape
        by_gate = growth * reach
        by_drain = n["lambda"] * beta * shape + np.where(is_saturated, 0.0, growth * (over - vds))
        on = over > 0
        return (
            np.where(on, current, 0.0),
            np.where(on, by_gate, 0.0),
            np.where(on, by_drain, 0.0),
            np.where(on, by_gate * body, 0.0),
        )

    def _junction(self, drop: Array) -> tuple[Array, Array]:
        """Return current and slope of a bulk junction."""
        voltage = float(thermal_voltage(np.array(NOMINAL)))
        saturation = self.numbers["is"]
        is_open = drop > -3 * voltage
        exponent = np.clip(drop / voltage, -3, MAX_EXPONENT)
        current = np.where(is_open, saturation * np.expm1(exponent), -saturation)
        slope = np.where(is_open, saturation / voltage * np.exp(exponent), 0.0)
        return current + GMIN * drop, slope + GMIN
