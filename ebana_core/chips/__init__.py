"""Chips whose devices differ from the drawing, and readings of voltages with noise."""

from ebana_core.chips.chip import Chip
from ebana_core.chips.twin import Twin
from ebana_core.chips.voltage_noise import VoltageNoise

__all__ = ["Chip", "Twin", "VoltageNoise"]
