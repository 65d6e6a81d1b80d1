"""Ideal constraints: voltages that follow from others without solving.

A voltage source and an amplifier both tie one node to another,
``v[child] = scale*v[parent] + offset``. Ordered from known nodes outwards they form a forest;
the nodes that no constraint ties (the roots) are the unknowns of the circuit.
"""

from collections.abc import Mapping

import attrs
import numpy as np

from ebana_core.arrays import Array, IntArray
from ebana_core.circuit.branches import scatter
from ebana_core.circuit.elements import Amplifiers, Selector, VoltageSources, resolve, selector
from ebana_core.derived import derived


@attrs.frozen(eq=False)
class Tie:
    """Constraints of one element that can be resolved together.

    Args:
        element: The sources or amplifiers.
        positions: Which of them. Shape ``(n,)``.
        parents: Nodes known before. Shape ``(n,)``.
        children: Nodes that follow. Shape ``(n,)``.
        sign: +1 where the child is a source's head, -1 where it is its tail. Shape ``(n,)``.
    """

    element: VoltageSources | Amplifiers
    positions: IntArray
    parents: IntArray
    children: IntArray
    sign: Array

    place: Selector = derived(lambda own: selector(own.children))
    """The children, to index voltages with."""
    is_upright: bool = derived(lambda own: bool((own.sign == 1).all()))
    """Every child is a source's head."""
    is_grounded: bool = derived(lambda own: not own.parents.any())
    """Every parent is ground."""


@attrs.frozen(eq=False)
class Constraints:
    """The forest of a circuit's ideal constraints.

    Args:
        ties: In an order in which every parent is known before its children.
        root: For each node the unknown node that it follows, or ground where sources fix it.
        unknowns: The free roots, ascending.
    """

    ties: tuple[Tie, ...]
    root: IntArray
    unknowns: IntArray

    untied: tuple[slice, ...] = derived(lambda own: own._untied())
    """The nodes that follow no other, ground among them."""

    def _untied(self) -> tuple[slice, ...]:
        is_tied = np.zeros(len(self.root) + 2, dtype=bool)
        is_tied[[0, -1]] = True
        for tie in self.ties:
            is_tied[tie.children + 1] = True
        edges = np.flatnonzero(np.diff(is_tied))
        return tuple(slice(int(a), int(b)) for a, b in edges.reshape(-1, 2))

    def scales(self, parameters: Mapping[str, Array], n_nodes: int) -> Array:
        """Return d(node voltage)/d(root voltage) of every node. Shape ``(n_nodes,)``."""
        scale = np.ones(n_nodes)
        for tie in self.ties:
            gain = gain_of(tie, parameters)
            scale[tie.children] = gain * scale[tie.parents]
        return scale

    def offsets(
        self,
        parameters: Mapping[str, Array],
        inputs: Mapping[str, Array],
        shape: tuple[int, int],
    ) -> Array:
        """Return the node voltages at which every unknown is 0 V. Shape ``shape``, V."""
        # Most nodes of a large circuit are inputs: they are written once.
        offset = np.empty(shape)
        for untied in self.untied:
            offset[:, untied] = 0.0
        for tie in self.ties:
            if isinstance(tie.element, VoltageSources):
                source = _one_each(
                    resolve(tie.element.voltage, parameters, inputs), len(tie.element.heads)
                )
                if len(tie.positions) != source.shape[-1]:
                    source = source[..., tie.positions]
                step = source if tie.is_upright else tie.sign * source
                if not tie.is_grounded:
                    step = offset[:, tie.parents] + step
                offset[:, tie.place] = step
            else:
                gain = gain_of(tie, parameters)
                shift = resolve(tie.element.shift, parameters, {})
                shift = _one_each(shift, len(tie.element.inputs))[tie.positions]
                # From v_out = shift + gain*(v_in - shift).
                offset[:, tie.children] = gain * offset[:, tie.parents] + shift * (1 - gain)
        return offset

    def hand_back(
        self, amounts: Array, parameters: Mapping[str, Array], *, is_weighted: bool = False
    ) -> None:
        """Add what belongs to nodes that follow others to those that they follow, in place.

        Args:
            amounts: Currents out of all nodes. Shape ``(n_samples, n_nodes)``, A.
            parameters: Parameter name to array.
            is_weighted: They carry stage weights: an amplifier hands its gain times what leaves
                its output back to its input; else a current, which it divides.
        """
        # From the ends of the forest to its roots: a node passes on what its followers draw.
        for tie in reversed(self.ties):
            gain, own = gain_of(tie, parameters), amounts[:, tie.children]
            scatter(amounts, tie.parents, own * gain if is_weighted else own / gain)

    def moved(
        self,
        parameters: Mapping[str, Array],
        sources: VoltageSources,
        moves: Array,
        n_nodes: int,
    ) -> Array:
        """Return by how much nodes follow some sources that move, all unknowns at rest.

        Args:
            parameters: Parameter name to array.
            sources: The sources.
            moves: Change of their voltages. Shape ``(n_samples, n_sources)``, V.
            n_nodes: Of the circuit.

        Returns:
            Shape ``(n_samples, n_nodes)``, V.
        """
        moved = np.zeros((len(moves), n_nodes))
        for tie in self.ties:
            step = gain_of(tie, parameters) * moved[:, tie.parents]
            if tie.element is sources:
                step = step + tie.sign * moves[:, tie.positions]
            moved[:, tie.children] = step
        return moved


def gain_of(tie: Tie, parameters: Mapping[str, Array]) -> Array:
    """Return the factor from parent to child: an amplifier's gain, 1 for a source."""
    if isinstance(tie.element, VoltageSources):
        return np.ones(len(tie.positions))
    gain = resolve(tie.element.gain, parameters, {})
    return _one_each(gain, len(tie.element.inputs))[tie.positions]


def _one_each(values: Array, n: int) -> Array:
    """Return values along `n` elements, which may share one."""
    if values.shape[-1:] == (n,):  # NumPy takes 4 us to find out
        return values
    return np.broadcast_to(values, (*values.shape[:-1], n))
