"""Values of devices as optimizers of other libraries move them: in a unit of their own size."""

from typing import Self, final

import attrs
import numpy as np

from ebana_core.arrays import Array
from ebana_core.network.declared import DeclaredParameter

NEAREST = 1e-6
"""Share of its unit up to which a value comes near a bound that it must not reach, such as 0 S."""


@final
@attrs.frozen
class Bounds:
    """The bounds within which one parameter of a model stays, and its unit.

    Conductances of microsiemens and weights near 1 cannot share a learning rate: an optimizer
    moves the share that a value is of its unit.

    Args:
        name: Of the parameter, for example ``"d1.conductance"``.
        low: Lower bound, in the parameter's SI unit.
        high: Upper bound.
        unit: By which the values are divided: see `unit_of`.
    """

    name: str
    low: float
    high: float
    unit: float

    @classmethod
    def of(cls, declared: DeclaredParameter, values: Array) -> Self:
        """Return the bounds and the unit of a parameter that has some values."""
        declaration, unit = declared.declaration, unit_of(values)
        quantity = declaration.quantity
        low = max(declaration.lower, quantity.at_least)
        if quantity.above >= low:
            gap = NEAREST * unit
            low = quantity.above + min(gap, float(values.min()) - quantity.above)
        return cls(declared.name, low, min(declaration.upper, quantity.at_most), unit)


def unit_of(values: Array) -> float:
    """Return the size of typical values, by which a parameter is divided: their root mean square.

    1 where all of them are zero.
    """
    return float(np.sqrt(np.mean(values**2))) or 1.0
