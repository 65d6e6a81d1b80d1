"""From the lines of a subcircuit to parts; what native cannot run keeps its reason."""

from ebana_core.spice.translation.translate import Translation, translate

__all__ = ["Translation", "translate"]
