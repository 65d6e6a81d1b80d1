"""Simulators: the embedded solver and ngspice behind one interface, and what they find."""

from ebana_core.backends.backend import Backend, PrecisionWarning, Simulator
from ebana_core.backends.native import NativeBackend
from ebana_core.backends.ngspice import NgspiceBackend
from ebana_core.backends.operating_points import OperatingPoints
from ebana_core.backends.several_points import SeveralPointsWarning, Stability

__all__ = [
    "Backend",
    "NativeBackend",
    "NgspiceBackend",
    "OperatingPoints",
    "PrecisionWarning",
    "SeveralPointsWarning",
    "Simulator",
    "Stability",
]
