"""Finds the crossbars in a circuit whose rows and columns are chains of equal wires."""

from collections.abc import Mapping

import attrs
import numpy as np

from ebana_core.arrays import Array, BoolArray, IntArray
from ebana_core.circuit.circuit import GROUND, Circuit, NodeGroup
from ebana_core.circuit.compiled import CompiledCircuit
from ebana_core.circuit.elements import (
    Amplifiers,
    Branches,
    Clamps,
    Crossbar,
    CurrentSources,
    Element,
    ElementArray,
    TerminalDevices,
    VoltageSources,
    resolve,
)


@attrs.frozen(eq=False)
class Lattice:
    """A crossbar of ohmic cells whose inner nodes nothing else touches.

    Rows are driven at their first cell. Every cell has a segment of its row before it and one of
    its column behind it; columns end behind the last row.

    Args:
        cells: From row nodes to column nodes, row by row.
        row_wires: The segments of the rows, in the order of the cells.
        column_wires: Those of the columns.
        inputs: Nodes where rows are driven. Shape ``(n_rows,)``.
        outputs: Nodes where columns end. Shape ``(n_columns,)``.
        groups: The inner nodes: of the rows, and of the columns.
        begins_inside: The nodes where rows are driven are no sources: what flows into the rows is
            a sum of currents there, to which the first segments belong.
    """

    cells: ElementArray
    row_wires: ElementArray
    column_wires: ElementArray
    inputs: IntArray
    outputs: IntArray
    groups: tuple[NodeGroup, NodeGroup]
    begins_inside: bool

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return len(self.inputs), len(self.outputs)

    @property
    def row_ports(self) -> IntArray:
        """Nodes at which rows begin once what is inside is eliminated. Shape ``(n_rows,)``."""
        if not self.begins_inside:
            return self.inputs
        return self.groups[0].first + self.shape[1] * np.arange(self.shape[0])

    @property
    def column_ports(self) -> IntArray:
        """Nodes at which columns end, likewise: the last ones in them. Shape ``(n_columns,)``."""
        group, n_columns = self.groups[1], self.shape[1]
        return group.first + group.size - n_columns + np.arange(n_columns)

    @property
    def arrays(self) -> tuple[ElementArray, ...]:
        """Its element arrays."""
        return self.cells, self.row_wires, self.column_wires

    def values(self, parameters: Mapping[str, Array]) -> tuple[Array, Array, Array]:
        """Return what cells, and segments of rows and columns, conduct. Shape of the lattice, S."""
        cells, rows, columns = (_conductance(a, parameters, self.shape) for a in self.arrays)
        return cells, rows, columns


def find_lattices(compiled: CompiledCircuit) -> tuple[Lattice, ...]:
    """Return the crossbars of linear cells whose inner nodes can be eliminated for all samples."""
    circuit = compiled.circuit
    ohmic = [a for a in circuit.element_arrays if a.is_ohmic and isinstance(a.topology, Branches)]
    if not ohmic:
        return ()
    group_of = _Groups(circuit)
    is_source = compiled.constraints.root == GROUND
    found = [
        lattice
        for cells in ohmic
        if (groups := group_of.both_ends(cells)) is not None
        and (lattice := _lattice(cells, groups, ohmic, is_source)) is not None
    ]
    return tuple(lattice for lattice in found if _is_alone(lattice, circuit))


class _Groups:
    """The groups of nodes, found by their first node."""

    def __init__(self, circuit: Circuit) -> None:
        self._of_first = {group.first: group for group in circuit.groups}

    def both_ends(self, cells: ElementArray) -> tuple[NodeGroup, NodeGroup] | None:
        """Return the two groups whose nodes are the heads and the tails, in order."""
        topology = cells.topology
        assert isinstance(topology, Branches)
        ends = (self._exactly(topology.heads), self._exactly(topology.tails))
        return None if ends[0] is None or ends[1] is None else (ends[0], ends[1])

    def _exactly(self, nodes: IntArray) -> NodeGroup | None:
        group = self._of_first.get(int(nodes[0])) if len(nodes) else None
        if group is None or group.size != len(nodes) or not (np.diff(nodes) == 1).all():
            return None
        return group


def _lattice(
    cells: ElementArray,
    groups: tuple[NodeGroup, NodeGroup],
    ohmic: list[ElementArray],
    is_source: BoolArray,
) -> Lattice | None:
    """Return the lattice of some cells, where wires join their ends in rows and columns."""
    topology = cells.topology
    assert isinstance(topology, Branches)
    rows = [a for a in ohmic if np.array_equal(_ends(a)[1], topology.heads)]
    columns = [a for a in ohmic if np.array_equal(_ends(a)[0], topology.tails)]
    if len(rows) != 1 or len(columns) != 1:
        return None
    before = _ends(rows[0])[0]
    # A row begins where the segment does not come from the cell before.
    starts = np.flatnonzero(np.append(True, before[1:] != topology.heads[:-1]))
    n_rows = len(starts)
    n_columns = topology.size // n_rows
    if not np.array_equal(starts, np.arange(n_rows) * n_columns):
        return None
    inputs, behind = before[starts], _ends(columns[0])[1].reshape(n_rows, n_columns)
    if not np.array_equal(behind[:-1].ravel(), topology.tails[n_columns:]):
        return None
    begins_inside = not is_source[inputs].all()
    return Lattice(cells, rows[0], columns[0], inputs, behind[-1], groups, begins_inside)


def _ends(array: ElementArray) -> tuple[IntArray, IntArray]:
    assert isinstance(array.topology, Branches)
    return array.topology.heads, array.topology.tails


def _is_alone(lattice: Lattice, circuit: Circuit) -> bool:
    """Tell whether nothing else touches the inner nodes, and the outer ones are distinct."""
    is_inner = np.zeros(circuit.n_nodes, dtype=bool)
    for group in lattice.groups:
        is_inner[group.first : group.first + group.size] = True
    ports = np.concatenate([lattice.inputs, lattice.outputs])
    if is_inner[ports].any() or len(np.unique(ports)) < len(ports):
        return False
    others = (e for e in circuit.elements if not any(e is own for own in lattice.arrays))
    nodes = [*circuit.layer_nodes.values(), *(n for e in others for n in _nodes(e))]
    return not any(is_inner[part].any() for part in nodes)


def _nodes(element: Element) -> tuple[IntArray, ...]:
    """Return the nodes that an element touches, part by part."""
    match element:
        case ElementArray(topology=Branches(heads=one, tails=other)):
            return one, other
        case ElementArray(topology=Crossbar(rows=one, columns=other)):
            return one, other
        case TerminalDevices(nodes=nodes) | Clamps(nodes=nodes):
            return (nodes,)
        case Amplifiers(inputs=one, outputs=other):
            return one, other
        case VoltageSources(heads=one, tails=other) | CurrentSources(heads=one, tails=other):
            return one, other
    raise AssertionError(element)


def _conductance(
    array: ElementArray, parameters: Mapping[str, Array], shape: tuple[int, int]
) -> Array:
    given = resolve(array.values["conductance"], parameters, {})
    if given.size == 1:
        return np.broadcast_to(given.reshape(()), shape)
    return given.reshape(shape)
