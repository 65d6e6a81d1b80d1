"""The ngspice backend, the only folder that touches libngspice and PySpice."""

from ebana_core.backends.ngspice.pyspice import point_pyspice_to_ngspice, pyspice_circuit
from ebana_core.backends.ngspice.simulator import NgspiceBackend, NgspiceSimulator
from ebana_core.backends.ngspice.standalone import standalone_netlist

__all__ = [
    "NgspiceBackend",
    "NgspiceSimulator",
    "point_pyspice_to_ngspice",
    "pyspice_circuit",
    "standalone_netlist",
]
