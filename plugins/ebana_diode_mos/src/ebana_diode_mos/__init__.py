"""Diodes and trained transistors for EBANA."""

from collections.abc import Sequence

from ebana_core.hookspecs import hookimpl
from ebana_core.initializers import Initializer
from ebana_core.layers import Layer
from ebana_diode_mos.layer import DiodeLayer
from ebana_diode_mos.transistor_layers import TransistorCrossbarLayer, TransistorNetworkLayer
from ebana_diode_mos.uniform_voltage import UniformVoltage

__all__ = ["DiodeLayer", "TransistorCrossbarLayer", "TransistorNetworkLayer", "UniformVoltage"]


@hookimpl
def ebana_devices() -> Sequence[type[Layer]]:
    """Provide the diode layer and the layers of transistors."""
    return [DiodeLayer, TransistorNetworkLayer, TransistorCrossbarLayer]


@hookimpl
def ebana_initializers() -> Sequence[type[Initializer]]:
    """Provide what draws gate voltages."""
    return [UniformVoltage]
