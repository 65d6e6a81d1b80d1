"""Diodes for EBANA: behavioural, junction and diode-connected MOS."""

from ebana_diode_mos.layer import DiodeLayer

__all__ = ["DiodeLayer"]
