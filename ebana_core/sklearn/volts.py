"""Features and targets as voltages, and back."""

from typing import Self, final

import attrs
import numpy as np

from ebana_core.arrays import Array


@final
@attrs.frozen(eq=False)
class VoltScale:
    """Maps every column of training data, from its least to its largest value, to volts.

    Args:
        middle: Value that becomes 0 V. Shape ``(n_columns,)``.
        per_volt: Value per volt, above zero. Same shape.
    """

    middle: Array
    per_volt: Array

    @classmethod
    def of(cls, columns: Array, reach: float) -> Self:
        """Return the scale that takes columns to ``-reach ... reach``, V.

        A column of one value becomes 0 V.
        """
        low, high = columns.min(axis=0), columns.max(axis=0)
        # Halves first: the sum of two large numbers may overflow.
        half = high / 2 - low / 2
        return cls(low / 2 + high / 2, np.where(half > 0, half, 1.0) / reach)

    def to_volts(self, columns: Array) -> Array:
        """Return columns as voltages, beyond the reach where they are beyond the training data."""
        return np.asarray((columns - self.middle) / self.per_volt)

    def from_volts(self, volts: Array) -> Array:
        """Return what `to_volts` was given."""
        return np.asarray(volts * self.per_volt + self.middle)
