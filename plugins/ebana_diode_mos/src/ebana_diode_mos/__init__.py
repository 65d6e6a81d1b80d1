"""Diodes and trained transistors for EBANA."""

from collections.abc import Sequence
from typing import Any

from ebana_core.hookspecs import hookimpl
from ebana_core.layers import Layer
from ebana_diode_mos.layer import DiodeLayer
from ebana_diode_mos.transistor_layers import TransistorCrossbarLayer, TransistorNetworkLayer
from ebana_diode_mos.transistors import UniformVoltage

__all__ = ["DiodeLayer", "TransistorCrossbarLayer", "TransistorNetworkLayer", "UniformVoltage"]


@hookimpl
def ebana_devices() -> Sequence[type[Layer]]:
    """Provide the diode layer and the layers of transistors."""
    return [DiodeLayer, TransistorNetworkLayer, TransistorCrossbarLayer]


@hookimpl
def ebana_settings() -> Sequence[type[Any]]:
    """Provide what draws gate voltages."""
    return [UniformVoltage]
