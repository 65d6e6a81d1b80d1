"""Levels of nodes: voltages at which a device at the node conducts, or that it cannot pass."""

from collections.abc import Iterator, Mapping
from typing import Any, Literal

import attrs
import numpy as np

from ebana_core.arrays import Array, BoolArray, IntArray
from ebana_core.circuit.branches import branch_ends, branch_values
from ebana_core.circuit.circuit import GROUND, Circuit
from ebana_core.circuit.constraints import Constraints
from ebana_core.circuit.elements import Clamps, ElementArray, Input, resolve
from ebana_core.laws.saturating import OUT, SaturatingAmplifier

CONDUCTING = 0.01
"""A device conducts where its slope is above this share of the linear conductance at its node."""
REACH, STEP = 5.0, 0.01
"""Largest drop at which a threshold is looked for, and how finely, V."""
HALVINGS = 24
"""Of the step in which a threshold lies: to less than a nanovolt."""

Kind = Literal["threshold", "bound", "supply"]


@attrs.frozen(eq=False, kw_only=True)
class Levels:
    """A voltage of each of several nodes that a picture shows as a line.

    Args:
        layer: Whose devices they are.
        kind: ``"threshold"``: the device conducts beyond it; ``"bound"``: an ideal diode lets no
            node pass it; ``"supply"``: an amplifier's output ends there.
        nodes: Numbers of the nodes. Shape ``(n,)``.
        volts: Of each node. Same shape, V.
    """

    layer: str
    kind: Kind
    nodes: IntArray
    volts: Array

    def plain(self) -> dict[str, Any]:
        """Return the fields as plain data, for run files."""
        return {**attrs.asdict(self), "nodes": self.nodes.tolist(), "volts": self.volts.tolist()}


def levels(
    circuit: Circuit, constraints: Constraints, parameters: Mapping[str, Array]
) -> list[Levels]:
    """Return the levels of a circuit's nodes at some values of its parameters.

    A threshold is where the slope of a device between a node and a fixed voltage passes
    `CONDUCTING` times the linear conductance at the node. Devices between two nodes that both
    move have none.
    """
    held, is_held = _held(circuit, constraints, parameters)
    beside = _ohmic(circuit, parameters)
    found: list[Levels] = []
    for element in circuit.elements:
        if isinstance(element, Clamps):
            bound = resolve(element.bound, parameters, {})
            volts = np.array(np.broadcast_to(bound, element.nodes.shape))
            found.append(
                Levels(layer=element.layer, kind="bound", nodes=element.nodes, volts=volts)
            )
        elif isinstance(element, ElementArray) and not element.is_ohmic:
            found += _thresholds(element, parameters, held, is_held, beside)
    for devices in circuit.terminal_devices:
        if isinstance(devices.law, SaturatingAmplifier):
            nodes = devices.nodes[:, OUT]
            for end in ("low", "high"):
                volts = np.broadcast_to(resolve(devices.values[end], parameters, {}), nodes.shape)
                found.append(
                    Levels(layer=devices.layer, kind="supply", nodes=nodes, volts=np.array(volts))
                )
    return found


def _held(
    circuit: Circuit, constraints: Constraints, parameters: Mapping[str, Array]
) -> tuple[Array, BoolArray]:
    """Return the voltages that sources hold, V, and which nodes have one whatever the inputs."""
    sizes = {
        source.voltage.name: len(source.heads)
        for source in circuit.voltage_sources
        if isinstance(source.voltage, Input)
    }
    shape = (1, circuit.n_nodes)
    low, high = (
        constraints.offsets(
            parameters, {n: np.full((1, k), volts) for n, k in sizes.items()}, shape
        )
        for volts in (0.0, 1.0)
    )
    return low[0], (constraints.root == GROUND) & (low[0] == high[0])


def _ohmic(circuit: Circuit, parameters: Mapping[str, Array]) -> Array:
    """Return the linear conductance at every node. Shape ``(n_nodes,)``, S."""
    total = np.zeros(circuit.n_nodes)
    for array in circuit.element_arrays:
        if not array.is_ohmic or isinstance(array.values["conductance"], Input):
            continue
        own = branch_values(array, parameters, {}, slice(0, 1))["conductance"]
        heads, tails = branch_ends(array.topology)
        for ends in (heads, tails):
            np.add.at(total, ends, np.broadcast_to(own, ends.shape))
    return total


def _thresholds(
    array: ElementArray,
    parameters: Mapping[str, Array],
    held: Array,
    is_held: BoolArray,
    beside: Array,
) -> Iterator[Levels]:
    """Yield where the devices of an array begin to conduct, on either side."""
    if any(isinstance(value, Input) for value in array.values.values()):
        return
    heads, tails = branch_ends(array.topology)
    at_head, at_tail = ~is_held[heads] & is_held[tails], is_held[heads] & ~is_held[tails]
    nodes, far = np.where(at_head, heads, tails), np.where(at_head, tails, heads)
    # Only these are swept: of a crossbar of cells, those at a bias.
    swept = np.flatnonzero((at_head | at_tail) & (beside[nodes] > 0))
    if not len(swept):
        return
    values = {
        name: np.broadcast_to(value, heads.shape)[swept]
        for name, value in branch_values(array, parameters, {}, slice(0, 1)).items()
    }
    nodes, far, is_head = nodes[swept], far[swept], at_head[swept]
    for sign in (1.0, -1.0):
        drops = _knees(array, values, CONDUCTING * beside[nodes], sign)
        volts = held[far] + np.where(is_head, drops, -drops)
        told = np.isfinite(volts)
        if told.any():
            yield Levels(layer=array.layer, kind="threshold", nodes=nodes[told], volts=volts[told])


def _knees(array: ElementArray, values: Mapping[str, Array], least: Array, sign: float) -> Array:
    """Return the smallest drop of each branch with a larger slope than `least`; nan: none.

    Args:
        array: The devices.
        values: Of their law, one of each branch.
        least: Shape ``(n_branches,)``, S.
        sign: Of the drops.
    """

    def conducts(drops: Array) -> BoolArray:
        with np.errstate(all="ignore"):  # exponentials of drops that no node has
            return np.asarray(np.abs(array.law.slope(drops, values)) > least)

    grid = sign * np.arange(0.0, REACH + STEP, STEP)
    beyond = np.array([conducts(np.full(len(least), drop)) for drop in grid])
    first = beyond.argmax(axis=0)
    inner, outer = grid[np.maximum(first - 1, 0)], grid[first]
    for _ in range(HALVINGS):
        middle = (inner + outer) / 2
        is_beyond = conducts(middle)
        inner, outer = np.where(is_beyond, inner, middle), np.where(is_beyond, middle, outer)
    # What conducts without a drop has no threshold.
    return np.where(beyond.any(axis=0) & (first > 0), outer, np.nan)
