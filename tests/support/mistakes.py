"""A small network, samples and a fit, into which tests put what users hand in by mistake."""

from typing import Any

import numpy as np

from ebana_core import Model, initializers, losses, metrics, optimizers
from ebana_core.arrays import Array
from ebana_core.data import BatchGenerator, DataSet
from ebana_core.layers import (
    AmplificationLayer,
    CurrentLayer,
    DenseLayer,
    InputVoltageLayer,
)

DRAWN = initializers.RandomUniform(1e-6, 1e-4)


def network(*between: Any, outputs: int = 1) -> Model:
    x = InputVoltageLayer(units=2, name="x")
    last: Any = DenseLayer(units=2, name="d", initializer=DRAWN, lr=1e-9, trainable=True)(x)
    for layer in between:
        last = layer(last)
    ends = [CurrentLayer(name="y", fold=False)(last)]
    if outputs == 2:
        more = DenseLayer(units=2, name="e", initializer=DRAWN, lr=1e-9, trainable=True)(x)
        ends.append(CurrentLayer(name="z", fold=False)(more))
    return Model(inputs=[x], outputs=ends, seed=0)


def samples() -> DataSet:
    return DataSet({"x": [[1.0, 2.0], [3.0, 4.0]]}, {"y": [[0.0, 1.0], [1.0, 0.0]]})


def fit(**settings: Any) -> Any:
    model = network()
    settings = {"epochs": 1, "beta": 1e-7, "loss_fn": losses.MSE(), **settings}
    settings.setdefault("metrics", metrics.Metrics(model, verbose=False))
    settings.setdefault("optimizer", optimizers.SGD(model))
    return model.fit(settings.pop("data", BatchGenerator(samples())), **settings)


def amplified(gain: Any) -> Model:
    return network(AmplificationLayer(name="a", param={"gain": gain}))


class Flat(losses.MSE):
    def gradient(self, prediction: Array, target: Array) -> Array:
        return np.zeros(1)
