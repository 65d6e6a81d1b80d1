"""The embedded solver, which needs NumPy and SciPy alone."""

from ebana_core.backends.native.simulator import NativeBackend, NativeSimulator

__all__ = ["NativeBackend", "NativeSimulator"]
