"""The nodes of a circuit as a drawing shows them: all of a few, the ends of many."""

from bisect import bisect_right
from collections.abc import Iterable

import numpy as np

from ebana_core.arrays import BoolArray, IntArray
from ebana_core.circuit import GROUND, Circuit
from ebana_core.circuit.circuit import NodeGroup
from ebana_core.circuit.names import readable

LAST = 2
"""How many of the last nodes of many are shown: both of a folded output."""


class Nets:
    """Which nodes are drawn, and what they are called.

    Args:
        circuit: The circuit.
        touched: The nodes of every row of devices, each once.
        max_units: How many nodes of a layer are drawn before an ellipsis.
    """

    def __init__(self, circuit: Circuit, touched: Iterable[IntArray], max_units: int) -> None:
        self._groups = circuit.groups
        # Between which nodes some are left out, by the first node of their group.
        self._cuts: dict[int, tuple[int, int]] = {}
        self._shown = {GROUND}
        uses = np.zeros(1 + sum(group.size for group in self._groups), dtype=np.intp)
        for nodes in touched:
            uses[nodes] += 1
        for group in self._groups:
            self._choose(group, uses[group.nodes] > 1, max_units)

    def _choose(self, group: NodeGroup, is_between: BoolArray, max_units: int) -> None:
        """Choose the nodes of a group that are drawn, of those between devices if there are some.

        A graph of hundreds of nodes may meet the rest at two of them, which are then drawn.
        """
        nodes = group.nodes
        if len(nodes) > max_units and is_between.any():
            nodes = nodes[is_between]
        if len(nodes) > max_units:
            # An even number, so that an ellipsis parts no pair of nodes.
            n_first = (max_units - LAST) // 2 * 2
            self._cuts[group.first] = int(nodes[n_first - 1]), int(nodes[-LAST])
            nodes = np.concatenate([nodes[:n_first], nodes[-LAST:]])
        self._shown.update(nodes.tolist())

    def show(self, nodes: Iterable[int]) -> None:
        """Draw some nodes, and all of their groups, however many they are."""
        for node in nodes:
            if node != GROUND:
                group = self.group(node)
                self._cuts.pop(group.first, None)
                self._shown.update(group.nodes.tolist())

    def group(self, node: int) -> NodeGroup:
        """Return the group of a node other than ground."""
        return self._groups[bisect_right(self._groups, node, key=lambda group: group.first) - 1]

    def name(self, node: int) -> str:
        """Return the name of a node for people."""
        group = self.group(node)
        index = np.unravel_index(node - group.first, group.shape)
        return readable(group.layer, group.label, [int(place) for place in index])

    def shown(self, nodes: Iterable[int]) -> list[int]:
        """Return the nodes that are drawn, each once, in their order; ground left out."""
        return [n for n in dict.fromkeys(nodes) if n != GROUND and n in self._shown]

    def are_shown(self, nodes: Iterable[int]) -> bool:
        """Tell whether all of some nodes are drawn."""
        return self._shown.issuperset(nodes)

    def is_gap(self, one: int, other: int) -> bool:
        """Tell whether nodes are left out between two that stand side by side."""
        group = self.group(one)
        if group is not self.group(other) or group.first not in self._cuts:
            return False
        before, behind = self._cuts[group.first]
        return min(one, other) <= before and max(one, other) >= behind
