"""Ideal constraints: voltages that follow from others without solving.

A voltage source and an amplifier both tie one node to another,
``v[child] = scale*v[parent] + offset``. Ordered from known nodes outwards they form a forest;
the nodes that no constraint ties (the roots) are the unknowns of the circuit.
"""

from collections.abc import Mapping, Sequence

import attrs
import numpy as np

from ebana_core.arrays import Array, BoolArray
from ebana_core.circuit.circuit import GROUND, Circuit
from ebana_core.circuit.elements import (
    Amplifiers,
    IntArray,
    Selector,
    VoltageSources,
    resolve,
    selector,
)
from ebana_core.circuit.graph import components
from ebana_core.derived import derived
from ebana_core.errors import CircuitError


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
        offset = np.zeros(shape)
        for tie in self.ties:
            if isinstance(tie.element, VoltageSources):
                source = _one_each(
                    resolve(tie.element.voltage, parameters, inputs), len(tie.element.heads)
                )
                if len(tie.positions) != source.shape[-1]:
                    source = source[..., tie.positions]
                step = tie.sign * source
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


def find_constraints(circuit: Circuit) -> Constraints:
    """Order a circuit's ideal constraints.

    Raises:
        CircuitError: Sources and amplifier outputs form a loop.
    """
    known = np.ones(circuit.n_nodes, dtype=bool)
    for source in circuit.voltage_sources:
        # Nodes that a source or an output touches may have to follow others; the rest are unknowns
        # from the start.
        known[source.heads] = known[source.tails] = False
    for amplifier in circuit.amplifiers:
        known[amplifier.outputs] = False
    known[GROUND] = True
    root = np.arange(circuit.n_nodes)
    ties: list[Tie] = []
    used = {
        id(element): np.zeros(len(_ends(element)[0]), dtype=bool) for element in _tying(circuit)
    }
    # What follows known nodes is found first. Where only floating groups of sources are left, one
    # node of a group becomes an unknown, and what follows it is found next.
    while _grow(circuit, known, root, ties, used) or _free_roots(circuit, known, used):
        pass
    for element in _tying(circuit):
        if not used[id(element)].all():
            _raise_loop(circuit, element, int(np.argmin(used[id(element)])))
    is_unknown = (root == np.arange(circuit.n_nodes)) & (root != GROUND)
    return Constraints(tuple(ties), root, np.flatnonzero(is_unknown))


def _tying(circuit: Circuit) -> list[VoltageSources | Amplifiers]:
    return [*circuit.voltage_sources, *circuit.amplifiers]


def _ends(element: VoltageSources | Amplifiers) -> tuple[IntArray, IntArray]:
    if isinstance(element, VoltageSources):
        return element.heads, element.tails
    return element.outputs, element.inputs


def _grow(
    circuit: Circuit,
    known: BoolArray,
    root: IntArray,
    ties: list[Tie],
    used: Mapping[int, BoolArray],
) -> bool:
    """Follow every constraint that has a known parent; tell whether there was one."""
    grew = False
    for element in _tying(circuit):
        done = used[id(element)]
        heads, tails = _ends(element)
        # A source ties either end to the other; an amplifier works in one direction.
        directions: Sequence[tuple[IntArray, IntArray, float]] = [(tails, heads, 1.0)]
        if isinstance(element, VoltageSources):
            directions = [*directions, (heads, tails, -1.0)]
        for parents, children, sign in directions:
            ready = np.flatnonzero(~done & known[parents] & ~known[children])
            # One node may be reached twice at once: the first constraint ties it, and the second is
            # left over, which `find_constraints` then reports as a loop.
            _, first = np.unique(children[ready], return_index=True)
            ready = ready[np.sort(first)]
            if len(ready):
                tie = Tie(
                    element, ready, parents[ready], children[ready], np.full(len(ready), sign)
                )
                ties.append(tie)
                done[ready] = known[tie.children] = True
                root[tie.children] = root[tie.parents]
                grew = True
    return grew


def _free_roots(circuit: Circuit, known: BoolArray, used: Mapping[int, BoolArray]) -> bool:
    """Declare one node of each group of floating sources an unknown; tell whether there was one.

    An amplifier output inside a group makes its other nodes follow.
    """
    floating = [(s, ~used[id(s)]) for s in circuit.voltage_sources]
    heads = [source.heads[is_open] for source, is_open in floating]
    tails = [source.tails[is_open] for source, is_open in floating]
    group = components(circuit.n_nodes, heads, tails)
    driven = [group[amplifier.outputs] for amplifier in circuit.amplifiers]
    candidates = np.concatenate([np.zeros(0, np.intp), *heads])
    candidates = candidates[~known[candidates]]
    for driver in driven:
        # Such a group follows the output as soon as the input of its amplifier is known.
        candidates = candidates[~np.isin(group[candidates], driver)]
    _, first = np.unique(group[candidates], return_index=True)
    known[candidates[first]] = True
    return len(first) > 0


def _raise_loop(circuit: Circuit, element: VoltageSources | Amplifiers, position: int) -> None:
    heads, tails = _ends(element)
    head, tail = (circuit.node_names[nodes[position]] for nodes in (heads, tails))
    raise CircuitError(
        f"Layer {element.layer!r} closes a loop of ideal sources between nodes {head!r} and "
        f"{tail!r} (sources and amplifier outputs count).",
        f"remove {element.layer!r} or put a conductance in series with it",
    )
