"""Targets and labels as users hold them, for the outputs of a network."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ebana_core.arrays import Array
from ebana_core.checking import checked_numbers, shown
from ebana_core.circuit import CurrentSources
from ebana_core.data.checks import Handed
from ebana_core.errors import DataError, ShapeError, UnknownNameError
from ebana_core.layers import CurrentLayer
from ebana_core.network.given import hosted, is_array, is_table, picked
from ebana_core.network.graph import Network


def targets_of(network: Network, given: Any, path: str) -> dict[str, Any]:
    """Return targets by output, from what a user gave.

    Args:
        network: Whose outputs they are for.
        given: By output layer, or for the only one: numbers ``(n_samples, n_predictions)``, flat
            where there is one prediction; or one label per sample where there are several: the
            number of a class, or its name where the layer has `classes`. Labels become one-hot
            rows.
        path: What the errors call it.

    Raises:
        DataError: Neither.
    """
    path = path.replace("The ", "the ", 1)  # within a sentence
    outputs = {output.name: output for output in network.compiled.circuit.outputs}
    if isinstance(given, Mapping):
        return {
            name: _targets(network, outputs[name], item, path) if name in outputs else item
            for name, item in given.items()
        }
    if not is_array(given):
        raise DataError(
            f"The targets of {path} are {shown(given)}.",
            "give an array, or {'name of the output layer': array}",
        )
    if len(outputs) != 1:
        raise DataError(
            f"The targets of {path} are one array; the outputs are {list(outputs)}.",
            "give targets by output: {'name of the output layer': array}",
        )
    ((name, output),) = outputs.items()
    return {name: _targets(network, output, given, path)}


def classes_of(network: Network, output: str) -> tuple[str, ...]:
    """Return the names of an output's classes; none: it has no names for them."""
    layer = network.layers[output]
    return layer.classes if isinstance(layer, CurrentLayer) else ()


def classified(network: Network, output: str, predictions: Array) -> Any:
    """Return the class of the largest prediction of every sample: its name, or its number.

    Raises:
        ShapeError: There is one prediction.
    """
    if predictions.shape[1] < 2:
        raise ShapeError(
            f"Output {output!r} has 1 prediction, which is the largest of one.",
            "compare it with a voltage: model.predict(x) >= 0.5",
        )
    numbers, classes = predictions.argmax(axis=1), classes_of(network, output)
    return np.array(classes)[numbers] if classes else numbers


def _targets(network: Network, output: CurrentSources, given: Any, path: str) -> Any:
    """Return the targets of one output, nobody else's. Shape ``(n_samples, n_predictions)``."""
    width, classes = len(output.heads), classes_of(network, output.name)
    if is_table(given):
        found = list(given.columns)
        if len(found) == 1:
            given = given[found[0]]
        else:
            given = picked(given, classes or found, found, f"output {output.name!r} has", path)
            if not classes and width > 1:
                raise DataError(
                    f"The targets of {path} are a table; output {output.name!r} does not say "
                    "which column is which prediction.",
                    "build it with classes=[names of the columns], or give table.to_numpy()",
                )
    if _is_text(given):
        return Handed(_one_hot(_numbers(given, classes, output.name, path), width))
    given = hosted(given)
    array = checked_numbers(given, f"The targets of {path}", truths=True)
    if not array.ndim:
        raise ShapeError(
            f"The targets of {path} are the single number {float(array)!r}.",
            "give one row or label per sample, in a list or an array",
        )
    if array.ndim == 1 and width > 1:
        return Handed(_one_hot(_labels(array, np.asarray(given).dtype, width, path), width))
    if array.ndim == 2 and array.shape[1] == 1 < width:
        raise ShapeError(
            f"The targets of {path} have 1 column; the output has {width} predictions.",
            f"give {width} columns, or labels in one row: y.ravel()",
        )
    return Handed(array.reshape(len(array), -1) if array.size else array)


def _numbers(names: Any, classes: Sequence[str], output: str, path: str) -> Any:
    """Return the numbers of classes from their names."""
    number = {name: k for k, name in enumerate(classes)}
    unknown = sorted({str(name) for name in names} - set(number))
    if unknown:
        raise UnknownNameError(
            f"The targets of {path} name the classes {shown(unknown)}; output {output!r} has "
            f"{shown(list(classes)) if classes else 'no names for its classes'}.",
            f"build it with classes={shown(unknown)}" if not classes else "use these names",
        )
    return np.array([number[str(name)] for name in names])


def _labels(labels: Array, dtype: Any, width: int, path: str) -> Any:
    """Return labels, given in some type, after checking that they are numbers of classes."""
    is_whole = dtype.kind in "iu" or (dtype.kind == "b" and width == 2)
    if not labels.size or not is_whole or labels.min() < 0 or labels.max() >= width:
        most = f", from {labels.min():g} up to {labels.max():g}" if labels.size else ""
        raise DataError(
            f"The targets of {path} are one {dtype} per sample{most}; the output has {width} "
            "predictions.",
            f"give {width} numbers per sample, or whole numbers of classes from 0 to {width - 1}"
            + ("" if dtype.kind in "iu" else ": y.astype(int)"),
        )
    return labels.astype(np.intp)


def _one_hot(labels: Any, width: int) -> Array:
    return np.eye(width)[labels]


def _is_text(given: Any) -> bool:
    """Tell whether something is one text after the other."""
    try:
        is_flat = isinstance(given, list | tuple) or np.ndim(given) == 1
    except (TypeError, ValueError, RuntimeError):  # NumPy cannot hold it, and `hosted` tells why
        return False
    return is_flat and len(given) > 0 and all(isinstance(item, str) for item in given)
