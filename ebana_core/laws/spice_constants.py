"""Constants and temperature laws as ngspice has them.

Source:
    ngspice 39, src/include/ngspice/const.h (CODATA 2014), dio/diotemp.c, mos1/mos1temp.c.
"""

from typing import Any, final

import attrs
import numpy as np

from ebana_core.arrays import Array, namespace
from ebana_core.quantities import Quantity
from ebana_core.user_warnings import warn

BOLTZMANN = 1.38064852e-23
"""J/K, CODATA 2014, which ngspice uses."""
CHARGE = 1.6021766208e-19
"""C, CODATA 2014."""
NOMINAL = 300.15
"""K, 27 degrees Celsius: nominal and reference temperature."""
ZERO_CELSIUS = 273.15
"""K."""
GMIN = 1e-15
"""S, across every junction of a circuit that says nothing else."""

COLD = 200.0
"""K, -73 degrees Celsius: below it nobody states a device, and degrees Celsius may be meant."""


def warn_of_cold(temperature: Array | float, path: str) -> None:
    """Warn of a temperature that looks like degrees Celsius, as SPICE has them.

    Args:
        temperature: K.
        path: What the warning calls it, for example ``"act1.temperature"``.
    """
    lowest = float(np.min(temperature, initial=np.inf))
    if lowest < COLD:
        warn(
            f"{path} is {lowest:g} K, {lowest - ZERO_CELSIUS:.0f} °C: temperatures are given in "
            f"kelvins, and {lowest:g} °C are {lowest + ZERO_CELSIUS:g} K."
        )


@final
@attrs.frozen
class Temperature(Quantity):
    """A temperature, K, that warns where degrees Celsius may be meant."""

    def check(self, value: Any, path: str) -> Array:
        array = super().check(value, path)
        warn_of_cold(array, path)
        return array


TEMPERATURE = Temperature(
    "temperature", "K", default=NOMINAL, above=0.0, meaning="temperature of the device"
)


def thermal_voltage(temperature: Array) -> Array:
    """Return kT/q, V."""
    return BOLTZMANN / CHARGE * temperature


def band_gap(temperature: Array) -> Array:
    """Return the band gap of silicon over the elementary charge, V."""
    return 1.16 - 7.02e-4 * temperature**2 / (temperature + 1108)


def potential_shift(temperature: Array) -> Array:
    """Return ngspice's ``pbfact``, the temperature shift of a built-in potential, V."""
    xp = namespace(temperature)
    gap = -band_gap(temperature) / (2 * BOLTZMANN * temperature)
    # The band gap at 300.15 K in eV, rounded as in ngspice.
    argument = gap + 1.1150877 / (2 * BOLTZMANN * NOMINAL)
    ratio = temperature / NOMINAL
    return -2 * thermal_voltage(temperature) * (1.5 * xp.log(ratio) + CHARGE * argument)


JUMP = 1e-7
"""Width over which a jump of ngspice's level-1 junctions is spread, V. Their current falls by a
twentieth of the saturation current at three thermal voltages in reverse; a bulk that gmin alone
holds there would have no operating point."""
