"""A process that trains a network of the zoo and kills itself within an epoch."""

import os
import signal
import sys
from pathlib import Path
from typing import Any

from ebana_core import Model, losses, optimizers
from ebana_core.callbacks import Callback
from ebana_core.data import BatchGenerator
from ebana_core.metrics import Metrics
from ebana_core.rules import EquilibriumPropagation
from ebana_core.training.history import Fit
from tests.support.zoo import noisy_memristors, zoo_data

EPOCHS, BATCH_SIZE = 3, 3
N_BATCHES = 4
EVERY_BATCH = 1e-9
"""Seconds between commits within an epoch: one after each batch."""


class Kill(Callback):
    """Kills the process after a batch, before or after it is committed.

    Args:
        epoch: Of the epoch.
        batch: After which; 0: before the first.
    """

    def __init__(self, epoch: int, batch: int) -> None:
        self.place, self.epoch = (epoch, batch), 0

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self.epoch = epoch

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        if (self.epoch, batch - 1) == self.place:
            os.kill(os.getpid(), signal.SIGKILL)


def long_fit(path: Path | None, **options: Any) -> tuple[Model, optimizers.Optimizer, Fit]:
    """Train with noise, momentum, validation within epochs, and all that can be recorded."""
    model = noisy_memristors()
    optimizer = optimizers.Adam(model)
    metrics = Metrics(
        model,
        verbose=False,
        validate_every={"batch_num": 3},
        save_output_voltages={"epoch_num": 2},
        save_power_params="every",
        save_injected_currents="every",
        save_branch_currents="last",
        measure_residual="every",
        samples=options.pop("samples", None),
    )
    history = model.fit(
        BatchGenerator(zoo_data(), batch_size=BATCH_SIZE),
        losses.MSE(0.0),
        optimizer,
        epochs=EPOCHS,
        rule=EquilibriumPropagation(1e-7, "centered"),
        test_dataloader=zoo_data(),
        metrics=metrics,
        run=path,
        **options,
    )
    return model, optimizer, history


if __name__ == "__main__":
    kill = Kill(int(sys.argv[2]), int(sys.argv[3]))
    long_fit(Path(sys.argv[1]), resume=True, callbacks=[kill], commit_every=float(sys.argv[4]))
