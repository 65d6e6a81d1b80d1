"""Sizes of the drops across branches, without an array of all drops of a crossbar."""

import math
from collections.abc import Mapping, Sequence

import numpy as np

from ebana_core.arrays import Array
from ebana_core.backends import OperatingPoints
from ebana_core.circuit.circuit import Circuit
from ebana_core.circuit.elements import Branches, Crossbar, Parameter

Topology = Branches | Crossbar


def topologies_of(circuit: Circuit, parameter: str) -> list[Topology]:
    """Return where the devices are that take a parameter as a value, each with one drop.

    Of a device of several terminals it is the drop that a local rule squares.
    """
    branches = [
        array.topology
        for array in circuit.element_arrays
        if any(isinstance(v, Parameter) and v.name == parameter for v in array.values.values())
    ]
    edges = [
        Branches(devices.nodes[:, edge.head], devices.nodes[:, edge.tail])
        for devices in circuit.terminal_devices
        for name, edge in devices.law.edges.items()
        if isinstance(v := devices.values.get(name), Parameter) and v.name == parameter
    ]
    return [*branches, *edges]


def mean_square(topology: Topology, voltages: Array) -> float:
    """Return the mean square of the drops at node voltages ``(n_samples, n_nodes)``, V²."""
    if isinstance(topology, Branches):
        return float(np.mean((voltages[:, topology.heads] - voltages[:, topology.tails]) ** 2))
    rows, columns = voltages[:, topology.rows], voltages[:, topology.columns]
    # Around a common zero, so that the squares do not cancel.
    zero = columns.mean(axis=1, keepdims=True)
    rows, columns = rows - zero, columns - zero
    squares = (rows**2).mean(axis=1) + (columns**2).mean(axis=1)
    return float(np.mean(squares - 2 * rows.mean(axis=1) * columns.mean(axis=1)))


def largest(topology: Topology, voltages: Array) -> float:
    """Return the largest absolute drop, V."""
    if isinstance(topology, Branches):
        return float(np.abs(voltages[:, topology.heads] - voltages[:, topology.tails]).max())
    rows, columns = voltages[:, topology.rows], voltages[:, topology.columns]
    up = rows.max(axis=1) - columns.min(axis=1)
    down = columns.max(axis=1) - rows.min(axis=1)
    return float(np.maximum(up, down).max())


def changes(
    places: Mapping[str, Sequence[Topology]], phases: Mapping[str, OperatingPoints]
) -> dict[str, float]:
    """Return by how much the phases of a rule move the drops of every parameter, V.

    Args:
        places: Parameter to the places of the devices that have it.
        phases: Name to operating points, the free one among them.
    """
    moved = [points.change for points in phases.values() if points.change is not None]
    if not moved:
        return {}
    apart = moved[0] if len(moved) == 1 else moved[0] - moved[1]
    return {
        name: math.sqrt(np.mean([mean_square(own, apart) for own in found]))
        for name, found in places.items()
        if found
    }
