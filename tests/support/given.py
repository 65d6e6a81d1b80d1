"""Samples and labels in the forms that users hold them, a network for them, and a fit."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from ebana_core import Model
from ebana_core.initializers import RandomUniform
from ebana_core.layers import ConcatenateLayer, CurrentLayer, DenseLayer, InputVoltageLayer
from ebana_core.training.history import Fit

RNG = np.random.default_rng(0)
X = RNG.uniform(-1, 1, (10, 3))
LABELS = np.array([0, 1, 2, 1, 0, 2, 2, 1, 0, 1])
ONE_HOT = np.eye(3)[LABELS]
NAMES = ("cat", "dog", "emu")
NAMED = [NAMES[k] for k in LABELS]


def network(
    inputs: tuple[str, ...] = ("x",),
    outputs: tuple[str, ...] = ("y",),
    *,
    width: int = 3,
    units: int = 3,
    columns: tuple[str, ...] = (),
    classes: tuple[str, ...] = (),
) -> Model:
    sources = [InputVoltageLayer(units=units, name=name, columns=columns) for name in inputs]
    rows = ConcatenateLayer(name="rows")(sources) if len(sources) > 1 else sources[0]
    settings = {"units": 2 * width, "initializer": RandomUniform(1e-6, 1e-5), "lr": 1e-7}
    ends = [
        CurrentLayer(name=name, classes=classes)(DenseLayer(name=f"d_{name}", **settings)(rows))
        for name in outputs
    ]
    return Model(sources, ends, seed=0)


def fit(model: Model, *samples: Any, **settings: Any) -> Fit:
    given = {"loss_fn": "cross_entropy", "optimizer": "sgd", "epochs": 2, "beta": 1e-8}
    return model.fit(*samples, **{**given, "verbose": False, **settings})


def trained(model: Model, *samples: Any, **settings: Any) -> Any:
    fit(model, *samples, **settings)
    return model.parameters["d_y.conductance"]


def batches() -> Iterator[tuple[Any, Any]]:
    for start in (0, 4, 8):
        yield X[start : start + 4], ONE_HOT[start : start + 4]
