"""Checks of what users hand to a network: samples, targets, losses, rules, nudges."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from ebana_core.arrays import Array
from ebana_core.checking import checked_numbers, shown
from ebana_core.data import DataSet
from ebana_core.data.checks import Handed
from ebana_core.errors import DataError, ParameterError, UnknownNameError
from ebana_core.losses import Loss
from ebana_core.network.given import hosted, input_names, inputs_of, is_array, is_table
from ebana_core.network.graph import Network
from ebana_core.network.loaders import as_dataset
from ebana_core.registry import made
from ebana_core.rules import LearningRule, Samples


def check_rule(rule: object) -> None:
    """Refuse anything but a `LearningRule`.

    Raises:
        ParameterError: Says what was given.
    """
    if not isinstance(rule, LearningRule):
        raise ParameterError(
            f"rule is {shown(rule)}.", "give a rule such as EquilibriumPropagation(beta)"
        )


def checked_losses(network: Network, loss_fn: Any) -> dict[str, Loss]:
    """Return output name to loss, from one loss for all or a mapping.

    A loss may be the name of a class: ``"mse"``.

    Raises:
        UnknownNameError: A mapping names no output, or misses one; or no loss has the name.
        DataError: Not a loss.
    """
    outputs = [output.name for output in network.compiled.circuit.outputs]
    losses = dict(loss_fn) if isinstance(loss_fn, Mapping) else dict.fromkeys(outputs, loss_fn)
    if set(losses) != set(outputs):
        raise UnknownNameError(
            f"loss_fn names the outputs {shown(list(losses))}; the model has {sorted(outputs)}.",
            "give one loss for each output, or one for all",
        )
    for name, given in losses.items():
        loss = losses[name] = made("ebana_losses", given) if isinstance(given, str) else given
        if not isinstance(loss, Loss):
            raise DataError(
                f"The loss of output {name!r} is {shown(loss)}.",
                "give one of ebana_core.losses, MSE(output_midpoint=0.5) say, or its name, 'mse'",
            )
    return losses


def checked_samples(network: Network, given: Any, losses: Mapping[str, Loss]) -> Samples:
    """Return samples as a learning rule sees them, after checking them against the network.

    Args:
        network: The model's layers.
        given: A data set, or what else `as_dataset` makes one of.
        losses: Output name to loss.

    Raises:
        DataError: Not a data set, without targets, of the wrong width, or with targets that a loss
            does not allow.
        UnknownNameError: Names an input or output the model lacks, or misses one.
    """
    dataset = as_dataset(network, given, "The data set")
    return Samples(
        inputs=checked_inputs(network, dataset.inputs),
        targets=checked_targets(network, dataset, losses),
        losses=losses,
    )


def checked_inputs(network: Network, inputs: Mapping[str, Array]) -> dict[str, Array]:
    """Return the samples of every input layer after checking names and widths.

    Raises:
        UnknownNameError: Names an input the model lacks, or misses one.
        DataError: Wrong width.
    """
    expected = {name: network.shapes[name][0] for name in input_names(network)}
    _check_names("inputs", inputs, expected)
    return {name: _of_width(name, inputs[name], width) for name, width in expected.items()}


def checked_targets(
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


def checked_input_arrays(
    network: Network, inputs: Any, n_samples: int | None = None
) -> dict[str, Array]:
    """Return samples by input layer, finite, equally many, and of the right width.

    Args:
        network: The model's layers.
        inputs: Input layer to ``(n_samples, units)``, V, or one array or table; see `inputs_of`.
            Rows of one sample may be flat.
        n_samples: How many there must be; None: any number.
    """
    is_flat = n_samples == 1 and is_array(inputs) and not is_table(inputs) and np.ndim(inputs) == 1
    named = inputs_of(network, [inputs] if is_flat else inputs, "inputs")
    if not named:
        checked_inputs(network, named)  # names those that are missing
    arrays = {
        name: value.array
        if isinstance(value, Handed)
        else checked_numbers(hosted(value), f"input {name!r}", truths=True)
        for name, value in named.items()
    }
    if n_samples == 1:
        arrays = {name: np.atleast_2d(array) for name, array in arrays.items()}
    dataset = DataSet({name: Handed(array) for name, array in arrays.items()})
    if n_samples is not None and len(dataset) != n_samples:
        raise DataError(
            f"The inputs hold {len(dataset)} samples; {n_samples} is expected.",
            "give one row per input layer",
        )
    return checked_inputs(network, dataset.inputs)


def checked_nudge(network: Network, nudge: Mapping[str, Any], n: int) -> dict[str, Array]:
    """Return injected currents by output, finite and ``(n, n_predictions)``, A.

    Raises:
        UnknownNameError: Not an output.
        DataError: Wrong shape or not finite.
    """
    return checked_at_outputs(network, nudge, n, "nudge", "currents")


def checked_at_outputs(
    network: Network, given: Mapping[str, Any], n: int, path: str, what: str
) -> dict[str, Array]:
    """Return one finite number for each prediction of some outputs, ``(n, n_predictions)``.

    Args:
        network: The model's layers.
        given: Output layer to numbers; those of one sample may be flat.
        n: Number of samples.
        path: What the errors call `given`.
        what: What the errors call the numbers.

    Raises:
        UnknownNameError: Not an output.
        DataError: Wrong shape or not finite.
    """
    if not isinstance(given, Mapping):
        raise DataError(
            f"The {path} is {shown(given)}.", f"write {{'name of the output layer': {what}}}"
        )
    outputs = {output.name: output for output in network.compiled.circuit.outputs}
    result = {}
    for name, value in given.items():
        if name not in outputs:
            raise UnknownNameError(
                f"{path} names {name!r}; the outputs are {sorted(outputs)}.",
                "use one of these names",
            )
        array = checked_numbers(value, f"The {path} of {name!r}")
        if n == 1:
            array = np.atleast_2d(array)
        expected = (n, len(outputs[name].heads))
        if array.shape != expected or not np.isfinite(array).all():
            raise DataError(
                f"The {path} of {name!r} has shape {array.shape} or is not finite.",
                f"give finite {what} of shape {expected}",
            )
        result[name] = array
    return result


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
