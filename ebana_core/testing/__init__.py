"""The conformance kit: inherit a class, give it one fixture, and your device is examined."""

from ebana_core.testing.devices import DeviceConformance

__all__ = ["DeviceConformance"]
