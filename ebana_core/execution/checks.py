"""Checks of what users hand to a model besides data sets."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from ebana_core.arrays import Array
from ebana_core.checking import checked_numbers, checked_whole, shown
from ebana_core.data import DataSet
from ebana_core.errors import DataError, ParameterError, UnknownNameError
from ebana_core.execution.evaluation import check_inputs
from ebana_core.network.graph import Network
from ebana_core.rules import LearningRule


def checked_seed(seed: object) -> int:
    """Return a seed.

    Raises:
        ParameterError: Not a whole number from 0 to 2**63 - 1, which run files can hold.
    """
    return checked_whole(seed, "seed", at_least=0)


def checked_count(value: object, name: str) -> int:
    """Return how many of something.

    Raises:
        ParameterError: Not a whole number of at least 1.
    """
    return checked_whole(value, name)


def check_rule(rule: object) -> None:
    """Refuse anything but a `LearningRule`.

    Raises:
        ParameterError: Says what was given.
    """
    if not isinstance(rule, LearningRule):
        raise ParameterError(
            f"rule is {shown(rule)}.", "give a rule such as EquilibriumPropagation(beta)"
        )


def checked_samples(
    network: Network, inputs: Mapping[str, Any], n_samples: int | None = None
) -> dict[str, Array]:
    """Return samples by input layer, finite, equally many, and of the right width.

    Args:
        network: The model's layers.
        inputs: Input layer to ``(n_samples, units)``, V; rows of one sample may be flat.
        n_samples: How many there must be; None: any number.
    """
    if not isinstance(inputs, Mapping):
        raise DataError(
            f"The inputs are {shown(inputs)}.", "write {'name of the input layer': array}"
        )
    if not inputs:
        check_inputs(network, inputs)  # names those that are missing
    arrays = {
        name: checked_numbers(value, f"input {name!r}", truths=True)
        for name, value in inputs.items()
    }
    if n_samples == 1:
        arrays = {name: np.atleast_2d(array) for name, array in arrays.items()}
    dataset = DataSet(arrays)
    if n_samples is not None and len(dataset) != n_samples:
        raise DataError(
            f"The inputs hold {len(dataset)} samples; {n_samples} is wanted.",
            "give one row per input layer",
        )
    return check_inputs(network, dataset.inputs)


def checked_nudge(network: Network, nudge: Mapping[str, Any], n: int) -> dict[str, Array]:
    """Return injected currents by output, finite and ``(n, n_predictions)``, A.

    Raises:
        UnknownNameError: Not an output.
        DataError: Wrong shape or not finite.
    """
    if not isinstance(nudge, Mapping):
        raise DataError(
            f"The nudge is {shown(nudge)}.", "write {'name of the output layer': currents}"
        )
    outputs = {output.name: output for output in network.compiled.circuit.outputs}
    result = {}
    for name, value in nudge.items():
        if name not in outputs:
            raise UnknownNameError(
                f"nudge names {name!r}; the outputs are {sorted(outputs)}.",
                "use one of these names",
            )
        array = checked_numbers(value, f"The nudge of {name!r}")
        if n == 1:
            array = np.atleast_2d(array)
        expected = (n, len(outputs[name].heads))
        if array.shape != expected or not np.isfinite(array).all():
            raise DataError(
                f"The nudge of {name!r} has shape {array.shape} or is not finite.",
                f"give finite currents of shape {expected}, A",
            )
        result[name] = array
    return result
