"""The circuit: the one form that every backend reads."""

from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, SupportsIndex, TypeVar, overload

import attrs
import numpy as np

from ebana_core.arrays import Array, IntArray
from ebana_core.circuit.as_graph import Numbers, graph_of
from ebana_core.circuit.elements import (
    Amplifiers,
    Clamps,
    CurrentSources,
    Element,
    ElementArray,
    TerminalDevices,
    VoltageSources,
)
from ebana_core.circuit.names import layer_name, netlist_name, readable
from ebana_core.circuit.senses import SenseResistors
from ebana_core.circuit.shunts import shunts
from ebana_core.derived import derived
from ebana_core.errors import UnknownNameError
from ebana_core.laws.spice_constants import GMIN
from ebana_core.mappings import FrozenMapping
from ebana_core.objects import checked_name

E = TypeVar("E")

GROUND = 0


@attrs.frozen
class NodeGroup:
    """Consecutive nodes that one layer creates.

    Args:
        layer: The creating layer.
        label: Empty for the nodes the layer shows; a word for internal nodes.
        shape: Shape of the group.
        first: Number of its first node.
    """

    layer: str
    label: str
    shape: tuple[int, ...]
    first: int

    @property
    def size(self) -> int:
        """Number of nodes."""
        return int(np.prod(self.shape))

    @property
    def nodes(self) -> IntArray:
        """Numbers of its nodes."""
        return np.arange(self.first, self.first + self.size)


@attrs.frozen(eq=False)
class NodeNames(Sequence[str]):
    """The names of all nodes, indexed by node number; each is written when it is asked for.

    Args:
        groups: The nodes after ground, in order of their numbers.
        style: Gives the name of a node from its layer, its group's label, and its index there.
    """

    groups: tuple[NodeGroup, ...]
    style: Callable[[str, str, Sequence[int]], str]

    @overload
    def __getitem__(self, node: SupportsIndex) -> str: ...

    @overload
    def __getitem__(self, node: slice) -> Sequence[str]: ...

    def __getitem__(self, node: SupportsIndex | slice) -> str | Sequence[str]:
        if isinstance(node, slice):
            return [self[each] for each in range(*node.indices(len(self)))]
        number = range(len(self))[node]
        if number == GROUND:
            return "0"
        group = self.groups[bisect_right(self.groups, number, key=lambda group: group.first) - 1]
        index = np.unravel_index(number - group.first, group.shape)
        return self.style(group.layer, group.label, [int(place) for place in index])

    def __iter__(self) -> Iterator[str]:
        yield "0"
        for group in self.groups:
            for index in np.ndindex(group.shape):
                yield self.style(group.layer, group.label, index)

    def __len__(self) -> int:
        return 1 + sum(group.size for group in self.groups)


@attrs.frozen(eq=False)
class Circuit:
    """An immutable list of element arrays over numbered nodes; node 0 is ground.

    Args:
        groups: The nodes, in order of their numbers.
        elements: Element arrays, sources, amplifiers, outputs.
        layer_nodes: Layer name to the nodes that the layer presents, in its shape's order.
        gmin: Conductance across every junction, S, which the laws of `elements` have.
        shunt: Conductance from every node to ground, S, which is the array `SHUNT` of `elements`;
            0: there is none.
    """

    groups: tuple[NodeGroup, ...]
    elements: tuple[Element, ...]
    layer_nodes: Mapping[str, IntArray]
    gmin: float = GMIN
    shunt: float = 0.0

    n_nodes: int = derived(lambda own: 1 + sum(group.size for group in own.groups))
    """Number of nodes, ground included."""
    node_names: NodeNames = derived(lambda own: NodeNames(own.groups, readable))
    """Names for people, indexed by node number."""
    netlist_names: NodeNames = derived(lambda own: NodeNames(own.groups, netlist_name))
    """Names in netlists, indexed by node number."""
    visible_nodes: IntArray = derived(lambda own: _visible_nodes(own.groups))
    """Numbers of the nodes that layers show: neither ground nor internal."""
    element_arrays: tuple[ElementArray, ...] = derived(lambda own: own._of(ElementArray))
    """The devices with a law."""
    terminal_devices: tuple[TerminalDevices, ...] = derived(lambda own: own._of(TerminalDevices))
    """The devices of several terminals."""
    voltage_sources: tuple[VoltageSources, ...] = derived(lambda own: own._of(VoltageSources))
    """The ideal voltage sources."""
    outputs: tuple[CurrentSources, ...] = derived(lambda own: own._of(CurrentSources))
    """The output branches, in the model's order."""
    senses: tuple[SenseResistors, ...] = derived(lambda own: own._of(SenseResistors))
    """The resistors through which outputs are read and clamped."""
    injections: tuple[CurrentSources, ...] = derived(
        lambda own: (*own.outputs, *(sense.clamps for sense in own.senses))
    )
    """Where currents can be injected: the outputs, and every node that may be clamped."""
    amplifiers: tuple[Amplifiers, ...] = derived(lambda own: own._of(Amplifiers))
    """The amplifiers."""
    clamps: tuple[Clamps, ...] = derived(lambda own: own._of(Clamps))
    """The ideal diodes."""

    def _of(self, kind: type[E]) -> tuple[E, ...]:
        return tuple(element for element in self.elements if isinstance(element, kind))

    def checked_layer(self, layer: Any) -> str:
        """Return the name of a layer that is given itself or by its name.

        Raises:
            UnknownNameError: The circuit has no such layer.
        """
        name: str = layer_name(layer)
        self.nodes_of(name)
        return name

    def nodes_of(self, layer: str) -> IntArray:
        """Return the node numbers that a layer presents.

        Raises:
            UnknownNameError: There is no such layer.
        """
        if isinstance(layer, str) and layer not in self.layer_nodes and layer in self.node_names:
            raise UnknownNameError(
                f"{layer!r} is a node, not a layer.",
                f"take its column of all voltages: voltages[:, node_names.index({layer!r})]",
            )
        return self.layer_nodes[checked_name(layer, self.layer_nodes, "layer")]

    def to_networkx(
        self,
        parameters: Mapping[str, Array] | None = None,
        inputs: Mapping[str, Array] | None = None,
    ) -> Any:
        """Return the circuit as a ``networkx.MultiDiGraph``; see `graph_of`.

        Args:
            parameters: Parameter name to array; numbers that it lacks are None.
            inputs: Input name to the voltages of one sample, ``(1, units)``, V; likewise.
        """
        numbers = Numbers(parameters or {}, inputs or {})
        return graph_of(self.node_names, self.groups, self.elements, numbers)


def _visible_nodes(groups: Sequence[NodeGroup]) -> IntArray:
    shown = [group.nodes for group in groups if not group.label]
    return np.concatenate([np.zeros(0, np.intp), *shown])


class CircuitBuilder:
    """Collects nodes and elements while layers emit them, then gives the circuit.

    Args:
        gmin: See `Circuit`; kept as an attribute, too.
        shunt: Likewise.
    """

    def __init__(self, *, gmin: float = GMIN, shunt: float = 0.0) -> None:
        self.gmin, self.shunt = gmin, shunt
        self._groups: list[NodeGroup] = []
        self._elements: list[Element] = []
        self._layer_nodes: dict[str, IntArray] = {}
        # Node 0 is ground, which no layer creates.
        self._n_nodes = 1

    def nodes(self, layer: str, shape: tuple[int, ...], *, label: str = "") -> IntArray:
        """Create nodes and return their numbers, flat.

        Args:
            layer: Name of the creating layer.
            shape: Shape of the group.
            label: A word for internal nodes, which `at` does not show.
        """
        group = NodeGroup(layer, label, shape, self._n_nodes)
        self._groups.append(group)
        self._n_nodes += group.size
        return np.arange(group.first, self._n_nodes)

    def add(self, element: Element) -> None:
        """Append an element array, sources, amplifiers or outputs."""
        match element:
            case ElementArray(law=law):
                element = attrs.evolve(element, law=law.with_gmin(self.gmin))
            case TerminalDevices(law=law):
                own = law.with_gmin(self.gmin).with_shunt(self.shunt)
                element = attrs.evolve(element, law=own)
        self._elements.append(element)

    def present(self, layer: str, nodes: IntArray) -> None:
        """Record the nodes that a layer presents to the layers after it."""
        self._layer_nodes[layer] = nodes

    def circuit(self) -> Circuit:
        """Return what was collected."""
        elements = self._elements
        if self.shunt:
            elements = [*elements, shunts(self._n_nodes, elements, self.shunt)]
        return Circuit(
            tuple(self._groups),
            tuple(elements),
            FrozenMapping(self._layer_nodes),
            self.gmin,
            self.shunt,
        )
