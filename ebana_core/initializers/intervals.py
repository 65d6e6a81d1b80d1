"""Draws from an interval, whose upper end may shrink with the number of devices at a node."""

import math
from typing import final

import attrs
import numpy as np

from ebana_core.arrays import Array
from ebana_core.errors import ParameterError, ShapeError
from ebana_core.initializers.initializer import Initializer, Shape
from ebana_core.initializers.settings import check_numbers, check_order
from ebana_core.papers.entries import HE_2015

WINDOWS = 4
"""Axes of what windows have, at least: rows, columns, channels, filters."""


@attrs.frozen
class IntervalInitializer(Initializer):
    """Draws from the interval from `init_low` to `init_high` and clips.

    Args:
        init_low: Lower end of the draw, S, above 0.
        init_high: Upper end of the draw, S, at least `init_low`.
        clip_low: Lower bound at all times, S, above 0. None: any value above zero.
        clip_high: Upper bound at all times, S, at least `clip_low`. None: no bound.

    Raises:
        ParameterError: No draw lies within the bounds, which would make all devices equal.

    Examples:
        >>> import numpy
        >>> class Upper(IntervalInitializer):
        ...     def draw(self, shape, rng):
        ...         return numpy.full(shape, self.init_high)
        >>> Upper(1e-7, 1e-5, clip_high=1e-4).draw((1, 2), numpy.random.default_rng(0))
        array([[1.e-05, 1.e-05]])
    """

    init_low: float
    init_high: float
    clip_low: float | None = None
    clip_high: float | None = None

    def __attrs_post_init__(self) -> None:
        check_numbers(self, "init_low", "init_high", "clip_low", "clip_high")
        check_order(self, "init_low", self.init_low, "init_high", self.init_high)
        check_order(self, "clip_low", self.lower, "clip_high", self.upper)
        check_order(self, "clip_low", self.lower, "init_high", self.init_high)
        check_order(self, "init_low", self.init_low, "clip_high", self.upper)

    @property
    def lower(self) -> float:
        return 0.0 if self.clip_low is None else self.clip_low

    @property
    def upper(self) -> float:
        return math.inf if self.clip_high is None else self.clip_high

    def _uniform(self, high: float, shape: Shape, rng: np.random.Generator) -> Array:
        drawn = rng.uniform(self.init_low, high, shape)
        return np.clip(drawn, self.lower, self.upper)

    def _log_uniform(self, high: float, shape: Shape, rng: np.random.Generator) -> Array:
        drawn = np.exp(rng.uniform(math.log(self.init_low), math.log(high), shape))
        drawn = np.clip(drawn, self.init_low, high)  # exp and log round past the ends
        return np.clip(drawn, self.lower, self.upper)

    def _high(self, n_connections: int) -> float:
        """Return ``init_high/sqrt(n_connections + 1)``, S, if that leaves an interval."""
        high = self.init_high / math.sqrt(n_connections + 1)
        for name, low in (("init_low", self.init_low), ("clip_low", self.lower)):
            if not high >= low:
                raise ParameterError(
                    f"{type(self).__name__} divides init_high = {self.init_high!r} S by "
                    f"sqrt({n_connections} + 1), which gives {high:.6g} S, below "
                    f"{name} = {low!r} S.",
                    f"lower {name} to at most {high:.6g}, or raise init_high",
                )
        return high


@final
@attrs.frozen
class RandomUniform(IntervalInitializer):
    """Uniform on (`init_low`, `init_high`).

    Examples:
        >>> siemens = RandomUniform(1e-7, 1e-5, clip_low=1e-8, clip_high=1e-4)
        >>> siemens.lower, siemens.upper  # which learning never passes
        (1e-08, 0.0001)
    """

    def draw(self, shape: Shape, rng: np.random.Generator) -> Array:
        return self._uniform(self.init_high, shape, rng)


@final
@attrs.frozen
class LogUniform(IntervalInitializer):
    """The logarithm uniform on (log `init_low`, log `init_high`).

    Examples:
        >>> import numpy
        >>> drawn = LogUniform(1e-8, 1e-4).draw((100, 100), numpy.random.default_rng(0))
        >>> round(float(numpy.log10(drawn).mean()))  # half of them below 1 µS
        -6
    """

    def draw(self, shape: Shape, rng: np.random.Generator) -> Array:
        return self._log_uniform(self.init_high, shape, rng)


@final
@attrs.frozen
class GlorotUniform(IntervalInitializer):
    """Uniform on (`init_low`, ``init_high/sqrt(fan_in + fan_out + 1)``).

    Conductances are positive, so only the upper end shrinks with the width.

    Examples:
        >>> import numpy
        >>> drawn = GlorotUniform(1e-7, 1e-5).draw((50, 49), numpy.random.default_rng(0))
        >>> bool(drawn.max() <= 1e-5 / 10)  # sqrt(50 + 49 + 1) is 10
        True

    Source:
        After Glorot and Bengio 2010, AISTATS, equation 16.
    """

    needs_fans = True

    def draw(self, shape: Shape, rng: np.random.Generator) -> Array:
        return self._uniform(self._high(sum(_fans(self, shape))), shape, rng)


@final
@attrs.frozen
class GlorotLogUniform(IntervalInitializer):
    """The logarithm uniform, on the interval of `GlorotUniform`.

    Examples:
        >>> import numpy
        >>> drawn = GlorotLogUniform(1e-7, 1e-5).draw((50, 49), numpy.random.default_rng(0))
        >>> bool(drawn.max() <= 1e-5 / 10)  # sqrt(50 + 49 + 1) is 10
        True
    """

    needs_fans = True

    def draw(self, shape: Shape, rng: np.random.Generator) -> Array:
        return self._log_uniform(self._high(sum(_fans(self, shape))), shape, rng)


@final
@attrs.frozen
class HeUniform(IntervalInitializer):
    """Uniform on (`init_low`, ``init_high/sqrt(fan_in + 1)``).

    Examples:
        >>> import numpy
        >>> drawn = HeUniform(1e-7, 1e-5).draw((99, 20), numpy.random.default_rng(0))
        >>> bool(drawn.max() <= 1e-5 / 10)  # sqrt(99 + 1) is 10
        True

    Source:
        After He et al. 2015, arXiv:1502.01852, section 2.2.
    """

    @property
    def papers(self) -> tuple[str, ...]:
        return (HE_2015,)

    needs_fans = True

    def draw(self, shape: Shape, rng: np.random.Generator) -> Array:
        return self._uniform(self._high(_fans(self, shape)[0]), shape, rng)


def _fans(owner: Initializer, shape: Shape) -> tuple[int, int]:
    """Return how many devices the nodes before and behind a parameter of a shape have, at most.

    Source:
        Of windows as Keras counts them: those of a window, and those that windows share a node in.
    """
    if len(shape) < 2:
        raise ShapeError(
            f"{type(owner).__name__} got shape {tuple(shape)}, which has no fan_in and fan_out.",
            "use RandomUniform or LogUniform for parameters that are not crossbars",
        )
    window = math.prod(shape[-4:-2]) if len(shape) >= WINDOWS else 1
    return window * shape[-2], window * shape[-1]
