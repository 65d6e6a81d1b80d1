"""Memristors for EBANA: laws of cells, and how the gap of a Stanford RRAM cell moves."""

from ebana_memristor.hysteresis import Loop, sweep
from ebana_memristor.laws import SinhCell, StanfordCell
from ebana_memristor.stanford import StanfordModel
from ebana_memristor.waveforms import Waveform, custom, square, triangular

__all__ = [
    "Loop",
    "SinhCell",
    "StanfordCell",
    "StanfordModel",
    "Waveform",
    "custom",
    "square",
    "sweep",
    "triangular",
]
