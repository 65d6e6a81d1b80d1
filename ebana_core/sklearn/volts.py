"""Features and targets as voltages, and back."""

from typing import Any, Self, final

import attrs
import numpy as np

from ebana_core.arrays import Array
from ebana_core.checking import n_hidden
from ebana_core.errors import DataError


def check_nothing_hidden(**given: Any) -> None:
    """Refuse masked arrays that hide numbers: scikit-learn takes these for any others.

    Args:
        given: Name to what was given under it.

    Raises:
        DataError: Names it.
    """
    for name, array in given.items():
        hidden = n_hidden(array)
        if hidden:
            raise DataError(
                f"{name} is a masked array that hides {hidden} numbers.", "fill or drop them"
            )


@final
@attrs.frozen(eq=False)
class VoltScale:
    """Maps every column of training data, from its least to its largest value, to volts.

    Args:
        middle: Value that becomes 0 V. Shape ``(n_columns,)``.
        per_volt: Value per volt; zero for a column of one value, which is 0 V. Same shape.
    """

    middle: Array
    per_volt: Array

    @classmethod
    def of(cls, columns: Array, reach: float) -> Self:
        """Return the scale that takes columns to ``-reach ... reach``, V.

        A column of one value says nothing that could be learned: it is 0 V, whatever it holds
        later, and 0 V or any other voltage is that value.
        """
        low, high = columns.min(axis=0), columns.max(axis=0)
        # Halves first: the sum of two large numbers may overflow.
        half = high / 2 - low / 2
        return cls(low / 2 + high / 2, half / reach)

    def to_volts(self, columns: Array) -> Array:
        """Return columns as voltages, beyond the reach where they are beyond the training data."""
        varies = self.per_volt > 0
        away = np.where(varies, columns - self.middle, 0.0)
        return np.asarray(away / np.where(varies, self.per_volt, 1.0))

    def from_volts(self, volts: Array) -> Array:
        """Return what `to_volts` was given."""
        return np.asarray(volts * self.per_volt + self.middle)
