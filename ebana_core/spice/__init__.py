"""SPICE libraries and subcircuits: read, checked, flattened, and translated into a law."""

from ebana_core.spice.block import BlockLaw
from ebana_core.spice.library import Library, read_library
from ebana_core.spice.subcircuit import Subcircuit, read_subcircuit

__all__ = ["BlockLaw", "Library", "Subcircuit", "read_library", "read_subcircuit"]
