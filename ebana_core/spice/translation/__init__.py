"""Translation of a subcircuit's lines into parts, with the reason why native cannot run a part."""

from ebana_core.spice.translation.translate import Translation, translate

__all__ = ["Translation", "translate"]
