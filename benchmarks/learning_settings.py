"""How the circuits of the benchmarks begin and how fast they learn, after published ones."""

from typing import final

import attrs
import numpy as np

from ebana_core.arrays import Array
from ebana_core.initializers import Initializer

UNIT = 1e-6
"""Siemens per unit of conductance of the circuits that are published without units."""
SMALLEST = 1e-9
"""Smallest conductance of `ideal_mnist`, in its units."""


@final
@attrs.frozen(kw_only=True)
class HalfZero(Initializer):
    """Uniform around zero, cut at the smallest conductance: half of the devices start there.

    Args:
        n_in: Rows of the crossbar.
    """

    n_in: int

    @property
    def lower(self) -> float:
        return SMALLEST * UNIT

    @property
    def upper(self) -> float:
        return np.inf

    def draw(self, shape: tuple[int, ...], rng: np.random.Generator) -> Array:
        width = 1 / np.sqrt(self.n_in)
        return np.asarray(np.maximum(rng.uniform(-width, width, shape), SMALLEST) * UNIT)


@final
@attrs.frozen
class Stairs:
    """A learning rate that decays once an epoch."""

    rate: float
    decay: float
    steps_per_epoch: int

    def __call__(self, step: int) -> float:
        return self.rate * self.decay ** ((step - 1) // self.steps_per_epoch)
