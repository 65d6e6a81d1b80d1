"""What cells do otherwise than their response says: one class per effect, freely mixed."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, final

import attrs
import numpy as np

from ebana_core.arrays import Array
from ebana_core.errors import ParameterError
from ebana_core.quantities import Quantity, quantity

Drawn = tuple[Quantity, Callable[[np.random.Generator, tuple[int, ...]], Array]]
"""A value that each cell has from its making, and what draws it."""


def _share(effect: Any, field: Any, value: float) -> None:
    if not 0 <= value <= 1:
        raise ParameterError(
            f"{type(effect).__name__} has {field.name}={value!r}.", "give a share from 0 to 1"
        )


def _spread(effect: Any, field: Any, value: float) -> None:
    if not 0 <= value < np.inf:
        raise ParameterError(
            f"{type(effect).__name__} has {field.name}={value!r}.",
            "give a finite number of at least zero",
        )


class Effect:
    """Something that a real cell does. The defaults do nothing."""

    @property
    def drawn(self) -> Sequence[Drawn]:
        """What each cell has from its making. Recorded as parameters of the layer."""
        return ()

    def settled(self, x: Array, own: Mapping[str, Array]) -> Array:
        """Return where new cells stand, 0 at the lowest conductance and 1 at the highest."""
        del own
        return x

    def factor(self, rng: np.random.Generator, own: Mapping[str, Array], shape: Any) -> Any:
        """Return what a pulse's step is multiplied with.

        Args:
            rng: Draws what differs from pulse to pulse.
            own: What each cell has from its making, by name.
            shape: Of the crossbar.
        """
        del rng, own, shape
        return 1.0


@final
@attrs.frozen
class DeviceSpread(Effect):
    """Every cell has steps of its own size, log-normal about the response's.

    Args:
        sigma: Standard deviation of the logarithm.
    """

    sigma: float = attrs.field(validator=_spread)

    @property
    def drawn(self) -> Sequence[Drawn]:
        size = quantity("step_size", "1", above=0.0, meaning="of this cell's steps")
        return [(size, lambda rng, shape: np.exp(self.sigma * rng.standard_normal(shape)))]

    def factor(self, rng: np.random.Generator, own: Mapping[str, Array], shape: Any) -> Any:
        return own["step_size"]


@final
@attrs.frozen
class PulseNoise(Effect):
    """Every pulse moves by another amount, normal about the response's: cycle to cycle.

    Args:
        sigma: Relative standard deviation of one step; beyond 1 many pulses go the wrong way.
    """

    sigma: float = attrs.field(validator=_spread)

    def factor(self, rng: np.random.Generator, own: Mapping[str, Array], shape: Any) -> Any:
        return 1 + self.sigma * rng.standard_normal(shape)


@final
@attrs.frozen
class StuckCells(Effect):
    """Some cells stand at an end of the window for ever.

    Args:
        low: Share of cells at the lowest conductance.
        high: Share of cells at the highest.
    """

    low: float = attrs.field(default=0.0, validator=_share)
    high: float = attrs.field(default=0.0, validator=_share)

    def __attrs_post_init__(self) -> None:
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

    def factor(self, rng: np.random.Generator, own: Mapping[str, Array], shape: Any) -> Any:
        return (own["stuck"] == 0).astype(np.float64)

    def settled(self, x: Array, own: Mapping[str, Array]) -> Array:
        stuck = own["stuck"]
        return np.where(stuck == 0, x, (stuck + 1) / 2)
