"""The ngspice backend. Only this folder touches libngspice and PySpice."""

from ebana_core.backends.ngspice.simulator import (
    NgspiceBackend,
    NgspiceSimulator,
    standalone_netlist,
)

__all__ = ["NgspiceBackend", "NgspiceSimulator", "standalone_netlist"]
