"""A crossbar of twelve conductances, ten samples and a fit of three epochs, for callbacks."""

from typing import Any

import numpy as np

from ebana_core import Model
from ebana_core.callbacks import Callback
from ebana_core.initializers import RandomUniform
from ebana_core.layers import CurrentLayer, DenseLayer, InputVoltageLayer
from ebana_core.training.history import Fit

RNG = np.random.default_rng(0)
X, Y = RNG.uniform(-1, 1, (10, 3)), RNG.uniform(-0.5, 0.5, (10, 2))


def small_model(lr: float = 1e-7) -> Model:
    x = InputVoltageLayer(units=3, name="x")
    d = DenseLayer(units=4, name="d", lr=lr, initializer=RandomUniform(1e-7, 1e-5))(x)
    return Model(inputs=[x], outputs=[CurrentLayer(name="y")(d)], seed=0)


def train(model: Model, *callbacks: Callback, epochs: int = 3, **settings: Any) -> Fit:
    given = {"loss_fn": "mse", "optimizer": "adam", "beta": 1e-8, "verbose": False, **settings}
    return model.fit(X, Y, epochs=epochs, callbacks=callbacks, batch_size=4, **given)
