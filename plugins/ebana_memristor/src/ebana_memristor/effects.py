"""The interface of effects: how real cells differ from their law and their response."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

import attrs
import numpy as np

from ebana_core.arrays import Array, BoolArray
from ebana_core.checking import own_settings
from ebana_core.quantities import Quantity
from ebana_memristor.cells import Cell

Drawn = tuple[Quantity, Callable[[np.random.Generator, tuple[int, ...]], Array]]
"""A value that each cell has from its making, and the function that draws it."""


@attrs.frozen(eq=False)
class Cells:
    """The cells that an effect acts on.

    Args:
        window: Lowest and highest conductance, S.
        own: What each cell has from its making, by name.

    Examples:
        >>> import numpy
        >>> cells = Cells((1e-6, 1e-4), {})
        >>> cells.conductance(numpy.array([0.0, 1.0]))  # at both ends of the window
        array([1.e-06, 1.e-04])
    """

    window: tuple[float, float]
    own: Mapping[str, Array]

    def at(self, places: BoolArray) -> "Cells":
        """Return some of the cells, in a row; values that all share stay."""
        return Cells(
            self.window,
            {n: a[places] if a.shape == places.shape else a for n, a in self.own.items()},
        )

    def conductance(self, x: Array) -> Array:
        """Return the conductances of cells at x, 0 to 1 of the window, S."""
        low, high = self.window
        return np.clip(low + x * (high - low), low, high)

    def place(self, conductance: Array) -> Array:
        """Return where cells of conductances stand, 0 to 1 of the window."""
        return np.clip(self.reading(conductance), 0, 1)

    def reading(self, conductance: Array) -> Array:
        """Return conductances on the scale of `place`; readings may lie beyond the window."""
        low, high = self.window
        return (conductance - low) / (high - low)


class Effect:
    """Something that a real cell does. The defaults do nothing.

    Examples:
        >>> class Heated(Effect):
        ...     def seen(self, conductance, cells, rng):
        ...         return 1.02 * conductance
        >>> Heated().seen(1e-6, None, None)
        1.02e-06
    """

    acts_on_pulses: ClassVar[bool] = False
    """It changes the steps of pulses only, so that it needs a layer with pulses."""

    holds_cells: ClassVar[bool] = False
    """It holds some cells in place for ever, so that it is applied last when cells are made."""

    def __attrs_post_init__(self) -> None:
        own_settings(self)

    def check_cell(self, cell: Cell, layer: str) -> None:
        """Refuse a cell that this effect is not for, with the layer's name. Default: none.

        Raises:
            ParameterError: The effect is of another kind of cell.
        """
        del cell, layer

    @property
    def without_noise(self) -> "Effect | None":
        """The effect without its randomness in time; None: nothing of it is left."""
        return self

    def is_free(self, cells: Cells) -> Any:
        """Tell which cells anything can move: learning, pulses, time. Default: all."""
        del cells
        return True

    @property
    def drawn(self) -> Sequence[Drawn]:
        """Values that each cell has from its making. Recorded as parameters of the layer."""
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
        """Return the factor of a pulse's step.

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

    def after_read(self, x: Array, cells: Cells, cell: Cell) -> Array:
        """Return where cells stand after one read that verifies them, 0 to 1 of the window.

        Args:
            x: Where they stood.
            cells: What they are.
            cell: Their law and state.
        """
        del cells, cell
        return x
