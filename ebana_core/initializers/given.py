"""Conductances that are given, not drawn."""

import math
from collections.abc import Hashable
from typing import Any, final

import attrs
import numpy as np

from ebana_core.arrays import Array
from ebana_core.errors import ShapeError
from ebana_core.initializers.initializer import Initializer, Shape
from ebana_core.initializers.settings import CONDUCTANCE, check_numbers, check_order


def _checked_value(value: Any) -> Array:
    array = CONDUCTANCE.check(value, "Given.value")
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

    Examples:
        >>> import numpy
        >>> Given([[1e-6, 2e-6]]).draw((1, 2), numpy.random.default_rng(0))
        array([[1.e-06, 2.e-06]])
    """

    value: Array = attrs.field(converter=_checked_value, eq=_content)
    clip_low: float | None = None
    clip_high: float | None = None

    def __attrs_post_init__(self) -> None:
        check_numbers(self, "clip_low", "clip_high")
        check_order(self, "clip_low", self.lower, "clip_high", self.upper)
        bounds = attrs.evolve(CONDUCTANCE, at_least=self.lower, at_most=self.upper)
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
