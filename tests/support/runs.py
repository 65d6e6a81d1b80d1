"""A small run, and a process that trains it until it is killed."""

import sys
from pathlib import Path
from typing import Any

import numpy as np

from ebana_core import Model, losses, optimizers
from ebana_core.callbacks import Callback
from ebana_core.data import BatchGenerator, DataSet
from ebana_core.initializers import RandomUniform
from ebana_core.layers import CurrentLayer, DenseLayer, InputVoltageLayer
from ebana_core.metrics import Metrics
from ebana_core.model import Fit

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


class Report(Callback):
    """Prints each epoch once it is committed."""

    def on_commit(self, epoch: int, logs: Any = None) -> None:
        print(epoch, flush=True)


if __name__ == "__main__":
    small_fit(Path(sys.argv[1]), int(sys.argv[2]), resume=True, callbacks=[Report()])
