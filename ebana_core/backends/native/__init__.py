"""The embedded native solver."""

from ebana_core.backends.native.simulator import NativeBackend, NativeSimulator

__all__ = ["NativeBackend", "NativeSimulator"]
