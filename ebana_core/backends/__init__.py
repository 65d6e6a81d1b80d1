"""Simulators: the embedded native solver and ngspice, behind one interface."""

from ebana_core.backends.backend import (
    Backend,
    OperatingPoints,
    PrecisionWarning,
    SeveralPointsWarning,
    Simulator,
    Stability,
)
from ebana_core.backends.native import NativeBackend
from ebana_core.backends.ngspice import NgspiceBackend

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
