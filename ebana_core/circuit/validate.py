"""Checks that a circuit has one operating point as drawn, before any simulator sees it."""

import numpy as np

from ebana_core.arrays import IntArray
from ebana_core.circuit.circuit import GROUND, Circuit
from ebana_core.circuit.constraints import Constraints
from ebana_core.circuit.elements import Branches, Crossbar
from ebana_core.circuit.graph import components
from ebana_core.errors import CircuitError

MAX_NAMED = 5
"""How many nodes an error lists."""


def validate(circuit: Circuit, constraints: Constraints) -> None:
    """Refuse a circuit with floating nodes.

    Every node must reach a node that a source or an amplifier output fixes, through
    conductances and floating sources; an amplifier's input does not count as a path.

    Raises:
        CircuitError: Names the nodes and the layers that created them.
    """
    heads: list[IntArray] = []
    tails: list[IntArray] = []
    for array in circuit.element_arrays:
        if array.law.always_conducts:
            first, second = spanning_branches(array.topology)
            heads.append(first)
            tails.append(second)
    for devices in circuit.terminal_devices:
        # A path may lead to ground, which laws write as terminal -1.
        nodes = np.hstack([devices.nodes, np.full((len(devices.nodes), 1), GROUND)])
        for one, other in devices.law.paths:
            heads.append(nodes[:, one])
            tails.append(nodes[:, other])
    for source in circuit.voltage_sources:
        heads.append(source.heads)
        tails.append(source.tails)
    component = components(circuit.n_nodes, heads, tails)
    fixed = constraints.root == GROUND
    for amplifier in circuit.amplifiers:
        # An output is held by its input, whatever is attached to it.
        fixed[amplifier.outputs] = True
    floating = ~np.isin(component, component[fixed])
    if floating.any():
        _raise_floating(circuit, np.flatnonzero(floating))


def spanning_branches(topology: Branches | Crossbar) -> tuple[IntArray, IntArray]:
    """Return few heads and tails that join the same nodes as all branches do."""
    if isinstance(topology, Branches):
        return topology.heads, topology.tails
    rows, columns = topology.rows, topology.columns
    return (
        np.concatenate([rows, np.full(len(columns), rows[0])]),
        np.concatenate([np.full(len(rows), columns[0]), columns]),
    )


def _raise_floating(circuit: Circuit, nodes: IntArray) -> None:
    names = [circuit.node_names[node] for node in nodes[:MAX_NAMED]]
    more = f" and {len(nodes) - MAX_NAMED} more" if len(nodes) > MAX_NAMED else ""
    layers = sorted({name.split("[")[0].split(".")[0] for name in names})
    raise CircuitError(
        f"Nodes {names}{more} of layer {', '.join(map(repr, layers))} have no path to a node "
        "that a source fixes (an amplifier's input and a diode do not count).",
        "connect them through a dense layer or another conductance, or remove them",
    )
