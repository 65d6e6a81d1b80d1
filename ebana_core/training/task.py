"""The task of a fit, checked before the first epoch."""

from collections.abc import Mapping
from typing import Any

import attrs

from ebana_core.callbacks.callback import Trained
from ebana_core.chips.hardware import Hardware
from ebana_core.data import BatchGenerator
from ebana_core.execution.runner import Runner
from ebana_core.losses import Loss
from ebana_core.metrics import Metrics
from ebana_core.network.graph import Network
from ebana_core.network.values import NetworkValues
from ebana_core.optimizers import Optimizer
from ebana_core.rules import LearningRule, Samples


@attrs.frozen(eq=False, kw_only=True)
class Task:
    """Everything a fit needs, checked before the first epoch.

    Args:
        model: The model as callbacks and plugins see it; its `stop_training` ends the fit.
        values: Its values, which the fit changes.
        runner: Solves batches.
        batches: Describes the batches of an epoch.
        samples: The training set.
        test: The test set; None: no validation.
        losses: Output name to its loss.
        optimizer: Makes the updates.
        rule: Measures the gradients.
        metrics: What is validated, shown and kept.
        epochs: Total of the run.
        seed: Of the order of samples and of device noise.
        hardware: The chips that are trained, and how they are read.
        second: Solves the same circuit with another simulator, to measure agreement; None: it is
            not measured.
        finished: Epochs that an earlier fit of the same run finished.
    """

    model: Trained
    values: NetworkValues
    runner: Runner
    batches: BatchGenerator
    samples: Samples
    test: Samples | None
    losses: Mapping[str, Loss]
    optimizer: Optimizer
    rule: LearningRule
    metrics: Metrics
    epochs: int
    seed: int
    hardware: Hardware
    second: Runner | None = None
    finished: int = 0

    @property
    def network(self) -> Network:
        """The layers and their circuit."""
        return self.values.network

    @property
    def params(self) -> Mapping[str, Any]:
        """Numbers that callbacks are told."""
        return {
            "epochs": self.epochs,
            "finished": self.finished,
            "steps": self.batches.n_batches,
            "samples": self.samples.n_samples,
            "test_samples": 0 if self.test is None else self.test.n_samples,
            "verbose": self.metrics.verbose,
        }
