"""The linear part of a circuit, shared by every sample of a batch.

With the unknowns split as in `partition`, the currents leaving the unknown nodes are

    first:   k + diagonal*u_first + u_second @ across.T
    second:  k + u_first @ back.T + u_second @ inner.T

where k, per sample, comes from the nodes that sources and amplifier shifts set. Every row is
divided by the scale of its node: what an amplifier's output loses, its input loses 1/gain of.
What depends on the structure alone is planned once; a training step only sums conductances.
"""

from typing import Any

import attrs
from scipy.sparse import issparse

from ebana_core.arrays import DOUBLE, Array, Precision, columns, namespace
from ebana_core.backends.native.array_library import ArrayLibrary
from ebana_core.backends.native.node_spans import add_columns
from ebana_core.circuit.elements import Selector


@attrs.frozen(eq=False)
class DrivenBlock:
    """Currents out of unknowns at set voltages, ``-offsets[:, nodes] @ matrix / scale``.

    A `matrix` of one dimension is a diagonal; that of branches is sparse.
    """

    nodes: Selector
    unknowns: Selector
    matrix: Any
    scale: Array | float

    def on(self, library: ArrayLibrary) -> "DrivenBlock":
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
        if isinstance(self.scale, float) and isinstance(self.unknowns, slice):
            currents[:, self.unknowns] -= inflow if self.scale == 1.0 else inflow / self.scale
        else:
            add_columns(currents, self.unknowns, -inflow / self.scale)


@attrs.frozen(eq=False)
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
        couples_inside: Unknowns of the second part couple among themselves; else `inner` is a
            diagonal.
        precision: Of the arrays.
    """

    scale: Array
    diagonal: Array
    across: Array
    back: Array
    inner: Array
    own: Array
    driven: tuple[DrivenBlock, ...]
    couples_inside: bool = True
    precision: Precision = DOUBLE

    def on(self, library: ArrayLibrary) -> "LinearPart":
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
            couples_inside=self.couples_inside,
            precision=library.precision,
        )

    def apply(self, voltages: Array) -> Array:
        """Return the currents of the unknown voltages alone. Shape of `voltages`, A."""
        n_first = self.diagonal.shape[0]
        # The block of the first is a diagonal: two products replace one of the whole matrix.
        first, second = voltages[:, :n_first], voltages[:, n_first:]
        if not second.shape[1]:
            return first * self.diagonal
        result = namespace(voltages).empty_like(voltages)
        result[:, :n_first] = first * self.diagonal + second @ self.across.T
        result[:, n_first:] = first @ self.back.T + self._inside(second)
        return result

    def _inside(self, second: Array) -> Array:
        """Return what the second part takes from itself, A."""
        if self.couples_inside:
            return second @ self.inner.T
        return second * namespace(second).linalg.diagonal(self.inner)

    def rounding(self, voltages: Array) -> Array:
        """Return the sum of absolute terms of `apply`, which its rounding is relative to."""
        n_first = self.diagonal.shape[0]
        sizes = abs(voltages)
        first, second = sizes[:, :n_first], sizes[:, n_first:]
        result = self.own * sizes
        if second.shape[1]:
            # Absolute values are made anew: they cost a share of a product, and take no memory.
            result[:, :n_first] += second @ abs(self.across.T)
            result[:, n_first:] += first @ abs(self.back.T)
            if self.couples_inside:
                xp = namespace(self.inner)
                own = xp.linalg.diagonal(self.inner)
                result[:, n_first:] += second @ abs(self.inner.T) - second * abs(own)
        return result

    def driven_currents(self, offsets: Array) -> Array:
        """Return k, the currents at zero unknown voltages. Shape ``(n_samples, n_unknowns)``."""
        shape, xp = (offsets.shape[0], self.own.shape[0]), namespace(offsets)
        result = xp.zeros(shape, dtype=offsets.dtype, device=offsets.device)
        for block in self.driven:
            block.add_to(result, offsets)
        return result
