"""Values of devices as parameters of PyTorch: in a unit of their own size, and within bounds."""

from typing import final

import attrs
import torch

from ebana_core.differentiable import Bounds


@final
@attrs.frozen
class Bounded:
    """How one parameter of a model is kept as a parameter of PyTorch.

    Args:
        bounds: Its name, its bounds and its unit.
    """

    bounds: Bounds

    @property
    def name(self) -> str:
        """Of the model's parameter."""
        return self.bounds.name

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
            low, high = self.bounds.low / float(unit), self.bounds.high / float(unit)
            # Only then: whatever is written to can no longer be differentiated.
            if not bool(((kept >= low) & (kept <= high)).all()):
                kept.clamp_(low, high)

    def value(self, kept: torch.Tensor, unit: torch.Tensor) -> torch.Tensor:
        """Return what a parameter stands for, in SI units and float64, on the processor."""
        value = kept.to("cpu", torch.float64) * unit.to("cpu", torch.float64)
        # A parameter at its bound may round to beyond it. It keeps its derivative there.
        return value + (value.clamp(self.bounds.low, self.bounds.high) - value).detach()
