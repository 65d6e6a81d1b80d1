"""A circuit whose crossbars are networks between their ports, without nodes inside."""

from collections.abc import Mapping, Sequence

import attrs
import numpy as np

from ebana_core.arrays import Array, IntArray
from ebana_core.backends.native.wired.lattice import Lattice
from ebana_core.circuit.circuit import Circuit, NodeGroup
from ebana_core.circuit.elements import (
    Amplifiers,
    Branches,
    Clamps,
    Crossbar,
    CurrentSources,
    Element,
    ElementArray,
    Parameter,
    TerminalDevices,
    VoltageSources,
)
from ebana_core.laws import Ohm
from ebana_core.mappings import FrozenMapping


@attrs.frozen(eq=False)
class CondensedCircuit:
    """A circuit without the inner nodes of its crossbars.

    Args:
        circuit: It has, in place of each crossbar, what its ports conduct to each other.
        nodes: Number that each of its nodes has in the whole circuit. Shape ``(n_nodes,)``.
        ports: Nodes of each crossbar's ports, in its own numbers: of rows, then of columns.
    """

    circuit: Circuit
    nodes: IntArray
    ports: tuple[IntArray, ...]

    @classmethod
    def of(cls, circuit: Circuit, lattices: Sequence[Lattice]) -> "CondensedCircuit":
        """Condense a circuit.

        Args:
            circuit: The whole circuit.
            lattices: Crossbars in it whose inner nodes nothing else touches.
        """
        groups, nodes = _kept(circuit.groups, lattices)
        place = np.full(circuit.n_nodes, -1)
        place[nodes] = np.arange(len(nodes))
        elements: list[Element] = []
        for element in circuit.elements:
            owner = next((x for x in lattices if any(element is a for a in x.arrays)), None)
            if owner is None:
                elements.append(_renumbered(element, place))
            elif element is owner.cells:
                elements += _networks(owner, place)
        layer_nodes = {name: place[own] for name, own in circuit.layer_nodes.items()}
        ports = tuple(place[np.concatenate([x.row_ports, x.column_ports])] for x in lattices)
        whole = attrs.evolve(
            circuit,
            groups=groups,
            elements=tuple(elements),
            layer_nodes=FrozenMapping(layer_nodes),
        )
        return cls(whole, nodes, ports)


def port_parameters(
    lattice: Lattice, values: tuple[Array, Array, Array], between: Array
) -> Mapping[str, Array]:
    """Return the parameters that a crossbar has in the condensed circuit, S.

    Args:
        lattice: The crossbar.
        values: What cells, segments of rows and segments of columns conduct, S.
        between: What its ports conduct to each other. Shape ``(n_ports, n_ports)``, S.
    """
    rows, columns = np.split(np.arange(len(between)), [lattice.shape[0]])
    # Two branches join each pair of ports on one side, one from each end.
    found = (
        between[np.ix_(rows, columns)],
        between[np.ix_(rows, rows)] / 2,
        between[np.ix_(columns, columns)] / 2,
        values[2][-1],
        values[1][:, 0],
    )
    return dict(zip(_names(lattice), map(np.array, found), strict=True))


def _names(lattice: Lattice) -> tuple[str, ...]:
    parts = ("across", "among_rows", "among_columns", "last_segments", "first_segments")
    return tuple(f"{lattice.cells.name}.{part}" for part in parts)


def _networks(lattice: Lattice, place: IntArray) -> list[Element]:
    """Return what stands for a crossbar."""
    rows, columns = place[lattice.row_ports], place[lattice.column_ports]
    topologies: list[Branches | Crossbar] = [
        Crossbar(rows, columns),
        Crossbar(rows, rows),
        Crossbar(columns, columns),
        Branches(columns, place[lattice.outputs]),
    ]
    if lattice.begins_inside:
        topologies.append(Branches(place[lattice.inputs], rows))
    return [
        ElementArray(
            name=name,
            layer=lattice.cells.layer,
            topology=topology,
            law=Ohm(),
            values={"conductance": Parameter(name)},
        )
        for name, topology in zip(_names(lattice), topologies, strict=False)
    ]


def _kept(
    groups: Sequence[NodeGroup], lattices: Sequence[Lattice]
) -> tuple[tuple[NodeGroup, ...], IntArray]:
    """Return the groups that stay, numbered anew, and the old numbers of all nodes, ground too."""
    none: IntArray = np.zeros(0, dtype=np.intp)
    ports = {x.groups[0].first: x.row_ports if x.begins_inside else none for x in lattices}
    ports |= {x.groups[1].first: x.column_ports for x in lattices}
    kept, numbers, first = [], [np.zeros(1, dtype=np.intp)], 1
    for group in groups:
        own = ports.get(group.first)
        shape = group.shape if own is None else own.shape
        own = np.arange(group.first, group.first + group.size) if own is None else own
        if len(own):
            kept.append(attrs.evolve(group, first=first, shape=shape))
            numbers.append(own)
            first += len(own)
    return tuple(kept), np.concatenate(numbers)


def _renumbered(element: Element, place: IntArray) -> Element:
    """Return an element at other numbers of its nodes."""
    match element:
        case ElementArray(topology=Branches(heads=heads, tails=tails)):
            return attrs.evolve(element, topology=Branches(place[heads], place[tails]))
        case ElementArray(topology=Crossbar(rows=rows, columns=columns)):
            return attrs.evolve(element, topology=Crossbar(place[rows], place[columns]))
        case TerminalDevices(nodes=nodes) | Clamps(nodes=nodes):
            return attrs.evolve(element, nodes=place[nodes])
        case Amplifiers(inputs=inputs, outputs=outputs):
            return attrs.evolve(element, inputs=place[inputs], outputs=place[outputs])
        case VoltageSources(heads=heads, tails=tails) | CurrentSources(heads=heads, tails=tails):
            return attrs.evolve(element, heads=place[heads], tails=place[tails])
    raise AssertionError(element)
