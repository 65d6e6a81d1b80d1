"""Local rules: what a layer's own circuitry makes of the drops that it measures.

A local rule stands for the contrast ``q(second phase) - q(first phase)`` of a device, which
Equilibrium Propagation divides by beta. Any function ``(free, nudged) -> per-sample array`` of
drops, ``(n_samples, *parameter shape)``, will do; centered rules hand it (minus, plus). It is
called with chunks of the samples.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, final

import attrs
import numpy as np

from ebana_core.arrays import Array
from ebana_core.checking import checked_numbers, own_settings, shown
from ebana_core.errors import DataError, ParameterError, ShapeError
from ebana_core.validators import number, setting

GradFunc = Callable[[Array, Array], Array]
"""Takes the drops of the first and the second phase, V; returns what replaces the contrast."""

Trainable = Mapping[str, GradFunc | None]
"""Parameter name to the local rule of its layer; None: the law's own contrast."""


class LocalRule(ABC):
    """A local rule that also knows its value for tiny changes of the drop.

    Examples:
        >>> import numpy
        >>> class Cubes(LocalRule):
        ...     def contrast(self, drop, change):
        ...         return ((drop + change) ** 3 - drop**3) / 2
        >>> Cubes()(numpy.array([1.0]), numpy.array([2.0]))
        array([3.5])
    """

    bilinear: ClassVar[float | None] = None
    """The rule is ``change*(drop + bilinear*change)``, which crossbars sum by matrix products."""

    @final
    def __call__(self, free: Array, nudged: Array) -> Array:
        """Return the value that takes the place of the contrast, V². Shape of the drops.

        Args:
            free: Drops of the first phase. Shape ``(n_samples, *parameter shape)``, V.
            nudged: Drops of the second phase. Same shape.

        Raises:
            DataError: Not arrays of numbers.
            ShapeError: They have different shapes.
        """
        first, second = checked_numbers(free, "free"), checked_numbers(nudged, "nudged")
        if first.shape != second.shape:
            raise ShapeError(
                f"free has shape {first.shape}, nudged {second.shape}.", "give both one shape"
            )
        return self.contrast(first, second - first)

    @abstractmethod
    def contrast(self, drop: Array, change: Array) -> Array:
        """Return the same from the first drop and its change, which may be tiny."""


@final
@attrs.frozen
class Squares(LocalRule):
    """``(nudged² - free²)/2``: the gradient of a conductance.

    Examples:
        >>> import numpy
        >>> Squares()(numpy.array([1.0]), numpy.array([2.0]))
        array([1.5])
    """

    bilinear = 0.5

    def contrast(self, drop: Array, change: Array) -> Array:
        return change * (drop + change / 2)


@final
@attrs.frozen
class Products(LocalRule):
    """``free*(nudged - free)``: the gradient to first order, with one multiplier.

    Examples:
        >>> import numpy
        >>> Products()(numpy.array([0.5]), numpy.array([0.7])).round(9)
        array([0.1])
    """

    bilinear = 0.0

    def contrast(self, drop: Array, change: Array) -> Array:
        return drop * change


@final
@attrs.frozen
class Magnitudes(LocalRule):
    """``(|nudged| - |free|)/2``: rectifiers instead of squares.

    Examples:
        >>> import numpy
        >>> Magnitudes()(numpy.array([-0.5]), numpy.array([1.0]))
        array([0.25])
    """

    def contrast(self, drop: Array, change: Array) -> Array:
        after = drop + change
        same_side = np.sign(drop) * np.sign(after) > 0
        return np.where(same_side, np.sign(after) * change, np.abs(after) - np.abs(drop)) / 2


@final
@attrs.frozen
class Powers(LocalRule):
    """``(|nudged|**exponent - |free|**exponent)/2``: what an analog squarer really does.

    Args:
        exponent: Above zero; 2 would be the squares.

    Examples:
        >>> import numpy
        >>> Powers(exponent=3)(numpy.array([0.0]), numpy.array([2.0]))
        array([4.])
    """

    exponent: float = attrs.field(
        default=2.8, validator=number("give a number above zero", above=0.0)
    )

    def __attrs_post_init__(self) -> None:
        own_settings(self)

    def contrast(self, drop: Array, change: Array) -> Array:
        # |n|^k - |f|^k = |f|^k * expm1(k*log(|n|/|f|)), with the logarithm of a ratio near 1.
        before, after = np.abs(drop), np.abs(drop + change)
        moved = 2 * Magnitudes().contrast(drop, change)
        with np.errstate(divide="ignore", invalid="ignore"):
            near = before**self.exponent * np.expm1(self.exponent * np.log1p(moved / before))
        plain = after**self.exponent - before**self.exponent
        return np.where(np.abs(moved) < before / 2, near, plain) / 2


def _levels(owner: Any, field: Any, values: Any) -> None:
    """Refuse anything but a row of finite numbers (an attrs validator)."""
    path, fix = setting(owner, field), "give a list of finite numbers"
    array = checked_numbers(values, path, fix, error=ParameterError)
    if array.ndim != 1 or not np.isfinite(array).all():
        raise ParameterError(f"{path}={shown(values)}.", fix)


@final
@attrs.frozen
class Levels(LocalRule):
    """``Q(free)*(nudged - free)/2``: the free drop is known by a few comparators only.

    Args:
        steps: Drops at which Q steps, ascending, V.
        factors: Values of Q below the first step, between the steps, above the last; one more
            than there are steps. A drop at a step belongs above it.

    Examples:
        >>> import numpy
        >>> Levels()(numpy.array([0.1]), numpy.array([0.3]))  # 0.1 V counts as 0.2
        array([0.02])
    """

    steps: tuple[float, ...] = attrs.field(default=(-0.2, -0.05, 0.05, 0.2), validator=_levels)
    factors: tuple[float, ...] = attrs.field(default=(-0.6, -0.2, 0.0, 0.2, 0.6), validator=_levels)

    def __attrs_post_init__(self) -> None:
        for name, values in (("steps", self.steps), ("factors", self.factors)):
            object.__setattr__(self, name, tuple(map(float, values)))
        if len(self.factors) != len(self.steps) + 1:
            raise ParameterError(
                f"Levels has {len(self.steps)} steps and factors={self.factors}.",
                f"give {len(self.steps) + 1} factors",
            )
        if not (np.diff(self.steps) > 0).all():
            raise ParameterError(f"Levels has steps={self.steps}.", "give them in ascending order")

    def contrast(self, drop: Array, change: Array) -> Array:
        place = np.searchsorted(np.array(self.steps), drop, side="right")
        return np.array(self.factors)[place] * change / 2


ep_sq = Squares()
ep_mult = Products()
ep_abs = Magnitudes()
ep_analog = Powers()
ep_quantize = Levels()


def local_contrast(
    rule: GradFunc, drop: Array, change: Array, shape: tuple[int, ...], parameter: str
) -> Array:
    """Return the result of a local rule for drops, checked.

    Args:
        rule: The local rule.
        drop: First phase. Shape ``(n_samples, n_branches)``, V.
        change: Second phase minus first. Same shape.
        shape: Of one sample's drops as the rule gets them.
        parameter: Whose rule it is, for errors.

    Raises:
        ShapeError: It returned another shape; names parameter and rule.
        DataError: It returned a value that is not finite.
    """
    first, moved = (array.reshape(len(array), *shape) for array in (drop, change))
    found = (
        rule.contrast(first, moved) if isinstance(rule, LocalRule) else rule(first, first + moved)
    )
    result = np.asarray(found)
    name = getattr(rule, "__name__", repr(rule))
    if result.shape != first.shape:
        raise ShapeError(
            f"The grad_func {name} of {parameter!r} returned shape {result.shape} for drops of "
            f"shape {first.shape}.",
            "return one number per sample and drop, without summing over samples",
        )
    if result.dtype.kind not in "fiu" or not np.isfinite(result).all():
        raise DataError(
            f"The grad_func {name} of {parameter!r} returned a value that is not finite.",
            "return finite values, V², for every finite drop",
        )
    return result.reshape(drop.shape)
