"""What cells do otherwise than their law and their response say: what an effect promises."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

import attrs
import numpy as np

from ebana_core.arrays import Array
from ebana_core.quantities import Quantity

Drawn = tuple[Quantity, Callable[[np.random.Generator, tuple[int, ...]], Array]]
"""A value that each cell has from its making, and what draws it."""


@attrs.frozen(eq=False)
class Cells:
    """The cells that an effect acts on.

    Args:
        window: Lowest and highest conductance, S.
        own: What each cell has from its making, by name.
    """

    window: tuple[float, float]
    own: Mapping[str, Array]

    def conductance(self, x: Array) -> Array:
        """Return the conductances of cells at x, 0 to 1 of the window, S."""
        low, high = self.window
        return np.clip(low + x * (high - low), low, high)

    def place(self, conductance: Array) -> Array:
        """Return where cells of conductances stand, 0 to 1 of the window."""
        low, high = self.window
        return np.clip((conductance - low) / (high - low), 0, 1)


class Effect:
    """Something that a real cell does. The defaults do nothing."""

    acts_on_pulses: ClassVar[bool] = False
    """It changes steps alone, so that cells without pulses do not know it."""

    @property
    def drawn(self) -> Sequence[Drawn]:
        """What each cell has from its making. Recorded as parameters of the layer."""
        return ()

    def settled(self, x: Array, cells: Cells, rng: np.random.Generator) -> Array:
        """Return where cells come to stand, 0 at the lowest conductance and 1 at the highest.

        Args:
            x: Where they were put, or programmed to.
            cells: What they are.
            rng: For effects that differ from time to time.
        """
        del cells, rng
        return x

    def factor(self, cells: Cells, rng: np.random.Generator, shape: tuple[int, ...]) -> Any:
        """Return what a pulse's step is multiplied with.

        Args:
            cells: What they are.
            rng: Draws what differs from pulse to pulse.
            shape: Of the crossbar.
        """
        del cells, rng, shape
        return 1.0

    def seen(self, conductance: Array, cells: Cells, rng: np.random.Generator) -> Array:
        """Return the conductances that circuits and readings find, S.

        Args:
            conductance: What the cells were programmed to, S.
            cells: What they are.
            rng: Draws what fluctuates.
        """
        del cells, rng
        return conductance
