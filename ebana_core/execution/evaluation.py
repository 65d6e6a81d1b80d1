"""Scores of a model on a data set."""

import math
from collections.abc import Iterator, Mapping
from typing import Any, final

import attrs
import numpy as np

from ebana_core.arrays import Array
from ebana_core.checking import shown
from ebana_core.data import DataSet
from ebana_core.errors import DataError, UnknownNameError
from ebana_core.losses import Loss
from ebana_core.network.graph import Network
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


def check_losses(network: Network, loss_fn: Any) -> dict[str, Loss]:
    """Return output name to loss, from one loss for all or a mapping.

    Raises:
        UnknownNameError: A mapping names no output, or misses one.
        DataError: Not a loss.
    """
    outputs = [output.name for output in network.compiled.circuit.outputs]
    losses = dict(loss_fn) if isinstance(loss_fn, Mapping) else dict.fromkeys(outputs, loss_fn)
    if set(losses) != set(outputs):
        raise UnknownNameError(
            f"loss_fn names the outputs {sorted(losses)}; the model has {sorted(outputs)}.",
            "give one loss for each output, or one for all",
        )
    for name, loss in losses.items():
        if not isinstance(loss, Loss):
            raise DataError(
                f"The loss of output {name!r} is {loss!r}.",
                "give one of ebana_core.losses, for example MSE(output_midpoint=0.5)",
            )
    return losses


def check_dataset(dataset: object) -> None:
    """Refuse anything but a `DataSet`.

    Raises:
        DataError: Says what was given.
    """
    if not isinstance(dataset, DataSet):
        raise DataError(f"The data set is {shown(dataset)}.", "give a DataSet(inputs, outputs)")


def check_inputs(network: Network, inputs: Mapping[str, Array]) -> dict[str, Array]:
    """Return the samples of every input layer after checking names and widths.

    Raises:
        UnknownNameError: Names an input the model lacks, or misses one.
        DataError: Wrong width.
    """
    expected = {
        name: network.shapes[name][0]
        for name, layer in network.layers.items()
        if layer.device == "input"
    }
    _check_names("inputs", inputs, expected)
    return {name: _of_width(name, inputs[name], width) for name, width in expected.items()}


def check_targets(
    network: Network, dataset: DataSet, losses: Mapping[str, Loss]
) -> dict[str, Array]:
    """Return the targets of every output after checking names, widths and ranges.

    Raises:
        DataError: No targets, wrong width, or outside what the loss allows.
        UnknownNameError: Names an output the model lacks, or misses one.
    """
    if dataset.outputs is None:
        raise DataError("The data set has no outputs.", "give targets: DataSet(inputs, outputs)")
    expected = {output.name: len(output.heads) for output in network.compiled.circuit.outputs}
    _check_names("outputs", dataset.outputs, expected)
    for name, width in expected.items():
        _of_width(name, dataset.outputs[name], width)
        losses[name].check_targets(dataset.outputs[name], name)
    return dict(dataset.outputs)


def _check_names(role: str, given: Mapping[str, Array], expected: Mapping[str, int]) -> None:
    unknown, missing = sorted(set(given) - set(expected)), sorted(set(expected) - set(given))
    if unknown or missing:
        what = f"names unknown {role} {unknown}" if unknown else f"misses the {role} {missing}"
        raise UnknownNameError(
            f"The data set {what}; the model's {role} are {sorted(expected)}.",
            f"give exactly {sorted(expected)}",
        )


def _of_width(name: str, array: Array, width: int) -> Array:
    if array.shape[1] != width:
        raise DataError(
            f"Samples of {name!r} have {array.shape[1]} columns; the layer has {width}.",
            f"give an array of shape (n_samples, {width})",
        )
    return array


def score(
    losses: Mapping[str, Loss], predictions: Mapping[str, Array], targets: Mapping[str, Array]
) -> Score:
    """Return loss and accuracy of raw predictions."""
    per_output = {
        name: (
            loss.mean(predictions[name], targets[name]),
            loss.accuracy(predictions[name], targets[name]),
        )
        for name, loss in losses.items()
    }
    # A sample is right where all its outputs are; outputs without a notion of right say nothing.
    right = np.array([loss.right(predictions[n], targets[n]) for n, loss in losses.items()])
    meant = right[~np.isnan(right).any(axis=1)]
    return Score(
        loss=sum(loss for loss, _ in per_output.values()),
        accuracy=float(meant.all(axis=0).mean()) if len(meant) else math.nan,
        per_output=per_output,
    )
