"""Effects that differ from time to time, and cells of few levels."""

from typing import Any, final

import attrs
import numpy as np

from ebana_core.arrays import Array
from ebana_core.validators import truth, whole, word
from ebana_memristor.checks import at_least_zero, spread
from ebana_memristor.effects import Cells, Effect

ON_LEVEL = 1e-9
"""Distance from a level, in levels, up to which a cell counts as being at it."""


@final
@attrs.frozen
class PulseNoise(Effect):
    """Steps of pulses scatter normally about that of the response (cycle to cycle).

    Args:
        sigma: Relative standard deviation of one step; beyond 1 many pulses go the wrong way.

    Examples:
        >>> PulseNoise(0.3).without_noise is None
        True
    """

    acts_on_pulses = True

    sigma: float = attrs.field(validator=at_least_zero)

    @property
    def without_noise(self) -> None:
        return None

    def factor(self, cells: Cells, rng: np.random.Generator, shape: tuple[int, ...]) -> Any:
        return 1 + self.sigma * rng.standard_normal(shape)


@final
@attrs.frozen
class WriteNoise(Effect):
    """Every cell that an update programs ends up beside its goal, normally distributed.

    It relaxes after the last pulse and the last read, so that write-verify does not mend it.

    Args:
        sigma: Standard deviation, as a share of the window.

    Examples:
        >>> WriteNoise(0.02).without_noise is None
        True
    """

    sigma: float = attrs.field(validator=at_least_zero)

    @property
    def without_noise(self) -> None:
        return None

    def settled(self, x: Array, cells: Cells, rng: np.random.Generator) -> Array:
        return np.clip(x + self.sigma * rng.standard_normal(np.shape(x)), 0, 1)


@final
@attrs.frozen
class ReadNoise(Effect):
    """Conductances fluctuate from reading to reading by log-normal factors of mean 1.

    One draw holds for all phases of a batch, for all reads that verify an update, or for one
    evaluation: noise that is slow against these, as 1/f and telegraph noise are.

    Args:
        sigma: Relative standard deviation.

    Examples:
        >>> import numpy
        >>> from ebana_memristor import Cells
        >>> cells, rng = Cells((1e-6, 1e-4), {}), numpy.random.default_rng(0)
        >>> seen = ReadNoise(0.05).seen(numpy.full(10_000, 1e-5), cells, rng)
        >>> round(float(seen.std() / seen.mean()), 2)
        0.05
    """

    sigma: float = attrs.field(validator=spread)

    @property
    def without_noise(self) -> None:
        return None

    def seen(self, conductance: Array, cells: Cells, rng: np.random.Generator) -> Array:
        # Of the logarithm; the shift by half of its square makes the mean of the factors 1.
        width = np.sqrt(np.log1p(self.sigma**2))
        drawn = rng.standard_normal(np.shape(conductance))
        return np.asarray(conductance * np.exp(width * drawn - width**2 / 2))


@final
@attrs.frozen
class Quantised(Effect):
    """Cells hold a few conductances only; programming ends at the nearest of them.

    A change of less than half a level is lost, unless `stochastic` lets it happen now and then.
    With pulses, a pulse of less than half a level is given, counted and lost.

    Args:
        n_levels: Number of conductances, both ends of the window among them.
        stochastic: Go up or down at random, so that the mean is what was programmed.
        spacing: ``"linear"``: at equal differences; ``"log"``: at equal ratios, for windows of
            decades.

    Examples:
        >>> import numpy
        >>> from ebana_memristor import Cells
        >>> cells, rng = Cells((1e-6, 1e-4), {}), numpy.random.default_rng(0)
        >>> Quantised(n_levels=3).settled(numpy.array([0.2, 0.6]), cells, rng)
        array([0. , 0.5])
    """

    n_levels: int = attrs.field(validator=whole(at_least=2))
    stochastic: bool = attrs.field(default=False, validator=truth)
    spacing: str = attrs.field(default="linear", validator=word("linear", "log"))

    @property
    def without_noise(self) -> "Quantised":
        return attrs.evolve(self, stochastic=False)

    def settled(self, x: Array, cells: Cells, rng: np.random.Generator) -> Array:
        decades = np.log(cells.window[1] / cells.window[0])
        is_log, last = self.spacing == "log", self.n_levels - 1
        even = np.log(cells.conductance(x) / cells.window[0]) / decades if is_log else x
        level = np.clip(self._level(even * last, rng), 0, last) / last
        return cells.place(cells.window[0] * np.exp(level * decades)) if is_log else level

    def _level(self, place: Array, rng: np.random.Generator) -> Array:
        nearest = np.rint(place)
        if not self.stochastic:
            return nearest
        # Up with a probability of the part above the lower level: right in the mean.
        drawn = np.floor(place + rng.random(np.shape(place)))
        # A cell at a level stays there, whatever rounding says.
        return np.where(np.abs(place - nearest) < ON_LEVEL, nearest, drawn)
