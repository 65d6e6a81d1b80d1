"""The conformance kit: inherit a class, give it one fixture, and your work is examined."""

from ebana_core.testing.backends import BackendConformance
from ebana_core.testing.devices import DeviceConformance

__all__ = ["BackendConformance", "DeviceConformance"]
