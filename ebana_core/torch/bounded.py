"""Values of devices as parameters of PyTorch: in a unit of their own size, and within bounds."""

from typing import Self, final

import attrs
import numpy as np
import torch

from ebana_core.arrays import Array
from ebana_core.network.declared import DeclaredParameter

NEAREST = 1e-6
"""Share of its unit up to which a value comes near a bound that it must not reach, such as 0 S."""


@final
@attrs.frozen
class Bounded:
    """How one parameter of a model is kept as a parameter of PyTorch.

    Args:
        name: Of the parameter, for example ``"d1.conductance"``.
        low: Lower bound, in the parameter's SI unit.
        high: Upper bound.
    """

    name: str
    low: float
    high: float

    @classmethod
    def of(cls, declared: DeclaredParameter, values: Array) -> Self:
        """Return the bounds of a parameter that has some values."""
        declaration = declared.declaration
        quantity = declaration.quantity
        low = max(declaration.lower, quantity.at_least)
        if quantity.above >= low:
            gap = NEAREST * unit_of(values)
            low = quantity.above + min(gap, float(values.min()) - quantity.above)
        return cls(declared.name, low, min(declaration.upper, quantity.at_most))

    @property
    def key(self) -> str:
        """Name of the PyTorch parameter: without a dot, as modules need it."""
        return self.name.replace(".", "__")

    @property
    def unit_key(self) -> str:
        """Name of the buffer that holds the unit."""
        return f"{self.key}_unit"

    def project(self, kept: torch.Tensor, unit: torch.Tensor) -> None:
        """Bring a parameter that an optimizer took out of the bounds back to them, in place."""
        with torch.no_grad():
            low, high = self.low / float(unit), self.high / float(unit)
            # Only then: whatever is written to can no longer be differentiated.
            if not bool(((kept >= low) & (kept <= high)).all()):
                kept.clamp_(low, high)

    def value(self, kept: torch.Tensor, unit: torch.Tensor) -> torch.Tensor:
        """Return what a parameter stands for, in SI units and float64, on the processor."""
        value = kept.to("cpu", torch.float64) * unit.to("cpu", torch.float64)
        # A parameter at its bound may round to beyond it. It keeps its derivative there.
        return value + (value.clamp(self.low, self.high) - value).detach()


def unit_of(values: Array) -> float:
    """Return the size of typical values, by which a parameter is divided: their root mean square.

    1 where all of them are zero.
    """
    return float(np.sqrt(np.mean(values**2))) or 1.0
