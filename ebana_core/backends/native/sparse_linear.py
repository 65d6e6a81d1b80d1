"""The linear part of a circuit of few branches per node, as sparse matrices.

The same currents as in `linear`, ``k + L x`` with every row divided by the scale of its node;
what depends on the structure alone is planned once, a training step only sums conductances.
"""

from collections.abc import Iterable, Mapping

import attrs
import numpy as np
from scipy.sparse import csr_array

from ebana_core.arrays import DOUBLE, Array, BoolArray, IntArray, Precision
from ebana_core.backends.factors import Pattern
from ebana_core.backends.native.partition import Partition
from ebana_core.circuit.branches import branch_ends
from ebana_core.circuit.compiled import CompiledCircuit
from ebana_core.circuit.elements import ElementArray, resolve
from ebana_core.derived import derived


@attrs.frozen(eq=False)
class SparseLinearPart:
    """Sparse linear currents at one set of parameters.

    Args:
        scale: d(node voltage)/d(root voltage). Shape ``(n_nodes,)``.
        own: Conductance of every unknown to all others. Shape ``(n_unknowns,)``, S.
        pattern: Where branches of any law couple unknowns, and the diagonal.
        entries: What the ohmic ones add there. Shape ``(len(pattern),)``, S.
        driven: Currents of the unknowns by the offsets of the nodes. Shape
            ``(n_unknowns, n_nodes)``, S.
        precision: Of the arrays.
    """

    scale: Array
    own: Array
    pattern: Pattern
    entries: Array
    driven: csr_array
    precision: Precision = DOUBLE

    matrix: csr_array = derived(lambda own: own.pattern.matrix(own.entries))
    """L. Shape ``(n_unknowns, n_unknowns)``, S."""
    _absolute: csr_array = derived(lambda own: own._sizes())
    """Absolute values of the couplings, S."""

    def _sizes(self) -> csr_array:
        is_diagonal = self.pattern.rows == self.pattern.columns
        return self.pattern.matrix(np.where(is_diagonal, 0.0, np.abs(self.entries)))

    def apply(self, voltages: Array) -> Array:
        """Return the currents of the unknown voltages alone. Shape of `voltages`, A."""
        return product(self.matrix, voltages)

    def rounding(self, voltages: Array) -> Array:
        """Return the sum of absolute terms of `apply`, which its rounding is relative to."""
        sizes = np.abs(voltages)
        return self.own * sizes + product(self._absolute, sizes)

    def driven_currents(self, offsets: Array) -> Array:
        """Return k, the currents at zero unknown voltages. Shape ``(n_samples, n_unknowns)``."""
        return product(self.driven, offsets)


def product(matrix: csr_array, rows: Array) -> Array:
    """Return the matrix times every row of an array."""
    return np.ascontiguousarray((matrix @ rows.T).T)


@attrs.frozen(eq=False)
class _Side:
    """One end of every ohmic branch, seen from its equations.

    Args:
        nodes: Circuit nodes of the ends. Shape ``(n_branches,)``.
        others: Circuit nodes of the other ends.
        unknowns: What the ends follow; ``n_unknowns`` where sources fix them.
        coupled: Branches whose two ends follow unknowns.
        offset: Branches whose end follows an unknown and has an offset.
        driven: Branches whose end follows an unknown and whose other end has an offset.
    """

    nodes: IntArray
    others: IntArray
    unknowns: IntArray
    coupled: IntArray
    offset: IntArray
    driven: IntArray

    @classmethod
    def of(
        cls, nodes: IntArray, others: IntArray, partition: Partition, has_offset: BoolArray
    ) -> "_Side":
        unknowns, n = partition.of_node[nodes], partition.n_unknowns
        is_free = unknowns < n
        return cls(
            nodes,
            others,
            unknowns,
            np.flatnonzero(is_free & (partition.of_node[others] < n)),
            np.flatnonzero(is_free & has_offset[nodes]),
            np.flatnonzero(is_free & has_offset[others]),
        )


class SparseLinearPlan:
    """The structure of a circuit's linear part.

    Args:
        compiled: The circuit.
        partition: The numbering of its unknowns.
    """

    def __init__(self, compiled: CompiledCircuit, partition: Partition) -> None:
        self.compiled = compiled
        self.n_unknowns = n = partition.n_unknowns
        arrays = compiled.circuit.element_arrays
        self._arrays = [array for array in arrays if array.is_ohmic]
        heads, tails = all_ends(self._arrays)
        n_nodes = compiled.circuit.n_nodes
        has_offset = compiled.constraints.root != np.arange(n_nodes)
        sides = (
            _Side.of(heads, tails, partition, has_offset),
            _Side.of(tails, heads, partition, has_offset),
        )
        self._sides = sides
        of_node = partition.of_node
        ohmic = [(s.unknowns[s.coupled], of_node[s.others[s.coupled]]) for s in sides]
        nonlinear = couplings([a for a in arrays if not a.is_ohmic], of_node, n)
        each = np.arange(n)
        self._n_nonlinear = len(nonlinear[0])
        self.pattern = _joined([(each, each), *ohmic, nonlinear], (n, n))
        terms = []
        for s in sides:
            terms.append((s.unknowns[s.offset], s.nodes[s.offset]))
            terms.append((s.unknowns[s.driven], s.others[s.driven]))
        self._driven = _joined(terms, (n, n_nodes))

    def reduce(self, parameters: Mapping[str, Array]) -> SparseLinearPart:
        """Sum all ohmic branches at the unknown nodes."""
        scale = self.compiled.scales(parameters)
        g = np.concatenate([np.zeros(0), *(_conductance(a, parameters) for a in self._arrays)])
        own, terms, driven = np.zeros(self.n_unknowns + 1), [], []
        for s in self._sides:
            # Ends that sources fix add to the place behind all unknowns, which is left out below.
            own += np.bincount(s.unknowns, g, len(own))
            here, there = scale[s.nodes], scale[s.others]
            terms.append(-g[s.coupled] * there[s.coupled] / here[s.coupled])
            # A known part of either end's voltage drives a current of its own.
            driven += [g[s.offset] / here[s.offset], -g[s.driven] / here[s.driven]]
        # Devices have their places from the start, and put their slopes there in every step.
        terms = [own[:-1], *terms, np.zeros(self._n_nonlinear)]
        return SparseLinearPart(
            scale,
            own[:-1],
            self.pattern,
            self.pattern.summed(np.concatenate(terms)),
            self._driven.matrix(self._driven.summed(np.concatenate(driven))),
        )


def _conductance(array: ElementArray, parameters: Mapping[str, Array]) -> Array:
    given = resolve(array.values["conductance"], parameters, {})
    return np.broadcast_to(given, array.topology.shape).reshape(-1)


def _joined(terms: Iterable[tuple[IntArray, IntArray]], shape: tuple[int, int]) -> Pattern:
    rows, columns = zip(*terms, strict=True)
    return Pattern(np.concatenate(rows), np.concatenate(columns), shape)


def all_ends(arrays: Iterable[ElementArray]) -> tuple[IntArray, IntArray]:
    """Return heads and tails of all branches of some element arrays."""
    none: IntArray = np.zeros(0, dtype=np.intp)
    ends = [(none, none), *(branch_ends(array.topology) for array in arrays)]
    heads, tails = zip(*ends, strict=True)
    return np.concatenate(heads), np.concatenate(tails)


def couplings(
    arrays: Iterable[ElementArray], of_node: IntArray, n_unknowns: int
) -> tuple[IntArray, IntArray]:
    """Return rows and columns of the entries of branches between two unknowns, both ways.

    Args:
        arrays: The branches.
        of_node: Unknown that each node follows; `n_unknowns` where sources fix it.
        n_unknowns: How many there are.
    """
    heads, tails = (of_node[ends] for ends in all_ends(arrays))
    both = (heads < n_unknowns) & (tails < n_unknowns) & (heads != tails)
    one, other = heads[both], tails[both]
    return np.concatenate([one, other]), np.concatenate([other, one])
