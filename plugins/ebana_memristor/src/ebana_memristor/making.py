"""Differences between cells that come from their making (device to device)."""

from collections.abc import Sequence
from typing import Any, final

import attrs
import numpy as np

from ebana_core.arrays import Array
from ebana_core.errors import ParameterError
from ebana_core.quantities import quantity
from ebana_memristor.checks import share, spread
from ebana_memristor.effects import Cells, Drawn, Effect


def _factors(sigma: float, rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """Return log-normal factors of mean 1."""
    # Without the last term their mean would be exp(sigma**2/2).
    return np.asarray(np.exp(sigma * rng.standard_normal(shape) - sigma**2 / 2))


@final
@attrs.frozen
class DeviceSpread(Effect):
    """Every cell has steps of its own size, log-normal, of the response's mean.

    Args:
        sigma: Standard deviation of the logarithm.

    Examples:
        >>> size, draw = DeviceSpread(0.2).drawn[0]  # drawn once for each cell, when it is made
        >>> size.name
        'step_size'
    """

    acts_on_pulses = True

    sigma: float = attrs.field(validator=spread)

    @property
    def drawn(self) -> Sequence[Drawn]:
        size = quantity("step_size", "1", above=0.0, meaning="of this cell's steps")
        return [(size, lambda rng, shape: _factors(self.sigma, rng, shape))]

    def factor(self, cells: Cells, rng: np.random.Generator, shape: tuple[int, ...]) -> Any:
        return cells.own["step_size"]


@final
@attrs.frozen
class ConductanceSpread(Effect):
    """Every cell conducts more or less than it should, by a log-normal factor of mean 1.

    What it was programmed to is its parameter; circuits find the product.

    Args:
        sigma: Standard deviation of the logarithm.

    Examples:
        >>> from ebana_core.initializers import RandomUniform
        >>> from ebana_memristor import MemristorLayer
        >>> siemens = RandomUniform(1e-6, 1e-5)
        >>> effects = [ConductanceSpread(0.1)]
        >>> MemristorLayer(units=2, name="m", initializer=siemens, effects=effects).effects[0].sigma
        0.1
    """

    sigma: float = attrs.field(validator=spread)

    @property
    def drawn(self) -> Sequence[Drawn]:
        size = quantity("conductance_factor", "1", above=0.0, meaning="of this cell")
        return [(size, lambda rng, shape: _factors(self.sigma, rng, shape))]

    def seen(self, conductance: Array, cells: Cells, rng: np.random.Generator) -> Array:
        return np.asarray(conductance * cells.own["conductance_factor"])


@final
@attrs.frozen
class StuckCells(Effect):
    """Some cells stand at an end of the window for ever, whatever they are programmed to.

    Args:
        low: Share of cells at the lowest conductance.
        high: Share of cells at the highest.

    Examples:
        >>> StuckCells(low=0.01, high=0.02).high
        0.02
    """

    holds_cells = True

    low: float = attrs.field(default=0.0, validator=share)
    high: float = attrs.field(default=0.0, validator=share)

    def __attrs_post_init__(self) -> None:
        super().__attrs_post_init__()
        if self.low + self.high > 1:
            raise ParameterError(
                f"StuckCells has low={self.low!r} and high={self.high!r}.",
                "give shares whose sum is at most 1",
            )

    @property
    def drawn(self) -> Sequence[Drawn]:
        stuck = quantity("stuck", "1", at_least=-1.0, at_most=1.0, meaning="-1 low, 0 free, 1 high")

        def draw(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
            uniform = rng.random(shape)
            is_high = (uniform >= self.low) & (uniform < self.low + self.high)
            return np.where(uniform < self.low, -1.0, np.where(is_high, 1.0, 0.0))

        return [(stuck, draw)]

    def is_free(self, cells: Cells) -> Any:
        return cells.own["stuck"] == 0

    def settled(self, x: Array, cells: Cells, rng: np.random.Generator) -> Array:
        stuck = cells.own["stuck"]
        return np.where(stuck == 0, x, (stuck + 1) / 2)

    def seen(self, conductance: Array, cells: Cells, rng: np.random.Generator) -> Array:
        stuck, (low, high) = cells.own["stuck"], cells.window
        return np.where(stuck == 0, conductance, np.where(stuck < 0, low, high))
