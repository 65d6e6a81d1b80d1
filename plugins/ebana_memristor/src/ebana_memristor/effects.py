"""What cells do otherwise than their response says: one class per effect, freely mixed."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, final

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


def _above_zero(effect: Any, field: Any, value: float) -> None:
    if not 0 < value < np.inf:
        raise ParameterError(
            f"{type(effect).__name__} has {field.name}={value!r}.",
            "give a finite number above zero",
        )


def _levels(effect: Any, field: Any, value: Any) -> None:
    is_whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
    if not is_whole or value < 2:
        raise ParameterError(
            f"{type(effect).__name__} has {field.name}={value!r}.",
            "give a whole number of at least 2",
        )


ON_LEVEL = 1e-9
"""Distance from a level, in levels, that counts as none."""


class Effect:
    """Something that a real cell does. The defaults do nothing."""

    @property
    def drawn(self) -> Sequence[Drawn]:
        """What each cell has from its making. Recorded as parameters of the layer."""
        return ()

    acts_on_pulses: ClassVar[bool] = False
    """It changes steps alone, so that cells without pulses do not know it."""

    def settled(self, x: Array, own: Mapping[str, Array], rng: np.random.Generator) -> Array:
        """Return where cells come to stand, 0 at the lowest conductance and 1 at the highest.

        Args:
            x: Where they were put, or programmed to.
            own: What each cell has from its making, by name.
            rng: For effects that differ from time to time.
        """
        del own, rng
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

    def read(self, rng: np.random.Generator, shape: Any) -> Any:
        """Return the factor by which conductances are off in a measurement; None: by none."""
        del rng, shape
        return None


@final
@attrs.frozen
class DeviceSpread(Effect):
    """Every cell has steps of its own size, log-normal about the response's.

    Args:
        sigma: Standard deviation of the logarithm.
    """

    acts_on_pulses = True

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

    acts_on_pulses = True

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

    def settled(self, x: Array, own: Mapping[str, Array], rng: np.random.Generator) -> Array:
        stuck = own["stuck"]
        return np.where(stuck == 0, x, (stuck + 1) / 2)


@final
@attrs.frozen
class Quantised(Effect):
    """Cells hold a few evenly spaced conductances only; what is programmed goes to the nearest.

    A change of less than half a level is lost, unless `stochastic` lets it happen now and then.

    Args:
        n_levels: Number of conductances, both ends of the window among them.
        stochastic: Go up or down at random, so that the mean is what was programmed.
    """

    n_levels: int = attrs.field(validator=_levels)
    stochastic: bool = False

    def settled(self, x: Array, own: Mapping[str, Array], rng: np.random.Generator) -> Array:
        place = x * (self.n_levels - 1)
        nearest = np.rint(place)
        if not self.stochastic:
            return nearest / (self.n_levels - 1)
        drawn = np.floor(place + rng.random(np.shape(x)))
        level = np.where(np.abs(place - nearest) < ON_LEVEL, nearest, drawn)
        return np.clip(level / (self.n_levels - 1), 0, 1)


@final
@attrs.frozen
class ReadNoise(Effect):
    """Conductances fluctuate: log-normal about what they are, of the same mean.

    One draw holds for all phases of a batch, or for one evaluation: noise that is slow against
    the phases, as 1/f and telegraph noise are.

    Args:
        sigma: Relative standard deviation.
    """

    sigma: float = attrs.field(validator=_spread)

    def read(self, rng: np.random.Generator, shape: Any) -> Any:
        spread = np.sqrt(np.log1p(self.sigma**2))
        return np.exp(spread * rng.standard_normal(shape) - spread**2 / 2)


@final
@attrs.frozen(kw_only=True)
class Drift(Effect):
    """Conductances fall with the time since programming, as ``(1 + t/t0)**-exponent``.

    Training does not know it; `age` lets the cells of a trained model drift.

    Args:
        exponent: Mean over cells.
        sigma: Standard deviation over cells; exponents below zero count as zero.
        t0: Time that drift sets in at, s.

    Source:
        Ielmini et al., IEEE Trans. Electron Devices 56(5), 2009 (power law, its exponents).
    """

    exponent: float = attrs.field(default=0.05, validator=_spread)
    sigma: float = attrs.field(default=0.0, validator=_spread)
    t0: float = attrs.field(default=1.0, validator=_above_zero)

    @property
    def drawn(self) -> Sequence[Drawn]:
        item = quantity("drift_exponent", "1", at_least=0.0, meaning="of this cell")

        def draw(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
            return np.maximum(self.exponent + self.sigma * rng.standard_normal(shape), 0.0)

        return [(item, draw)]

    def left(self, seconds: float, exponents: Array) -> Array:
        """Return what is left of the conductances, as a factor."""
        return np.asarray((1 + seconds / self.t0) ** -exponents)
