"""Scores of a model on a data set."""

import math
from collections.abc import Iterator, Mapping
from typing import Any, final

import attrs
import numpy as np

from ebana_core.arrays import Array, average
from ebana_core.chips.reading import Reading
from ebana_core.execution.runner import Runner
from ebana_core.execution.solving import predict_with_power
from ebana_core.losses import Loss
from ebana_core.rules import Samples
from ebana_core.storage.record import Score
from ebana_core.tables import NotebookText


@final
@attrs.frozen(eq=False)
class Evaluation(NotebookText):
    """How a model does on a data set; unpacks as ``loss, accuracy, per_output``.

    Args:
        loss: Mean over samples of the losses summed over predictions, V² for MSE.
        accuracy: Share of samples that are right at every output whose loss says what is right;
            nan where none does.
        per_output: Output to (loss, accuracy).
        mean_power: Mean power that the whole network takes from its sources, W; nan where it
            was not asked for.
    """

    loss: float
    accuracy: float
    per_output: Mapping[str, tuple[float, float]]
    mean_power: float = float("nan")

    def __iter__(self) -> Iterator[Any]:
        return iter((self.loss, self.accuracy, self.per_output))

    def __str__(self) -> str:
        accuracy = "" if np.isnan(self.accuracy) else f", accuracy {self.accuracy:.2%}"
        power = "" if np.isnan(self.mean_power) else f", mean power {self.mean_power:.3g} W"
        return f"loss {self.loss:.6g}{accuracy}{power}"


def score(
    losses: Mapping[str, Loss], predictions: Mapping[str, Array], targets: Mapping[str, Array]
) -> Score:
    """Return loss and accuracy of raw predictions."""
    right = {name: loss.right(predictions[name], targets[name]) for name, loss in losses.items()}
    per_output = {
        name: (loss.mean(predictions[name], targets[name]), average(right[name]))
        for name, loss in losses.items()
    }
    if len(per_output) == 1:  # what follows says the same of one output
        ((loss, accuracy),) = per_output.values()
        return Score(loss=loss, accuracy=accuracy, per_output=per_output)
    # A sample is right where all its outputs are; outputs without a notion of right say nothing.
    everywhere = np.array(list(right.values()))
    meant = everywhere[~np.isnan(everywhere).any(axis=1)]
    return Score(
        loss=sum(loss for loss, _ in per_output.values()),
        accuracy=float(meant.all(axis=0).mean()) if len(meant) else math.nan,
        per_output=per_output,
    )


def evaluated(
    runner: Runner,
    values: Mapping[str, Array],
    samples: Samples,
    losses: Mapping[str, Loss],
    *,
    power: bool,
    reading: Reading | None = None,
) -> Evaluation:
    """Return the scores of a network at some values: those that stand, or those of a copy.

    Args:
        runner: Solves the circuit.
        values: Parameter name to array, as readings find them.
        samples: Inputs and targets.
        losses: Output to loss.
        power: Also compute the mean power.
        reading: Adds noise to what is read of the outputs; None: none.
    """
    raw, mean_power = predict_with_power(
        runner, values, samples.inputs, samples.n_samples, power=power, reading=reading
    )
    found = score(losses, raw, samples.targets)
    return Evaluation(found.loss, found.accuracy, found.per_output, mean_power)
