"""Memristors for EBANA: crossbars of cells, how pulses program them, and what goes wrong."""

from collections.abc import Sequence
from typing import Any

from ebana_core.hookspecs import hookimpl
from ebana_core.layers import Layer
from ebana_memristor.cells import Cell, Linear, Sinh, Stanford
from ebana_memristor.effects import DeviceSpread, Effect, PulseNoise, StuckCells
from ebana_memristor.hysteresis import Loop, sweep
from ebana_memristor.laws import SinhCell, StanfordCell
from ebana_memristor.layer import MemristorLayer
from ebana_memristor.programming import (
    Exponential,
    LinearPulses,
    PulseResponse,
    Pulses,
    SoftBounds,
)
from ebana_memristor.stanford import StanfordModel
from ebana_memristor.waveforms import Waveform, custom, square, triangular

__all__ = [
    "Cell",
    "DeviceSpread",
    "Effect",
    "Exponential",
    "Linear",
    "LinearPulses",
    "Loop",
    "MemristorLayer",
    "PulseNoise",
    "PulseResponse",
    "Pulses",
    "Sinh",
    "SinhCell",
    "SoftBounds",
    "Stanford",
    "StanfordCell",
    "StanfordModel",
    "StuckCells",
    "Waveform",
    "custom",
    "square",
    "sweep",
    "triangular",
]


@hookimpl
def ebana_devices() -> Sequence[type[Layer]]:
    """Provide the memristor crossbar."""
    return [MemristorLayer]


@hookimpl
def ebana_settings() -> Sequence[type[Any]]:
    """Provide what a crossbar takes as settings."""
    return [
        DeviceSpread,
        Exponential,
        Linear,
        LinearPulses,
        PulseNoise,
        Pulses,
        Sinh,
        SoftBounds,
        Stanford,
        StanfordModel,
        StuckCells,
    ]
