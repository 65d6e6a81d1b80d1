"""Checks of what a transient analysis is given, before any of it is solved."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from ebana_core.arrays import Array
from ebana_core.backends import Simulator
from ebana_core.checking import checked_number
from ebana_core.circuit.circuit import GROUND
from ebana_core.circuit.compiled import CompiledCircuit
from ebana_core.errors import DataError, ParameterError, UnknownNameError
from ebana_core.execution.result_memory import balance_memory, voltage_memory
from ebana_core.memory import require_samples
from ebana_core.network.checks import checked_nudge
from ebana_core.network.graph import Network

Capacitance = float | Mapping[str, float]
"""Capacitance to ground at each node that a layer presents, F: one for all, or by layer."""


def checked_positive(value: object, what: str, unit: str) -> float:
    """Return a finite number above zero.

    Args:
        value: A number, NumPy's or Python's, or an array of no dimensions.
        what: Subject of the error's sentence.
        unit: Of the number.

    Raises:
        ParameterError: It is something else; quotes it.
    """
    return checked_number(value, what, "give a finite number above zero", above=0.0, unit=unit)


def checked_switch(network: Network, nudge: object, n: int) -> dict[str, Array]:
    """Return injected currents by output, ``(n, n_predictions)``, A.

    Raises:
        UnknownNameError: Not an output.
        DataError: No mapping, no numbers, the wrong shape, or not finite.
    """
    if not isinstance(nudge, Mapping):
        raise DataError(f"nudge is {nudge!r}.", "give a dict from output to currents, A")
    try:
        return checked_nudge(network, nudge, n)
    except (TypeError, ValueError) as error:
        if isinstance(error, DataError):
            raise
        raise DataError(f"nudge is {nudge!r}: {error}.", "give real currents, A") from error


def checked_capacitances(network: Network, given: Capacitance) -> Array:
    """Return the capacitance of every node, 0 where there is none or sources fix it, F.

    Raises:
        ParameterError: A value is not a finite number above zero, or a layer has no free nodes.
        UnknownNameError: A layer that the model lacks.
    """
    compiled = network.compiled
    result = np.zeros(compiled.circuit.n_nodes)
    free = _free_nodes(compiled)
    if not isinstance(given, Mapping):
        value = checked_positive(given, "capacitance", "F")
        for nodes in free.values():
            result[nodes] = value
        return result
    values = {
        layer: checked_positive(value, f"The capacitance of {layer!r}", "F")
        for layer, value in given.items()
    }
    layers = compiled.circuit.layer_nodes
    if unknown := [layer for layer in values if layer not in layers]:
        raise UnknownNameError(
            f"capacitance names the layers {unknown}; the model has {sorted(layers)}.",
            "use these names",
        )
    for layer, value in values.items():
        nodes = free.get(layer, np.zeros(0, np.intp))
        if not len(nodes):
            raise ParameterError(*_no_free_node(compiled, layer))
        result[nodes] = value
    if not values:
        raise ParameterError("capacitance is {}.", "give a capacitance to at least one layer")
    return result


def _free_nodes(compiled: CompiledCircuit) -> dict[str, Any]:
    """Return layer to those of the nodes it creates and shows that no source fixes."""
    is_free = compiled.constraints.root != GROUND
    result = {}
    for group in compiled.circuit.groups:
        if not group.label:
            nodes = np.arange(group.first, group.first + group.size)
            result[group.layer] = nodes[is_free[nodes]]
    return result


def _no_free_node(compiled: CompiledCircuit, layer: str) -> tuple[str, str]:
    created = {group.layer for group in compiled.circuit.groups if not group.label}
    if layer in created:
        return (
            f"capacitance names {layer!r}, whose nodes sources fix.",
            "leave it out: its nodes do not move",
        )
    nodes = compiled.circuit.layer_nodes[layer]
    owner = next(
        (
            group.layer
            for group in compiled.circuit.groups
            if len(nodes) and group.first <= nodes[0] < group.first + group.size
        ),
        None,
    )
    where = f", {owner!r}" if owner else ""
    return (
        f"capacitance names {layer!r}, which creates no nodes.",
        f"give it to the layer that does{where}",
    )


def require_transient(
    compiled: CompiledCircuit,
    simulator: Simulator,
    parameters: Mapping[str, Array],
    n_samples: int,
    n_times: int,
) -> None:
    """Refuse a transient whose node voltages do not fit into memory.

    Raises:
        NotEnoughMemoryError: Says how much is needed and how many samples fit.
    """

    def needed(n: int) -> int:
        kept = voltage_memory(compiled.circuit, n, n_phases=2 * n_times)  # all, and those shown
        solving = simulator.memory(parameters, n)
        return kept + max(solving, balance_memory(compiled.circuit, n))

    require_samples(
        needed,
        n_samples,
        f"A transient of {n_samples} samples at {n_times} points of time",
        "give at most {} samples at a time, or lower `n_steps`",
    )
