"""A small network of two crossbars around an amplifier, for chips and twins."""

import numpy as np
from ebana_memristor import Linear, MemristorLayer, PulseNoise, Pulses, ReadNoise, SoftBounds

from ebana_core import Model, initializers
from ebana_core.data import DataSet
from ebana_core.layers import AmplificationLayer, CurrentLayer, DenseLayer, InputVoltageLayer

INITIALIZER = initializers.RandomUniform(1e-6, 1e-5)


def model(units: int = 4, *, lr: float = 1e-10) -> Model:
    """Return the network: its second crossbar sees the first one's columns."""
    x = InputVoltageLayer(units=6, name="x")
    d1 = DenseLayer(units=units, lr=lr, name="d1", initializer=INITIALIZER)(x)
    amp = AmplificationLayer(name="amp", param={"gain": 2.0, "shift": 0.0})(d1)
    d2 = DenseLayer(units=4, lr=lr, name="d2", initializer=INITIALIZER)(amp)
    return Model([x], [CurrentLayer(name="out")(d2)], seed=1)


def fluctuating() -> Model:
    """Return a network of cells that are read and programmed with noise of their own."""
    x = InputVoltageLayer(units=6, name="x")
    cells = MemristorLayer(
        name="d1",
        units=4,
        lr=1e-6,
        cell=Linear(window=(1e-7, 1e-5)),
        pulses=Pulses(response=SoftBounds(n_states=200)),
        initializer=initializers.LogUniform(1e-7, 1e-5),
        effects=(ReadNoise(0.02), PulseNoise(0.3)),
    )
    return Model([x], [CurrentLayer(name="out")(cells(x))], seed=1)


def data(n_samples: int = 12, seed: int = 0) -> DataSet:
    """Return samples with targets that the network nearly reaches."""
    rng = np.random.default_rng(seed)
    return DataSet(
        {"x": rng.uniform(-1, 1, (n_samples, 6))}, {"out": rng.uniform(-0.2, 0.2, (n_samples, 2))}
    )
