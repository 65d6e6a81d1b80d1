"""Memristors for EBANA: crossbars of cells, how pulses program them, and what goes wrong."""

from collections.abc import Sequence
from typing import Any

from ebana_core.hookspecs import hookimpl
from ebana_core.layers import Layer
from ebana_memristor.ageing import Drift, age
from ebana_memristor.cells import Cell, Linear, Sinh, Stanford
from ebana_memristor.device_responses import GapDynamics, MeasuredPulses
from ebana_memristor.disturb import ReadDisturb, disturb
from ebana_memristor.effects import Cells, Effect
from ebana_memristor.hysteresis import Loop, sweep
from ebana_memristor.laws import SinhCell, StanfordCell, TableCell
from ebana_memristor.layer import MemristorLayer
from ebana_memristor.making import ConductanceSpread, DeviceSpread, StuckCells
from ebana_memristor.measured import Measured
from ebana_memristor.noise import PulseNoise, Quantised, ReadNoise, WriteNoise
from ebana_memristor.nonlinear import NonlinearPulses
from ebana_memristor.programmer import MissedTargetWarning
from ebana_memristor.programming import Pulses
from ebana_memristor.responses import (
    Exponential,
    LinearPulses,
    PulseResponse,
    SoftBounds,
)
from ebana_memristor.stanford import StanfordModel
from ebana_memristor.waveforms import Waveform, custom, joined, pulses, square, triangular
from ebana_memristor.wires import Wires

__all__ = [
    "Cell",
    "Cells",
    "ConductanceSpread",
    "DeviceSpread",
    "Drift",
    "Effect",
    "Exponential",
    "GapDynamics",
    "Linear",
    "LinearPulses",
    "Loop",
    "Measured",
    "MeasuredPulses",
    "MemristorLayer",
    "MissedTargetWarning",
    "NonlinearPulses",
    "PulseNoise",
    "PulseResponse",
    "Pulses",
    "Quantised",
    "ReadDisturb",
    "ReadNoise",
    "Sinh",
    "SinhCell",
    "SoftBounds",
    "Stanford",
    "StanfordCell",
    "StanfordModel",
    "StuckCells",
    "TableCell",
    "Waveform",
    "Wires",
    "WriteNoise",
    "age",
    "custom",
    "disturb",
    "joined",
    "pulses",
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
        ConductanceSpread,
        DeviceSpread,
        Drift,
        Exponential,
        GapDynamics,
        Linear,
        LinearPulses,
        Measured,
        MeasuredPulses,
        NonlinearPulses,
        PulseNoise,
        Pulses,
        Quantised,
        ReadDisturb,
        ReadNoise,
        Sinh,
        SoftBounds,
        Stanford,
        StanfordModel,
        StuckCells,
        Wires,
        WriteNoise,
    ]
