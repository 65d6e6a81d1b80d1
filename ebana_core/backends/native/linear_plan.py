"""How the linear part of a circuit is summed from its resistors, planned once per structure."""

from collections.abc import Iterator, Mapping

import attrs
import numpy as np
from scipy.sparse import coo_array

from ebana_core.arrays import Array, IntArray, column_sums
from ebana_core.backends.native.linear import DrivenBlock, LinearPart
from ebana_core.backends.native.node_spans import (
    NodeSpan,
    add_at_places,
    find_spans,
    shifted,
    subtract_block,
)
from ebana_core.backends.native.partition import Partition
from ebana_core.circuit.compiled import CompiledCircuit
from ebana_core.circuit.elements import Branches, Crossbar, ElementArray, Selector, resolve


@attrs.frozen(eq=False)
class _Plan:
    """One ohmic array as a matrix between the nodes `sources` and `targets`.

    Args:
        array: The elements.
        sources: Nodes whose voltages drive currents.
        targets: Nodes that they drive them into.
        is_mutual: The targets drive the sources likewise.
        branches: Which branches these are; None: a whole crossbar.
        entries: Row and column of each branch, once or twice as many as branches.
        is_sparse: Keep the matrix sparse.
    """

    array: ElementArray
    sources: tuple[NodeSpan, ...]
    targets: tuple[NodeSpan, ...]
    is_mutual: bool = True
    branches: IntArray | None = None
    entries: tuple[IntArray, IntArray] | None = None
    shape: tuple[int, int] = (0, 0)
    is_sparse: bool = False

    def matrix(self, parameters: Mapping[str, Array]) -> Array:
        """Return the conductances. Shape ``(n_sources, n_targets)``, S."""
        given = resolve(self.array.values["conductance"], parameters, {})
        shape = self.array.topology.shape
        # NumPy takes longer to find out that there is nothing to do than a small sum takes.
        conductance = given if given.shape == shape else np.broadcast_to(given, shape)
        if self.branches is None or self.entries is None:
            return conductance
        chosen = conductance[self.branches]
        amounts = np.tile(chosen, len(self.entries[0]) // len(chosen))
        matrix = coo_array((amounts, self.entries), self.shape)
        return matrix.tocsr() if self.is_sparse else np.asarray(matrix.toarray())


class LinearPlan:
    """The structure of a circuit's linear part."""

    def __init__(self, compiled: CompiledCircuit, partition: Partition) -> None:
        self.compiled, self.partition = compiled, partition
        self._plans = [
            plan
            for array in compiled.circuit.element_arrays
            if array.is_ohmic
            for plan in self._planned(array)
        ]

    def _planned(self, array: ElementArray) -> Iterator[_Plan]:
        topology = array.topology
        if isinstance(topology, Crossbar):
            # A crossbar stays one matrix; its conductances are never copied branch by branch.
            yield _Plan(array, self._spans(topology.rows), self._spans(topology.columns))
            return
        is_fixed = self.partition.of_node == self.partition.n_unknowns
        heads, tails = is_fixed[topology.heads], is_fixed[topology.tails]
        inner, driven = np.flatnonzero(~heads & ~tails), np.flatnonzero(heads != tails)
        if len(inner):
            yield self._between_unknowns(array, topology, inner)
        if len(driven):
            ends = np.stack([topology.heads[driven], topology.tails[driven]])
            fixed, free = np.where(heads[driven], ends, ends[::-1])
            yield self._into_unknowns(array, driven, fixed, free)

    def _between_unknowns(self, array: ElementArray, topology: Branches, chosen: IntArray) -> _Plan:
        """Return branches as a matrix over their nodes, which are sources and targets."""
        ends = np.concatenate([topology.heads[chosen], topology.tails[chosen]])
        nodes, places = np.unique(ends, return_inverse=True)
        first, second = np.split(places, 2)
        entries = np.concatenate([first, second]), np.concatenate([second, first])
        spans, shape = self._spans(nodes), (len(nodes), len(nodes))
        return _Plan(array, spans, spans, False, chosen, entries, shape)

    def _into_unknowns(
        self, array: ElementArray, chosen: IntArray, fixed: IntArray, free: IntArray
    ) -> _Plan:
        """Return branches from nodes that sources fix as a sparse matrix."""
        sources, rows = np.unique(fixed, return_inverse=True)
        targets, columns = np.unique(free, return_inverse=True)
        spans = self._spans(sources), self._spans(targets)
        shape = (len(sources), len(targets))
        return _Plan(array, *spans, False, chosen, (rows, columns), shape, True)

    def _spans(self, nodes: IntArray) -> tuple[NodeSpan, ...]:
        return tuple(find_spans(nodes, self.compiled, self.partition))

    def reduce(self, parameters: Mapping[str, Array]) -> LinearPart:
        """Reduce all ohmic branches to the unknown nodes."""
        stamp = _Stamp(self.partition, self.compiled.scales(parameters))
        for plan in self._plans:
            matrix = plan.matrix(parameters)
            stamp.add(plan.sources, plan.targets, matrix)
            if plan.is_mutual:
                stamp.add(plan.targets, plan.sources, matrix.T)
        return stamp.result()


class _Stamp:
    """Collects the blocks while the arrays are added."""

    def __init__(self, partition: Partition, scale: Array) -> None:
        self.scale = scale
        self.n_first = partition.n_first
        n_first, n_second = partition.n_first, partition.n_unknowns - partition.n_first
        self.own = np.zeros(partition.n_unknowns)
        self.diagonal = np.zeros(n_first)
        self.across = np.zeros((n_first, n_second))
        self.back = np.zeros((n_second, n_first))
        self.inner = np.zeros((n_second, n_second))
        self.inner_diagonal = self.inner.reshape(-1)[:: n_second + 1]
        self.driven: list[DrivenBlock] = []
        self.couples_inside = False

    def add(
        self, sources: tuple[NodeSpan, ...], targets: tuple[NodeSpan, ...], matrix: Array
    ) -> None:
        """Add what the voltages of `sources` and of the targets themselves take from these."""
        for target in targets:
            # Nothing is solved at nodes that sources fix.
            if target.unknowns is None:
                continue
            block = matrix[:, target.place]
            self._own(target, column_sums(block))
            for source in sources:
                part = block[source.place]
                # The part of a voltage that no unknown gives drives a current as well.
                if source.has_offset:
                    self.driven.append(
                        DrivenBlock(source.nodes, target.unknowns, part, target.scale(self.scale))
                    )
                if source.unknowns is not None:
                    self._couple(source, target, part)

    def _own(self, target: NodeSpan, conductance: Array) -> None:
        """Add the currents that a node's own voltage drives out of it."""
        assert target.unknowns is not None
        add_at_places(self.own, target.unknowns, conductance)
        self._on_diagonal(target, conductance)
        if target.has_offset:
            scale = target.scale(self.scale)
            self.driven.append(DrivenBlock(target.nodes, target.unknowns, -conductance, scale))

    def _on_diagonal(self, span: NodeSpan, amounts: Array) -> None:
        assert span.unknowns is not None
        if span.is_first:
            add_at_places(self.diagonal, span.unknowns, amounts)
        else:
            add_at_places(self.inner_diagonal, shifted(span.unknowns, self.n_first), amounts)

    def _couple(self, source: NodeSpan, target: NodeSpan, conductance: Array) -> None:
        assert source.unknowns is not None
        assert target.unknowns is not None
        block = conductance.T
        if source.is_scaled or target.is_scaled:
            # Rows are divided by the scale of their own node, columns multiplied by that of theirs.
            block = block * source.scale(self.scale) / np.reshape(target.scale(self.scale), (-1, 1))
        n_first = self.n_first
        if target.is_first and source.is_first:
            self._couple_first(source.unknowns, target.unknowns, block)
        elif target.is_first:
            subtract_block(self.across, target.unknowns, shifted(source.unknowns, n_first), block)
        elif source.is_first:
            subtract_block(self.back, shifted(target.unknowns, n_first), source.unknowns, block)
        else:
            self.couples_inside = True
            rows, columns = shifted(target.unknowns, n_first), shifted(source.unknowns, n_first)
            subtract_block(self.inner, rows, columns, block)

    def _couple_first(self, sources: Selector, targets: Selector, block: Array) -> None:
        """Add what an amplifier's output takes from its own input: nothing else couples here."""
        numbers = np.arange(self.n_first)
        of_target, of_source = numbers[targets], numbers[sources]
        for r, c in zip(*np.nonzero(of_target[:, None] == of_source[None, :]), strict=True):
            self.diagonal[of_target[r]] -= block[r, c]

    def result(self) -> LinearPart:
        return LinearPart(
            self.scale,
            self.diagonal,
            self.across,
            self.back,
            self.inner,
            self.own,
            tuple(self.driven),
            self.couples_inside,
        )
