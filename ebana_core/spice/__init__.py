"""SPICE subcircuits: read, checked, flattened, and translated into a law."""

from ebana_core.spice.block import BlockLaw
from ebana_core.spice.subcircuit import Subcircuit, read_subcircuit

__all__ = ["BlockLaw", "Subcircuit", "read_subcircuit"]
