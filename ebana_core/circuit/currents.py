"""The currents of single devices at solved voltages, as users see them."""

from collections.abc import Mapping

import numpy as np

from ebana_core.arrays import Array
from ebana_core.circuit.branches import branch_chunks, branch_ends, branch_values
from ebana_core.circuit.circuit import Circuit
from ebana_core.circuit.elements import Crossbar, ElementArray, TerminalDevices, resolved
from ebana_core.circuit.leaving import drops
from ebana_core.circuit.terminals import terminal_chunks
from ebana_core.errors import UnsupportedError


def element_currents(
    circuit: Circuit,
    layer: str,
    parameters: Mapping[str, Array],
    inputs: Mapping[str, Array],
    voltages: Array,
) -> dict[str, Array]:
    """Return the currents of a layer's devices by element, A.

    Into the heads of branches, and into the outer terminals of other devices, device by device.
    Shape ``(n_samples, n_branches)`` each. Sources and amplifiers have no law to ask.
    """
    found = {}
    for element in circuit.elements:
        if element.layer == layer and isinstance(element, ElementArray):
            found[element.name] = branch_currents(element, parameters, inputs, voltages)
        elif element.layer == layer and isinstance(element, TerminalDevices):
            found[element.name] = terminal_currents(element, parameters, voltages)
    return found


def branch_currents(
    array: ElementArray,
    parameters: Mapping[str, Array],
    inputs: Mapping[str, Array],
    voltages: Array,
) -> Array:
    """Return the current into the head of every branch, A. Shape ``(n_samples, n_branches)``."""
    heads, tails = branch_ends(array.topology)
    currents = np.empty((len(voltages), len(heads)))
    for rows, _, _ in branch_chunks(array, len(voltages)):
        drop = drops(voltages, rows, heads, tails)
        currents[rows] = array.law.current(drop, branch_values(array, parameters, inputs, rows))
    return currents


def crossbar_currents(
    circuit: Circuit,
    layer: str,
    parameters: Mapping[str, Array],
    inputs: Mapping[str, Array],
    voltages: Array,
) -> tuple[Array, Array]:
    """Return what a layer's crossbar takes from its rows and delivers into its columns, A.

    Without an array of all its branches at once. What transistors take from their rows need not
    arrive in the columns: bulks that are tied to ground take a part of it.

    Returns:
        Shapes ``(n_samples, n_rows)`` and ``(n_samples, n_columns)``.

    Raises:
        UnsupportedError: The layer is not a crossbar.
    """
    array, shape = _crossbar_of(circuit, layer)
    rows, columns = np.empty((len(voltages), shape[0])), np.empty((len(voltages), shape[1]))
    if isinstance(array, TerminalDevices):
        law, values = array.law, resolved(array.values, parameters)
        for part in terminal_chunks(array, len(voltages)):
            into = law.at(voltages[part][:, array.nodes], values).currents
            of_rows, of_columns = into[..., 0].reshape(-1, *shape), into[..., 1].reshape(-1, *shape)
            rows[part], columns[part] = of_rows.sum(axis=2), -of_columns.sum(axis=1)
        return rows, columns
    for part, heads, tails in branch_chunks(array, len(voltages)):
        drop = drops(voltages, part, heads, tails)
        current = array.law.current(drop, branch_values(array, parameters, inputs, part))
        matrix = current.reshape(-1, *shape)
        rows[part], columns[part] = matrix.sum(axis=2), matrix.sum(axis=1)
    return rows, columns


def _crossbar_of(
    circuit: Circuit, layer: str
) -> tuple[ElementArray | TerminalDevices, tuple[int, ...]]:
    """Return a layer's crossbar, and its numbers of rows and columns."""
    for array in circuit.element_arrays:
        if array.layer == layer and isinstance(array.topology, Crossbar):
            return array, array.topology.shape
    for devices in circuit.terminal_devices:
        if devices.layer == layer and devices.crossbar is not None:
            return devices, devices.crossbar
    raise UnsupportedError(
        f"Layer {layer!r} is not a crossbar, so it has no rows and columns.",
        "take its branch currents: currents(layer)",
    )


def terminal_currents(
    devices: TerminalDevices, parameters: Mapping[str, Array], voltages: Array
) -> Array:
    """Return what enters the outer terminals, device by device, A.

    Shape ``(n_samples, n_devices * n_outer)``.
    """
    law, values = devices.law, resolved(devices.values, parameters)
    found = np.empty((len(voltages), len(devices.nodes), law.n_outer))
    for part in terminal_chunks(devices, len(voltages)):
        found[part] = law.at(voltages[part][:, devices.nodes], values).currents[..., : law.n_outer]
    return found.reshape(len(voltages), -1)
