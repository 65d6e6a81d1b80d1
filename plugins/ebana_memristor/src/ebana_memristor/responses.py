"""How far one pulse moves a cell.

A response says by what share of the window one pulse moves a cell that stands at x, 0 at the
lowest and 1 at the highest conductance.
"""

from abc import ABC, abstractmethod
from typing import Any, final

import attrs
import numpy as np

from ebana_core.arrays import Array, BoolArray
from ebana_core.checking import own_settings
from ebana_core.errors import ParameterError
from ebana_core.validators import whole
from ebana_memristor.checks import above_zero, is_within

Drive = tuple[tuple[float, float], tuple[float, float]]
"""Height, V, and width, s, of a pulse up, and of one down."""


SMALLEST = 1e-6
"""Step, as a share of the window, below which a cell counts as not moved by pulses."""


@final
@attrs.frozen
class Pace:
    """How a response crosses the window.

    Args:
        n_across: Pulses that cross the middle nine tenths of the window, the slower way.
        up: Median of the steps up there, as a share of the window.
        down: Of the steps down.
    """

    n_across: int
    up: float
    down: float


class PulseResponse(ABC):
    """How far one pulse moves a cell.

    Examples:
        >>> import numpy
        >>> class Halves(PulseResponse):
        ...     def step(self, x, is_up):
        ...         return numpy.where(is_up, 1 - x, x) / 2
        >>> Halves().step(numpy.array([0.2]), numpy.array([True]))
        array([0.4])
    """

    def __attrs_post_init__(self) -> None:
        own_settings(self)

    @abstractmethod
    def step(self, x: Array, is_up: BoolArray) -> Array:
        """Return the size of one pulse's step, as a share of the window. Shape of `x`.

        Args:
            x: Where the cells stand, 0 to 1.
            is_up: Which are pulsed towards the higher conductance.
        """

    def checked_step(self, x: Array, is_up: BoolArray) -> Array:
        """Return `step` after checking what a response of someone else's returned.

        Raises:
            ParameterError: It is not an array of finite numbers of at least zero; names the class.
        """
        found: Any = self.step(x, is_up)
        is_real = isinstance(found, np.ndarray | float) and np.asarray(found).dtype == np.float64
        if is_real and np.shape(found) in ((), x.shape):
            steps = np.broadcast_to(found, x.shape)
            if is_within(steps, 0.0, np.finfo(np.float64).max):
                return steps
        problem = f"{type(self).__name__}.step returned {found!r} for {x.size} cells."
        raise ParameterError(problem, "return float64 steps of at least zero, one per cell")

    @property
    def window(self) -> tuple[float, float] | None:
        """Conductances that it was measured or computed for, S; None: any."""
        return None

    @property
    def drive(self) -> Drive | None:
        """Pulses that it belongs to; None: any."""
        return None

    @property
    def compliance(self) -> float:
        """Largest current of its pulses, A. Default: no limit."""
        return np.inf

    @property
    def pace(self) -> Pace:
        """How the response crosses the window.

        Steps below a hundredth of the middle one count as that in the number of pulses: where
        cells hardly answer, more pulses help little.
        """
        x = np.linspace(0.05, 0.95, 181)
        ways = [self.checked_step(x, np.full(x.shape, is_up)) for is_up in (True, False)]
        up, down = (float(np.median(way)) for way in ways)
        floored = (
            np.maximum(way, max(middle / 100, SMALLEST))
            for way, middle in zip(ways, (up, down), strict=True)
        )
        # The slower way counts: both have to be possible.
        n_across = int(np.ceil(max(0.9 * float(np.mean(1 / way)) for way in floored)))
        return Pace(n_across, up, down)


@final
@attrs.frozen(kw_only=True)
class LinearPulses(PulseResponse):
    """Every pulse moves a cell by the same amount.

    Args:
        n_states: Pulses from one end of the window to the other.
        asymmetry: Size of a step down, relative to one up.

    Examples:
        >>> import numpy
        >>> LinearPulses(n_states=50).step(numpy.array([0.1, 0.9]), numpy.array([True, False]))
        array([0.02, 0.02])
    """

    n_states: int = attrs.field(default=100, validator=whole())
    asymmetry: float = attrs.field(default=1.0, validator=above_zero)

    def step(self, x: Array, is_up: BoolArray) -> Array:
        # 0*x gives the step, which is the same everywhere, the shape of the cells.
        return np.where(is_up, 1.0, self.asymmetry) / self.n_states + 0 * x


@final
@attrs.frozen(kw_only=True)
class SoftBounds(PulseResponse):
    """Steps shrink towards the end that they lead to: up by ``(1 - x)``, down by ``x``.

    Args:
        n_states: One over the step in the middle of the window.
        asymmetry: Size of a step down, relative to one up.

    Examples:
        >>> import numpy
        >>> SoftBounds(n_states=10).step(numpy.array([0.0, 0.5]), numpy.array([True, True]))
        array([0.2, 0.1])

    Source:
        Fusi and Abbott, Nature Neuroscience 10, 2007 (soft bounds); Frascaroli et al.,
        Scientific Reports 8, 7178, 2018.
    """

    n_states: int = attrs.field(default=100, validator=whole())
    asymmetry: float = attrs.field(default=1.0, validator=above_zero)

    def step(self, x: Array, is_up: BoolArray) -> Array:
        return 2 * np.where(is_up, 1 - x, self.asymmetry * x) / self.n_states


@final
@attrs.frozen(kw_only=True)
class Exponential(PulseResponse):
    """Steps shrink exponentially on the way: up by ``exp(-up*x)``, down by ``exp(-down*(1-x))``.

    Args:
        n_states: Pulses from one end to the other, about.
        up: How strongly steps up shrink.
        down: How strongly steps down shrink; another number than `up` is an asymmetry.

    Examples:
        >>> import numpy
        >>> up = numpy.array([True, True])
        >>> first, last = Exponential().step(numpy.array([0.0, 1.0]), up)
        >>> bool(last < first / 10)
        True

    Source:
        Querlioz, Bichler and Gamrat, IJCNN 2011, doi:10.1109/IJCNN.2011.6033439.
    """

    n_states: int = attrs.field(default=100, validator=whole())
    up: float = attrs.field(default=3.0, validator=above_zero)
    down: float = attrs.field(default=3.0, validator=above_zero)

    def step(self, x: Array, is_up: BoolArray) -> Array:
        grown = np.where(is_up, np.expm1(self.up) / self.up, np.expm1(self.down) / self.down)
        left = np.where(is_up, np.exp(-self.up * x), np.exp(-self.down * (1 - x)))
        return grown * left / self.n_states
