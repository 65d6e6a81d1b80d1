"""Splits the unknowns into those that eliminate cheaply and the rest.

The outputs of a crossbar couple to nothing in their own layer, so their block of the Jacobian
is diagonal. `first` unknowns form such an independent set and are eliminated; `second` ones
remain as a small dense system.
"""

from collections.abc import Iterator

import attrs
import numpy as np

from ebana_core.arrays import IntArray
from ebana_core.circuit.circuit import GROUND
from ebana_core.circuit.compiled import CompiledCircuit
from ebana_core.circuit.elements import Crossbar


@attrs.frozen(eq=False)
class Partition:
    """Numbering of the unknowns: first the independent set, then the rest.

    Args:
        nodes: Circuit node of each unknown, in this order. Shape ``(n_unknowns,)``.
        of_node: Unknown that each node follows; ``n_unknowns`` where sources fix the node.
            Shape ``(n_nodes,)``.
        n_first: Size of the independent set.
    """

    nodes: IntArray
    of_node: IntArray
    n_first: int

    @property
    def n_unknowns(self) -> int:
        """Number of unknown voltages."""
        return len(self.nodes)


def partition_unknowns(compiled: CompiledCircuit) -> Partition:
    """Choose an independent set of whole layers, the largest layers first."""
    circuit, constraints = compiled.circuit, compiled.constraints
    block = np.zeros(circuit.n_nodes, dtype=np.intp)
    for number, group in enumerate(circuit.groups, start=1):
        block[group.first : group.first + group.size] = number
    root, unknowns = constraints.root, constraints.unknowns
    neighbours: dict[int, set[int]] = {int(b): set() for b in np.unique(block[unknowns])}
    for one, other in _couplings(compiled, block):
        neighbours[one].add(other)
        neighbours[other].add(one)
    sizes = {b: int((block[unknowns] == b).sum()) for b in neighbours}
    chosen: set[int] = set()
    # The largest layers first: what is eliminated costs least.
    for candidate in sorted(neighbours, key=lambda b: -sizes[b]):
        # A layer that couples to itself has no diagonal block.
        if candidate not in neighbours[candidate] and not neighbours[candidate] & chosen:
            chosen.add(candidate)
    is_first = np.isin(block[unknowns], list(chosen))
    nodes = np.concatenate([unknowns[is_first], unknowns[~is_first]])
    position = np.full(circuit.n_nodes, len(nodes), dtype=np.intp)
    position[nodes] = np.arange(len(nodes))
    position[GROUND] = len(nodes)
    return Partition(nodes, position[root], int(is_first.sum()))


def _couplings(compiled: CompiledCircuit, block: IntArray) -> Iterator[tuple[int, int]]:
    """Yield the pairs of layers whose unknown nodes the elements couple.

    A nonlinear coupling also couples each layer to itself, which keeps it out of the
    independent set: its off-diagonal Jacobian differs from sample to sample.
    """
    root = compiled.constraints.root
    for array in compiled.circuit.element_arrays:
        topology = array.topology
        if isinstance(topology, Crossbar):
            heads, tails = (root[ends] for ends in (topology.rows, topology.columns))
            one, other = (np.unique(block[ends[ends != GROUND]]) for ends in (heads, tails))
            pairs = {(int(a), int(b)) for a in one for b in other}
        else:
            heads, tails = root[topology.heads], root[topology.tails]
            both = (heads != GROUND) & (tails != GROUND) & (heads != tails)
            ends = np.stack([block[heads[both]], block[tails[both]]], axis=1)
            pairs = {(int(a), int(b)) for a, b in np.unique(ends, axis=0)}
        yield from pairs
        if not array.is_ohmic:
            yield from {(a, a) for pair in pairs for a in pair}
