"""Simulators: the embedded solver and ngspice behind one interface, and what they find."""

from typing import TYPE_CHECKING

from ebana_core.later import door

if TYPE_CHECKING:
    from ebana_core.backends.backend import Backend, PrecisionWarning, Simulator
    from ebana_core.backends.native import NativeBackend
    from ebana_core.backends.ngspice import NgspiceBackend, point_pyspice_to_ngspice
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
    "point_pyspice_to_ngspice",
]

__getattr__, __dir__ = door(
    __name__,
    {
        "Backend": "ebana_core.backends.backend",
        "NativeBackend": "ebana_core.backends.native",
        "NgspiceBackend": "ebana_core.backends.ngspice",
        "OperatingPoints": "ebana_core.backends.operating_points",
        "PrecisionWarning": "ebana_core.backends.backend",
        "SeveralPointsWarning": "ebana_core.backends.several_points",
        "Simulator": "ebana_core.backends.backend",
        "Stability": "ebana_core.backends.several_points",
        "point_pyspice_to_ngspice": "ebana_core.backends.ngspice",
    },
)
