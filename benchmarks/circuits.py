"""The circuits that the benchmarks solve and train, after published ones."""

from typing import final

import attrs
import numpy as np
from ebana_diode_mos import DiodeLayer

from ebana_core import Model
from ebana_core.arrays import Array
from ebana_core.data import DataSet
from ebana_core.initializers import Initializer
from ebana_core.layers import (
    BiasVoltageLayer,
    ConcatenateLayer,
    CurrentLayer,
    DenseLayer,
    InputVoltageLayer,
    Layer,
)

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


def ideal_mnist(
    n_hidden: int, *, gain: float, rate: float, decay: float = 0.99, steps_per_epoch: int = 15000
) -> Model:
    """Return 1568 inputs, ideal diodes, 10 linear outputs; inputs are given times `gain`.

    Args:
        n_hidden: Hidden nodes; the first half stays at or above 0 V, the second at or below.
        gain: 100 with 100 hidden nodes, 480 with 1024.
        rate: Learning rate in the published units, 0.006 for batches of 4.
        decay: Of the rate, per epoch.
        steps_per_epoch: Steps after which it decays.

    Source:
        B. Scellier and co-workers, energy-based-learning, papers/fast-drn.
    """
    lr = Stairs(rate * UNIT**2, decay, steps_per_epoch)
    x = InputVoltageLayer(units=1568, name="x")
    biases = [
        BiasVoltageLayer(units=2, name=name, bias_voltage=[1.0, -1.0]) for name in ("b1", "b2")
    ]
    joined = ConcatenateLayer(name="j1")([x, biases[0]])
    hidden: Layer = DenseLayer(
        units=n_hidden,
        name="d1",
        lr=lr,
        initializer=HalfZero(n_in=1568),
        max_relative_step=None,
    )(joined)
    half = n_hidden // 2
    directions = ["up"] * half + ["down"] * (n_hidden - half)
    hidden = DiodeLayer(name="act", kind="ideal", direction=directions)(hidden)
    joined = ConcatenateLayer(name="j2")([hidden, biases[1]])
    output = DenseLayer(
        units=10,
        name="d_out",
        lr=lr,
        initializer=HalfZero(n_in=n_hidden),
        max_relative_step=None,
    )(joined)
    return Model(inputs=[x, *biases], outputs=[CurrentLayer(name="y", fold=False)(output)], seed=0)


@final
@attrs.frozen
class Stairs:
    """A learning rate that decays once an epoch."""

    rate: float
    decay: float
    steps_per_epoch: int

    def __call__(self, step: int) -> float:
        return self.rate * self.decay ** ((step - 1) // self.steps_per_epoch)


def mnist_samples(images: np.ndarray, labels: np.ndarray, gain: float) -> DataSet:
    """Return images as ``gain*[x, -x]`` and labels as one-hot targets."""
    x = images.reshape(len(images), -1) / 255.0
    return DataSet({"x": gain * np.hstack([x, -x])}, {"y": np.eye(10)[labels]})
