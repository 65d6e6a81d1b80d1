"""The embedded solver, which needs NumPy and SciPy alone."""

from ebana_core.backends.native.backend import NativeBackend
from ebana_core.backends.native.simulator import NativeSimulator

__all__ = ["NativeBackend", "NativeSimulator"]
