"""Digital-to-analog converters, which make the voltages of inputs."""

import attrs
import numpy as np

from ebana_core.arrays import Array


@attrs.frozen
class Converter:
    """A digital-to-analog converter: evenly spaced voltages, both ends among them.

    Args:
        bits: Of resolution.
        low: Lowest voltage, V.
        high: Highest, V.
    """

    bits: int
    low: float
    high: float

    def convert(self, voltages: Array) -> Array:
        """Return the nearest voltages that there are; beyond the ends, these."""
        steps = 2**self.bits - 1
        place = np.clip((voltages - self.low) / (self.high - self.low), 0, 1)
        return np.asarray(self.low + np.rint(place * steps) / steps * (self.high - self.low))
