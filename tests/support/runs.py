"""A small run, and a process that trains it until it is killed."""

import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from ebana_core import Model, losses, optimizers
from ebana_core.callbacks import Callback
from ebana_core.data import BatchGenerator, DataSet
from ebana_core.initializers import RandomUniform
from ebana_core.layers import CurrentLayer, DenseLayer, InputVoltageLayer
from ebana_core.metrics import Metrics
from ebana_core.training.history import Fit

N_SAMPLES, SEED = 6, 3


def small_model(seed: int = SEED) -> Model:
    x = InputVoltageLayer(units=3, name="x")
    d = DenseLayer(units=4, name="d", lr=1e-7, initializer=RandomUniform(1e-7, 1e-5, 1e-8, 1e-4))(x)
    return Model(inputs=[x], outputs=[CurrentLayer(name="y")(d)], seed=seed)


def small_data() -> DataSet:
    rng = np.random.default_rng(0)
    return DataSet(
        {"x": rng.uniform(-1, 1, (N_SAMPLES, 3))}, {"y": rng.uniform(-0.2, 0.2, (N_SAMPLES, 2))}
    )


def small_fit(
    path: Path | None, epochs: int, model: Model | None = None, **options: Any
) -> tuple[Model, optimizers.Optimizer, Fit]:
    """Train and record voltages of every epoch and powers of the last."""
    model = model or small_model()
    optimizer = options.pop("optimizer", None) or optimizers.Adam(model)
    settings = {"save_output_voltages": "every", "save_power_params": "last"}
    metrics = options.pop("metrics", None) or Metrics(model, verbose=False, **settings)
    history = model.fit(
        BatchGenerator(small_data(), batch_size=options.pop("batch_size", 4)),
        options.pop("loss", losses.MSE(0.0)),
        optimizer,
        epochs=epochs,
        beta=1e-6,
        metrics=metrics,
        run=path,
        **options,
    )
    return model, optimizer, history


def falling(step: int) -> float:
    return 1e-7 / step


def functional_fit(path: Path, epochs: int) -> Fit:
    """Train with a function as learning rate, which another process builds at another address."""
    x = InputVoltageLayer(units=3, name="x")
    init = RandomUniform(1e-7, 1e-5, 1e-8, 1e-4)
    d = DenseLayer(units=4, name="d", lr=falling, initializer=init)(x)
    model = Model(inputs=[x], outputs=[CurrentLayer(name="y")(d)], seed=0)
    return small_fit(path, epochs, model, resume=True)[2]


class Report(Callback):
    """Prints each epoch once it is committed, and then rests.

    Args:
        rest: How long, s: a test that only follows a run leaves the processor to others.
    """

    def __init__(self, rest: float) -> None:
        self.rest = rest

    def on_commit(self, epoch: int, logs: Any = None) -> None:
        print(epoch, flush=True)
        time.sleep(self.rest)


if __name__ == "__main__":
    path, epochs, rest = Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
    small_fit(path, epochs, resume=True, callbacks=[Report(rest)])
