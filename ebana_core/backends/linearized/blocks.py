"""Solves the matrices of a batch that share all but a few entries."""

from collections.abc import Sequence
from typing import final

import attrs
import numpy as np
from scipy.sparse import csr_array

from ebana_core.arrays import Array, BoolArray
from ebana_core.backends.linearized.structure import Entries
from ebana_core.derived import derived

PRECOMPUTED = 4_000_000
"""Largest product of the coupling blocks that is computed once for all samples, in numbers."""


@final
@attrs.frozen(eq=False)
class SharedBlocks:
    """The part of the matrix that all samples share, dense: the first unknowns and the rest.

    Args:
        diagonal: Of the first. Shape ``(n_first,)``, S.
        across: First rows, other columns. Shape ``(n_first, n_rest)``, S.
        back: Other rows, first columns. Shape ``(n_rest, n_first)``, S.
        inner: The rest. Shape ``(n_rest, n_rest)``, S.
    """

    diagonal: Array
    across: Array
    back: Array
    inner: Array

    _product: Array | None = derived(lambda own: own._products())
    """How the rest couples through each of the first, where that is small."""

    @classmethod
    def of(cls, matrix: csr_array, n_first: int) -> "SharedBlocks":
        """Return the blocks of a sparse matrix."""
        return cls(
            matrix.diagonal()[:n_first],
            matrix[:n_first, n_first:].toarray(),
            matrix[n_first:, :n_first].toarray(),
            matrix[n_first:, n_first:].toarray(),
        )

    def _products(self) -> Array | None:
        n_first, n_rest = self.across.shape
        if n_first * n_rest**2 > PRECOMPUTED:
            return None
        product = self.back.T[:, :, None] * self.across[:, None, :]
        return np.asarray(product.reshape(n_first, n_rest**2))

    def solve(
        self, own: Array, pairs: Sequence[Entries], held: BoolArray | None, right: Array
    ) -> Array:
        """Eliminate the first unknowns, solve for the rest.

        Args:
            own: What each sample adds to the diagonal. Shape ``(n_samples, n_unknowns)``, S.
            pairs: What it adds elsewhere, among the rest.
            held: Unknowns whose solution is zero. Shape of `own`; None: there are none.
            right: Right-hand sides. Shape ``(n_samples, n_functions, n_unknowns)``.
        """
        n_first, n_rest = self.across.shape
        inverse = 1 / (self.diagonal + own[:, :n_first])
        if held is not None:
            # A held unknown does not move, and nothing passes through it.
            inverse = np.where(held[:, :n_first], 0.0, inverse)
        scaled = right[..., :n_first] * inverse[:, None]
        if not n_rest:
            return scaled
        matrix = self.inner - self._through(inverse)
        np.einsum("sii->si", matrix)[...] += own[:, n_first:]
        for entries, rows, columns in pairs:
            np.add.at(matrix.transpose(1, 2, 0), (rows - n_first, columns - n_first), entries.T)
        goal = right[..., n_first:] - scaled @ self.back.T
        if held is not None:
            rest = held[:, n_first:]
            # The same for the rest: its equation becomes x = 0.
            matrix = np.where(rest[:, :, None], np.eye(n_rest), matrix)
            goal = np.where(rest[:, None], 0.0, goal)
        found = np.linalg.solve(matrix, goal.transpose(0, 2, 1)).transpose(0, 2, 1)
        return np.concatenate([scaled - inverse[:, None] * (found @ self.across.T), found], axis=2)

    def _through(self, inverse: Array) -> Array:
        """Return the coupling of the rest through the first. ``(n_samples, n_rest, n_rest)``."""
        if self._product is None:
            return np.asarray(self.back @ (inverse[:, :, None] * self.across))
        n_rest = len(self.inner)
        return np.asarray((inverse @ self._product).reshape(-1, n_rest, n_rest))
