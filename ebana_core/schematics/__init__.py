"""Circuit diagrams of what is simulated."""

from ebana_core.schematics.schematic import Schematic

__all__ = ["Schematic"]
