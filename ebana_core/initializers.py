"""Initial values of trainable conductances, in siemens, and the bounds they keep later.

An initializer holds no random state: `draw` takes the generator. Its `lower` and `upper` are
the bounds to which a layer clips the conductances that it trains.
"""

import abc
import math
from collections.abc import Hashable
from typing import Any, ClassVar, final

import attrs
import numpy as np

from ebana_core.arrays import Array
from ebana_core.errors import ParameterError, ShapeError
from ebana_core.papers import Citing
from ebana_core.papers.entries import HE_2015
from ebana_core.quantities import quantity

Shape = tuple[int, ...]

WINDOWS = 4
"""Axes of what windows have, at least: rows, columns, channels, filters."""
_CONDUCTANCE = quantity("conductance", "S", above=0.0)


@attrs.frozen
class Initializer(Citing, abc.ABC):
    """Draws the initial conductances of a layer and bounds them afterwards."""

    needs_fans: ClassVar[bool] = False
    """It draws by the numbers of rows and columns, which only a crossbar has."""

    @abc.abstractmethod
    def draw(self, shape: Shape, rng: np.random.Generator) -> Array:
        """Return initial conductances.

        Args:
            shape: Shape of the parameter; ``(fan_in, fan_out)`` for a crossbar, copies first;
                ``(rows, columns, channels, filters)`` for windows, likewise.
            rng: The only source of randomness.

        Returns:
            Values within [`lower`, `upper`] and above 0. Shape `shape`, siemens.
        """

    @property
    @abc.abstractmethod
    def lower(self) -> float:
        """Lower bound of the conductances, S. 0 stands for no other bound than above zero."""

    @property
    @abc.abstractmethod
    def upper(self) -> float:
        """Upper bound of the conductances, S. Infinite for no bound."""


@attrs.frozen
class IntervalInitializer(Initializer):
    """Draws from the interval from `init_low` to `init_high` and clips.

    Args:
        init_low: Lower end of the draw, S, above 0.
        init_high: Upper end of the draw, S, at least `init_low`.
        clip_low: Lower bound at all times, S, above 0. None: any value above zero.
        clip_high: Upper bound at all times, S, at least `clip_low`. None: no bound.
    """

    init_low: float
    init_high: float
    clip_low: float | None = None
    clip_high: float | None = None

    def __attrs_post_init__(self) -> None:
        _check_numbers(self, "init_low", "init_high", "clip_low", "clip_high")
        _check_order(self, "init_low", self.init_low, "init_high", self.init_high)
        _check_order(self, "clip_low", self.lower, "clip_high", self.upper)

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
        if not high >= self.init_low:
            raise ParameterError(
                f"{type(self).__name__} divides init_high = {self.init_high!r} S by "
                f"sqrt({n_connections} + 1), which gives {high:.6g} S, below "
                f"init_low = {self.init_low!r} S.",
                f"lower init_low to at most {high:.6g}, or raise init_high",
            )
        return high


@final
@attrs.frozen
class RandomUniform(IntervalInitializer):
    """Uniform on (`init_low`, `init_high`)."""

    def draw(self, shape: Shape, rng: np.random.Generator) -> Array:
        return self._uniform(self.init_high, shape, rng)


@final
@attrs.frozen
class LogUniform(IntervalInitializer):
    """The logarithm uniform on (log `init_low`, log `init_high`)."""

    def draw(self, shape: Shape, rng: np.random.Generator) -> Array:
        return self._log_uniform(self.init_high, shape, rng)


@final
@attrs.frozen
class GlorotUniform(IntervalInitializer):
    """Uniform on (`init_low`, ``init_high/sqrt(fan_in + fan_out + 1)``).

    Conductances are positive, so only the upper end shrinks with the width.

    Source:
        After Glorot and Bengio 2010, AISTATS, equation 16.
    """

    needs_fans = True

    def draw(self, shape: Shape, rng: np.random.Generator) -> Array:
        return self._uniform(self._high(sum(_fans(self, shape))), shape, rng)


@final
@attrs.frozen
class GlorotLogUniform(IntervalInitializer):
    """The logarithm uniform, on the interval of `GlorotUniform`."""

    needs_fans = True

    def draw(self, shape: Shape, rng: np.random.Generator) -> Array:
        return self._log_uniform(self._high(sum(_fans(self, shape))), shape, rng)


@final
@attrs.frozen
class HeUniform(IntervalInitializer):
    """Uniform on (`init_low`, ``init_high/sqrt(fan_in + 1)``).

    Source:
        After He et al. 2015, arXiv:1502.01852, section 2.2.
    """

    @property
    def papers(self) -> tuple[str, ...]:
        return (HE_2015,)

    needs_fans = True

    def draw(self, shape: Shape, rng: np.random.Generator) -> Array:
        return self._uniform(self._high(_fans(self, shape)[0]), shape, rng)


def _checked_value(value: Any) -> Array:
    array = _CONDUCTANCE.check(value, "Given.value")
    array.setflags(write=False)
    return array


def _content(array: Array) -> Hashable:
    return array.shape, array.tobytes()


@final
@attrs.frozen
class Given(Initializer):
    """Given conductances, for example those of measured hardware.

    Args:
        value: One number for all, or an array of the parameter's own shape, S, above 0.
        clip_low: Lower bound at all times, S, above 0. None: any value above zero.
        clip_high: Upper bound at all times, S, at least `clip_low`. None: no bound.

    Raises:
        ParameterError: A value lies outside the bounds: it is never clipped silently.
    """

    value: Array = attrs.field(converter=_checked_value, eq=_content)
    clip_low: float | None = None
    clip_high: float | None = None

    def __attrs_post_init__(self) -> None:
        _check_numbers(self, "clip_low", "clip_high")
        _check_order(self, "clip_low", self.lower, "clip_high", self.upper)
        bounds = attrs.evolve(_CONDUCTANCE, at_least=self.lower, at_most=self.upper)
        bounds.check(self.value, "Given.value")

    @property
    def lower(self) -> float:
        return 0.0 if self.clip_low is None else self.clip_low

    @property
    def upper(self) -> float:
        return math.inf if self.clip_high is None else self.clip_high

    def draw(self, shape: Shape, rng: np.random.Generator) -> Array:
        """Return a copy of `value`, spread over `shape` if it is one number; `rng` rests.

        Raises:
            ShapeError: `value` is an array of another shape.
        """
        if self.value.ndim and self.value.shape != tuple(shape):
            raise ShapeError(
                f"Given.value has shape {self.value.shape}, the parameter {tuple(shape)}.",
                "give one number or an array of the parameter's shape",
            )
        return np.broadcast_to(self.value, shape).copy()


def _check_numbers(owner: Any, *names: str) -> None:
    """Turn settings into floats in S; None stays where it is the default."""
    fields = attrs.fields_dict(type(owner))
    for name in names:
        value, path = getattr(owner, name), f"{type(owner).__name__}.{name}"
        if value is None and fields[name].default is None:
            continue
        array = _CONDUCTANCE.check(value, path)
        if array.ndim:
            raise ParameterError(f"{path} has shape {array.shape}.", "give one number in S")
        object.__setattr__(owner, name, float(array))


def _check_order(owner: Any, low_name: str, low: float, high_name: str, high: float) -> None:
    """Refuse a lower end above the upper end."""
    if not low <= high:
        raise ParameterError(
            f"{type(owner).__name__}.{low_name} = {low!r} S is above {high_name} = {high!r} S.",
            f"give {low_name} <= {high_name}",
        )


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
