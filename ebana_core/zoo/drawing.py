"""How conductances of published networks begin, where no initializer of the core draws them."""

import math
from typing import final

import attrs
import numpy as np

from ebana_core.arrays import Array
from ebana_core.errors import ParameterError
from ebana_core.initializers import Initializer
from ebana_core.papers.entries import SCELLIER_2024
from ebana_core.validators import number

_FIX = "give a conductance in S above 0"


@final
@attrs.frozen
class RectifiedUniform(Initializer):
    """Uniform from -`init_high` to `init_high`, cut at `clip_low`: half of the devices start there.

    Args:
        init_high: Largest conductance of the draw, S.
        clip_low: Lower bound at all times, S, at most `init_high`.

    Source:
        Scellier 2024, arXiv:2402.11674, and its program energy-based-learning.
    """

    init_high: float = attrs.field(validator=number(_FIX, above=0.0))
    clip_low: float = attrs.field(default=1e-15, validator=number(_FIX, above=0.0))

    def __attrs_post_init__(self) -> None:
        _check_order(self)

    @property
    def papers(self) -> tuple[str, ...]:
        return (SCELLIER_2024,)

    @property
    def lower(self) -> float:
        return self.clip_low

    @property
    def upper(self) -> float:
        return math.inf

    def draw(self, shape: tuple[int, ...], rng: np.random.Generator) -> Array:
        return np.maximum(rng.uniform(-self.init_high, self.init_high, shape), self.clip_low)


@final
@attrs.frozen
class SparseUniform(Initializer):
    """Few devices conduct, uniform from `clip_low` to `init_high`; all others start at `clip_low`.

    A node of a crossbar takes the mean of its rows, weighted with the conductances. The more
    devices conduct, the nearer is that mean to the same voltage for every column, and the less is
    left of what tells samples apart: sparse crossbars keep it through several layers.

    Args:
        init_high: Largest conductance of the draw, S.
        share: Of the devices that conduct, above 0 and at most 1.
        clip_low: Lower bound at all times, S, at most `init_high`.
    """

    init_high: float = attrs.field(validator=number(_FIX, above=0.0))
    share: float = attrs.field(
        validator=number("give a share above 0 and at most 1", above=0.0, at_most=1.0)
    )
    clip_low: float = attrs.field(default=1e-15, validator=number(_FIX, above=0.0))

    def __attrs_post_init__(self) -> None:
        _check_order(self)

    @property
    def lower(self) -> float:
        return self.clip_low

    @property
    def upper(self) -> float:
        return math.inf

    def draw(self, shape: tuple[int, ...], rng: np.random.Generator) -> Array:
        drawn = rng.uniform(self.clip_low, self.init_high, shape)
        return np.where(rng.uniform(size=shape) < self.share, drawn, self.clip_low)


def _check_order(initializer: RectifiedUniform | SparseUniform) -> None:
    if initializer.clip_low > initializer.init_high:
        raise ParameterError(
            f"{type(initializer).__name__} has clip_low={initializer.clip_low!r} above "
            f"init_high={initializer.init_high!r}.",
            "give clip_low <= init_high",
        )
