"""Orders the ideal constraints of a circuit: every node after the one that it follows."""

from collections.abc import Mapping, Sequence

import numpy as np

from ebana_core.arrays import BoolArray, IntArray
from ebana_core.circuit.circuit import GROUND, Circuit
from ebana_core.circuit.constraints import Constraints, Tie
from ebana_core.circuit.elements import Amplifiers, VoltageSources
from ebana_core.circuit.graph import components
from ebana_core.errors import CircuitError


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
