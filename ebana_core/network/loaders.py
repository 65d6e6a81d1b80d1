"""Samples as others keep them, a `DataLoader` of PyTorch say, for the layers of a network."""

import sys
from collections.abc import Mapping
from typing import Any

import numpy as np

from ebana_core.arrays import Array, host
from ebana_core.checking import checked_numbers, shown
from ebana_core.data import BatchGenerator, DataSet
from ebana_core.errors import DataError, ModelError
from ebana_core.network.graph import Network


def inputs_from(network: Network, volts: Array) -> dict[str, Array]:
    """Return the samples of a network's input layers from one array.

    Args:
        network: It has one input layer, or two, the second of which gets the negative voltages.
        volts: Shape ``(n_samples, n_features)``, V.

    Raises:
        ModelError: It has another number of input layers.
    """
    names = [name for name, layer in network.layers.items() if layer.device == "input"]
    if len(names) not in (1, 2):
        raise ModelError(
            f"The model has the input layers {names}, and its inputs are one array.",
            "give arrays by input layer, or build the model with one input layer, or with two, of "
            "which the second gets the negative voltages",
        )
    return dict(zip(names, (volts, -volts), strict=False))


def as_batches(network: Network, given: Any, path: str) -> Any:
    """Return the batches that a `DataLoader` of PyTorch describes; anything else as it is.

    Its samples are read once, in order. Batches are made of them anew: with ``shuffle=True`` in an
    order that follows from (seed, epoch), so that a run can be resumed.

    Args:
        network: Whose layers the samples are for.
        given: What a user gave.
        path: What the errors call it.

    Raises:
        DataError: The loader draws, weighs or drops samples, or its samples are no pairs of inputs
            and targets for these layers.
    """
    torch = sys.modules.get("torch.utils.data")  # who holds a loader has imported it
    if torch is None or not isinstance(given, torch.DataLoader):
        return given
    shuffles = type(given.sampler) is torch.RandomSampler and not given.sampler.replacement
    is_plain = shuffles or type(given.sampler) is torch.SequentialSampler
    is_whole = is_plain and len(given.sampler) == len(given.dataset)
    if not is_whole or given.batch_size is None or given.drop_last:
        raise DataError(
            f"{path} is a DataLoader that does not give every sample once an epoch, in batches.",
            "give DataLoader(dataset, batch_size, shuffle=True or False) without a sampler of "
            "another kind and without drop_last, on a dataset that has a length",
        )
    parts = [
        _pair(given.collate_fn([given.dataset[k] for k in rows]), path)
        for rows in np.array_split(
            np.arange(len(given.dataset)), -(-len(given.dataset) // given.batch_size)
        )
    ]
    inputs, targets = (_joined([part[side] for part in parts], path) for side in (0, 1))
    data = DataSet(_inputs(network, inputs), _targets(network, targets, path))
    return BatchGenerator(data, given.batch_size, shuffle=shuffles)


def _pair(batch: Any, path: str) -> tuple[Any, Any]:
    if isinstance(batch, list | tuple) and len(batch) == 2:
        return batch[0], batch[1]
    raise DataError(
        f"A batch of {path} is {shown(batch)}.", "let the dataset return pairs (inputs, targets)"
    )


def _joined(parts: list[Any], path: str) -> Any:
    """Return the arrays of all batches, one behind the other: one array, or some by name."""
    if isinstance(parts[0], Mapping):
        return {name: _joined([part[name] for part in parts], path) for name in parts[0]}
    arrays = [host(part.detach() if hasattr(part, "detach") else part) for part in parts]
    return np.concatenate(arrays)


def _inputs(network: Network, given: Any) -> Mapping[str, Array]:
    if isinstance(given, Mapping):
        return given
    return inputs_from(network, given.reshape(len(given), -1))


def _targets(network: Network, given: Any, path: str) -> Mapping[str, Array]:
    """Return targets by output; class numbers become one-hot rows where there are several."""
    if isinstance(given, Mapping):
        return given
    outputs = network.compiled.circuit.outputs
    if len(outputs) != 1:
        raise DataError(
            f"The targets of {path} are one array; the outputs are {[o.name for o in outputs]}.",
            "let the dataset return targets by output: {'name of the output layer': array}",
        )
    width = len(outputs[0].heads)
    if given.ndim > 1 or width == 1:
        return {outputs[0].name: given.reshape(len(given), -1)}
    labels = checked_numbers(given, f"The targets of {path}")
    if given.dtype.kind not in "iu" or labels.min() < 0 or labels.max() >= width:
        raise DataError(
            f"The targets of {path} are one {given.dtype} per sample, up to {labels.max():g}; the "
            f"output has {width} predictions.",
            f"give {width} numbers per sample, or whole numbers of classes from 0 to {width - 1}",
        )
    return {outputs[0].name: np.eye(width)[given]}
