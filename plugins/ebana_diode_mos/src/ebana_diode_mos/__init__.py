"""Diodes for EBANA: behavioural, junction and diode-connected MOS."""

from collections.abc import Sequence

from ebana_core.hookspecs import hookimpl
from ebana_core.layers import Layer
from ebana_diode_mos.layer import DiodeLayer

__all__ = ["DiodeLayer"]


@hookimpl
def ebana_devices() -> Sequence[type[Layer]]:
    """Provide the diode layer."""
    return [DiodeLayer]
