"""The circuit: the one form that every backend reads."""

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any

import attrs
import numpy as np

from ebana_core.circuit.elements import (
    Amplifiers,
    Clamps,
    CurrentSources,
    Element,
    ElementArray,
    IntArray,
    TerminalDevices,
    VoltageSources,
)
from ebana_core.circuit.names import layer_name, netlist_name, readable
from ebana_core.errors import UnknownNameError
from ebana_core.mappings import FrozenMapping

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


@attrs.frozen(eq=False, slots=False)
class Circuit:
    """An immutable list of element arrays over numbered nodes; node 0 is ground.

    Args:
        groups: The nodes, in order of their numbers.
        elements: Element arrays, sources, amplifiers, outputs.
        layer_nodes: Layer name to the nodes that the layer presents, in its shape's order.
    """

    groups: tuple[NodeGroup, ...]
    elements: tuple[Element, ...]
    layer_nodes: Mapping[str, IntArray]

    @cached_property
    def n_nodes(self) -> int:
        """Number of nodes, ground included."""
        return 1 + sum(group.size for group in self.groups)

    @cached_property
    def node_names(self) -> tuple[str, ...]:
        """Names for people, indexed by node number."""
        return self._names(readable)

    @cached_property
    def netlist_names(self) -> tuple[str, ...]:
        """Names in netlists, indexed by node number."""
        return self._names(netlist_name)

    @cached_property
    def visible_nodes(self) -> IntArray:
        """Numbers of the nodes that layers show: neither ground nor internal."""
        shown = [
            np.arange(group.first, group.first + group.size)
            for group in self.groups
            if not group.label
        ]
        return np.concatenate(shown) if shown else np.zeros(0, np.intp)

    @cached_property
    def element_arrays(self) -> tuple[ElementArray, ...]:
        """The devices with a law."""
        return tuple(e for e in self.elements if isinstance(e, ElementArray))

    @cached_property
    def terminal_devices(self) -> tuple[TerminalDevices, ...]:
        """The devices of several terminals."""
        return tuple(e for e in self.elements if isinstance(e, TerminalDevices))

    @cached_property
    def voltage_sources(self) -> tuple[VoltageSources, ...]:
        """The ideal voltage sources."""
        return tuple(e for e in self.elements if isinstance(e, VoltageSources))

    @cached_property
    def outputs(self) -> tuple[CurrentSources, ...]:
        """The output branches, in the model's order."""
        return tuple(e for e in self.elements if isinstance(e, CurrentSources))

    @cached_property
    def amplifiers(self) -> tuple[Amplifiers, ...]:
        """The amplifiers."""
        return tuple(e for e in self.elements if isinstance(e, Amplifiers))

    @cached_property
    def clamps(self) -> tuple[Clamps, ...]:
        """The ideal diodes."""
        return tuple(e for e in self.elements if isinstance(e, Clamps))

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
        if layer not in self.layer_nodes:
            raise UnknownNameError(
                f"No layer {layer!r}; the layers are {sorted(self.layer_nodes)}.",
                "use one of these names",
            )
        return self.layer_nodes[layer]

    def _names(self, style: Callable[[str, str, Sequence[int]], str]) -> tuple[str, ...]:
        # Ground belongs to no layer; its name is that of netlists.
        names = ["0"]
        for group in self.groups:
            names += [style(group.layer, group.label, index) for index in np.ndindex(group.shape)]
        return tuple(names)


class CircuitBuilder:
    """Collects nodes and elements while layers emit them, then gives the circuit."""

    def __init__(self) -> None:
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
        self._elements.append(element)

    def present(self, layer: str, nodes: IntArray) -> None:
        """Record the nodes that a layer presents to the layers after it."""
        self._layer_nodes[layer] = nodes

    def circuit(self) -> Circuit:
        """Return what was collected."""
        return Circuit(
            tuple(self._groups),
            tuple(self._elements),
            FrozenMapping(self._layer_nodes),
        )
