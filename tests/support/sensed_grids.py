"""A graph of resistors whose outputs are read, and clamped, through resistances."""

import numpy as np

from ebana_core import Model
from ebana_core.data import DataSet
from ebana_core.initializers import RandomUniform
from ebana_core.layers import InputVoltageLayer, ResistorNetworkLayer, SenseLayer

BRANCHES = [(0, 3), (1, 4), (2, 5), (0, 6), (3, 4), (4, 5), (5, 6), (6, 3), (1, 6), (2, 3), (7, 3)]
BRANCHES += [(7, 5), (1, 7)]
SENSE, CLAMP = 1e6, 25.0


def grid(*, fold: bool, clamp: float = CLAMP, **settings: object) -> Model:
    """Return resistors on a graph whose nodes 3 to 6 are outputs."""
    x = InputVoltageLayer(units=3, name="x")
    network = ResistorNetworkLayer(
        name="net",
        branches=BRANCHES,
        inputs=[0, 1, 2],
        outputs=[3, 4, 5, 6],
        initializer=RandomUniform(1e-3, 1e-2),
        lr=1e-3,
        **settings,
    )(x)
    out = SenseLayer(name="out", fold=fold, sense_resistance=SENSE, clamp_resistance=clamp)
    return Model([x], [out(network)], seed=3)


def classes(n: int, *, n_samples: int = 6, seed: int = 0) -> DataSet:
    """Return samples of a grid with one-hot targets."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, n, n_samples)
    return DataSet({"x": rng.uniform(0, 1, (n_samples, 3))}, {"out": np.eye(n)[labels]})
