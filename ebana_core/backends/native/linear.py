"""The linear part of a circuit, shared by every sample of a batch.

With the unknowns split as in `partition`, the currents leaving the unknown nodes are

    first:   k + diagonal*u_first + u_second @ across.T
    second:  k + u_first @ back.T + u_second @ inner.T

where k, per sample, comes from the nodes that sources and amplifier shifts set. Every row is
divided by the scale of its node: what an amplifier's output loses, its input loses 1/gain of.
What depends on the structure alone is planned once; a training step only sums conductances.
"""

from collections.abc import Mapping
from functools import cached_property

import attrs
import numpy as np
from scipy.sparse import coo_array

from ebana_core.arrays import DOUBLE, Array, Precision, namespace
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
from ebana_core.circuit.elements import Crossbar, ElementArray, IntArray, Selector, resolve
from ebana_core.laws import Ohm


@attrs.frozen(eq=False)
class DrivenBlock:
    """Currents out of unknowns at set voltages, ``-offsets[:, nodes] @ matrix / scale``.

    A `matrix` of one dimension is a diagonal.
    """

    nodes: Selector
    unknowns: Selector
    matrix: Array
    scale: Array | float

    def on(self, library: Library) -> "DrivenBlock":
        """Return it for arrays of a library."""
        scale = self.scale if isinstance(self.scale, float) else library.take(self.scale)
        nodes, unknowns = library.places(self.nodes), library.places(self.unknowns)
        return DrivenBlock(nodes, unknowns, library.take(self.matrix), scale)

    def add_to(self, currents: Array, offsets: Array) -> None:
        """Subtract what flows in, A."""
        own = offsets[:, self.nodes]
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
        off_diagonal = self.inner - namespace(self.inner).diag(self.inner.diagonal())
        return abs(self.across.T), abs(self.back.T), abs(off_diagonal.T)

    def apply(self, voltages: Array) -> Array:
        """Return the currents of the unknown voltages alone. Shape of `voltages`, A."""
        n_first = len(self.diagonal)
        first, second = voltages[:, :n_first], voltages[:, n_first:]
        xp = namespace(voltages)
        result = xp.empty_like(voltages)
        xp.multiply(first, self.diagonal, out=result[:, :n_first])
        if second.shape[1]:
            result[:, :n_first] += second @ self.across.T
            xp.matmul(first, self.back.T, out=result[:, n_first:])
            result[:, n_first:] += second @ self.inner.T
        return result

    def rounding(self, voltages: Array) -> Array:
        """Return the sum of absolute terms of `apply`, which its rounding is relative to."""
        n_first = len(self.diagonal)
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
        shape, xp = (len(offsets), len(self.own)), namespace(offsets)
        result = xp.zeros(shape, dtype=offsets.dtype, device=offsets.device)
        for block in self.driven:
            block.add_to(result, offsets)
        return result


@attrs.frozen(eq=False)
class _Plan:
    """One ohmic array as a matrix between the nodes `sources` and `targets`, both ways.

    A set of branches has one list of nodes, which is both, and counts once.
    """

    array: ElementArray
    sources: tuple[Run, ...]
    targets: tuple[Run, ...]
    entries: tuple[IntArray, IntArray] | None
    n_nodes: int

    def matrix(self, parameters: Mapping[str, Array]) -> Array:
        """Return the conductances. Shape ``(n_sources, n_targets)``, S."""
        given = resolve(self.array.values["conductance"], parameters, {})
        conductance = np.broadcast_to(given, self.array.topology.shape)
        if self.entries is None:
            return conductance
        shape = (self.n_nodes, self.n_nodes)
        return np.asarray(coo_array((np.tile(conductance, 2), self.entries), shape).toarray())


class LinearPlan:
    """The structure of a circuit's linear part."""

    def __init__(self, compiled: CompiledCircuit, partition: Partition) -> None:
        self.compiled, self.partition = compiled, partition
        self._plans = [
            self._planned(array)
            for array in compiled.circuit.element_arrays
            if isinstance(array.law, Ohm)
        ]

    def _planned(self, array: ElementArray) -> _Plan:
        topology = array.topology
        if isinstance(topology, Crossbar):
            rows, columns = (
                tuple(find_runs(nodes, self.compiled, self.partition))
                for nodes in (topology.rows, topology.columns)
            )
            return _Plan(array, rows, columns, None, 0)
        ends = np.concatenate([topology.heads, topology.tails])
        nodes, places = np.unique(ends, return_inverse=True)
        first, second = np.split(places, 2)
        entries = np.concatenate([first, second]), np.concatenate([second, first])
        runs = tuple(find_runs(nodes, self.compiled, self.partition))
        return _Plan(array, runs, runs, entries, len(nodes))

    def reduce(self, parameters: Mapping[str, Array]) -> LinearPart:
        """Reduce all ohmic branches to the unknown nodes."""
        stamp = _Stamp(self.partition, self.compiled.scales(parameters))
        for plan in self._plans:
            matrix = plan.matrix(parameters)
            stamp.add(plan.sources, plan.targets, matrix)
            if plan.entries is None:
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
