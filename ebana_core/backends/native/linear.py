"""The linear part of a circuit, shared by every sample of a batch.

With the unknowns split as in `partition`, the currents leaving the unknown nodes are

    first:   k + diagonal*u_first + u_second @ across.T
    second:  k + u_first @ back.T + u_second @ inner.T

where k, per sample, comes from the nodes that sources and amplifier shifts set. Every row is
divided by the scale of its node: what an amplifier's output loses, its input loses 1/gain of.
What depends on the structure alone is planned once; a training step only sums conductances.
"""

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

import attrs
import numpy as np
from scipy.sparse import coo_array, issparse

from ebana_core.arrays import DOUBLE, Array, Precision, columns, namespace
from ebana_core.backends.native.library import Library
from ebana_core.backends.native.partition import Partition
from ebana_core.backends.native.runs import (
    Run,
    add_block,
    add_columns,
    find_runs,
    shifted,
)
from ebana_core.circuit.compiled import CompiledCircuit
from ebana_core.circuit.elements import (
    Branches,
    Crossbar,
    ElementArray,
    IntArray,
    Selector,
    resolve,
)


@attrs.frozen(eq=False)
class DrivenBlock:
    """Currents out of unknowns at set voltages, ``-offsets[:, nodes] @ matrix / scale``.

    A `matrix` of one dimension is a diagonal; that of branches is sparse.
    """

    nodes: Selector
    unknowns: Selector
    matrix: Any
    scale: Array | float

    def on(self, library: Library) -> "DrivenBlock":
        """Return it for arrays of a library."""
        scale = self.scale if isinstance(self.scale, float) else library.take(self.scale)
        nodes, unknowns = library.places(self.nodes), library.places(self.unknowns)
        matrix = self.matrix.toarray() if issparse(self.matrix) else self.matrix
        return DrivenBlock(nodes, unknowns, library.take(matrix), scale)

    def add_to(self, currents: Array, offsets: Array) -> None:
        """Subtract what flows in, A."""
        own = columns(offsets, self.nodes)
        if issparse(self.matrix):
            inflow = (self.matrix.T @ own.T).T
        else:
            inflow = own * self.matrix if self.matrix.ndim == 1 else own @ self.matrix
        add_columns(currents, self.unknowns, -inflow / self.scale)


@attrs.frozen(eq=False, slots=False)
class LinearPart:
    """Reduced linear currents at one set of parameters.

    Args:
        scale: d(node voltage)/d(root voltage), NumPy's in any library. Shape ``(n_nodes,)``.
        diagonal: Shape ``(n_first,)``, S.
        across: Shape ``(n_first, n_second)``, S.
        back: Shape ``(n_second, n_first)``, S.
        inner: Shape ``(n_second, n_second)``, S.
        own: Conductance of every unknown to all others. Shape ``(n_unknowns,)``, S.
        driven: Blocks that give k.
        precision: Of the arrays.
    """

    scale: Array
    diagonal: Array
    across: Array
    back: Array
    inner: Array
    own: Array
    driven: tuple[DrivenBlock, ...]
    precision: Precision = DOUBLE

    def on(self, library: Library) -> "LinearPart":
        """Return it for arrays of a library, where all that is large is taken once."""
        if library.is_default:
            return self
        return LinearPart(
            scale=self.scale,
            diagonal=library.take(self.diagonal),
            across=library.take(self.across),
            back=library.take(self.back),
            inner=library.take(self.inner),
            own=library.take(self.own),
            driven=tuple(block.on(library) for block in self.driven),
            precision=library.precision,
        )

    @cached_property
    def _absolute(self) -> tuple[Array, Array, Array]:
        """Absolute values of the transposed coupling blocks, S."""
        xp, inner = namespace(self.inner), self.inner
        is_diagonal = xp.eye(inner.shape[0], dtype=xp.bool, device=inner.device)
        off_diagonal = xp.where(is_diagonal, 0.0, inner)
        return abs(self.across.T), abs(self.back.T), abs(off_diagonal.T)

    def apply(self, voltages: Array) -> Array:
        """Return the currents of the unknown voltages alone. Shape of `voltages`, A."""
        n_first = self.diagonal.shape[0]
        first, second = voltages[:, :n_first], voltages[:, n_first:]
        if not second.shape[1]:
            return first * self.diagonal
        result = namespace(voltages).empty_like(voltages)
        result[:, :n_first] = first * self.diagonal + second @ self.across.T
        result[:, n_first:] = first @ self.back.T + second @ self.inner.T
        return result

    def rounding(self, voltages: Array) -> Array:
        """Return the sum of absolute terms of `apply`, which its rounding is relative to."""
        n_first = self.diagonal.shape[0]
        sizes = abs(voltages)
        first, second = sizes[:, :n_first], sizes[:, n_first:]
        result = self.own * sizes
        if second.shape[1]:
            across, back, inner = self._absolute
            result[:, :n_first] += second @ across
            result[:, n_first:] += first @ back + second @ inner
        return result

    def driven_currents(self, offsets: Array) -> Array:
        """Return k, the currents at zero unknown voltages. Shape ``(n_samples, n_unknowns)``."""
        shape, xp = (offsets.shape[0], self.own.shape[0]), namespace(offsets)
        result = xp.zeros(shape, dtype=offsets.dtype, device=offsets.device)
        for block in self.driven:
            block.add_to(result, offsets)
        return result


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
    sources: tuple[Run, ...]
    targets: tuple[Run, ...]
    is_mutual: bool = True
    branches: IntArray | None = None
    entries: tuple[IntArray, IntArray] | None = None
    shape: tuple[int, int] = (0, 0)
    is_sparse: bool = False

    def matrix(self, parameters: Mapping[str, Array]) -> Array:
        """Return the conductances. Shape ``(n_sources, n_targets)``, S."""
        given = resolve(self.array.values["conductance"], parameters, {})
        conductance = np.broadcast_to(given, self.array.topology.shape)
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
            yield _Plan(array, self._runs(topology.rows), self._runs(topology.columns))
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
        runs, shape = self._runs(nodes), (len(nodes), len(nodes))
        return _Plan(array, runs, runs, False, chosen, entries, shape)

    def _into_unknowns(
        self, array: ElementArray, chosen: IntArray, fixed: IntArray, free: IntArray
    ) -> _Plan:
        """Return branches from nodes that sources fix as a sparse matrix."""
        sources, rows = np.unique(fixed, return_inverse=True)
        targets, columns = np.unique(free, return_inverse=True)
        runs = self._runs(sources), self._runs(targets)
        shape = (len(sources), len(targets))
        return _Plan(array, *runs, False, chosen, (rows, columns), shape, True)

    def _runs(self, nodes: IntArray) -> tuple[Run, ...]:
        return tuple(find_runs(nodes, self.compiled, self.partition))

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
        self.driven: list[DrivenBlock] = []

    def add(self, sources: tuple[Run, ...], targets: tuple[Run, ...], matrix: Array) -> None:
        """Add what the voltages of `sources` and of the targets themselves take from these."""
        for target in targets:
            if target.unknowns is None:
                continue
            block = matrix[:, target.place]
            self._own(target, block.sum(axis=0))
            for source in sources:
                part = block[source.place]
                if source.has_offset:
                    self.driven.append(
                        DrivenBlock(source.nodes, target.unknowns, part, target.scale(self.scale))
                    )
                if source.unknowns is not None:
                    self._couple(source, target, part)

    def _own(self, target: Run, conductance: Array) -> None:
        """Add the currents that a node's own voltage drives out of it."""
        assert target.unknowns is not None
        add_columns(self.own[None], target.unknowns, conductance[None])
        self._on_diagonal(target, conductance)
        if target.has_offset:
            scale = target.scale(self.scale)
            self.driven.append(DrivenBlock(target.nodes, target.unknowns, -conductance, scale))

    def _on_diagonal(self, run: Run, amounts: Array) -> None:
        assert run.unknowns is not None
        if run.is_first:
            add_columns(self.diagonal[None], run.unknowns, amounts[None])
        else:
            places = shifted(run.unknowns, self.n_first)
            view = np.einsum("ii->i", self.inner)
            add_columns(view[None], places, amounts[None])

    def _couple(self, source: Run, target: Run, conductance: Array) -> None:
        assert source.unknowns is not None
        assert target.unknowns is not None
        block = -conductance.T
        if source.is_scaled or target.is_scaled:
            block = block * source.scale(self.scale) / np.reshape(target.scale(self.scale), (-1, 1))
        n_first = self.n_first
        if target.is_first and source.is_first:
            self._couple_first(source.unknowns, target.unknowns, block)
        elif target.is_first:
            add_block(self.across, target.unknowns, shifted(source.unknowns, n_first), block)
        elif source.is_first:
            add_block(self.back, shifted(target.unknowns, n_first), source.unknowns, block)
        else:
            rows, columns = shifted(target.unknowns, n_first), shifted(source.unknowns, n_first)
            add_block(self.inner, rows, columns, block)

    def _couple_first(self, sources: Selector, targets: Selector, block: Array) -> None:
        """Add what an amplifier's output takes from its own input: nothing else couples here."""
        numbers = np.arange(self.n_first)
        of_target, of_source = numbers[targets], numbers[sources]
        for r, c in zip(*np.nonzero(of_target[:, None] == of_source[None, :]), strict=True):
            self.diagonal[of_target[r]] += block[r, c]

    def result(self) -> LinearPart:
        return LinearPart(
            self.scale,
            self.diagonal,
            self.across,
            self.back,
            self.inner,
            self.own,
            tuple(self.driven),
        )
