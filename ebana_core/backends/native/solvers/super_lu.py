"""Sparse factorisations by SuperLU."""

from typing import final

import numpy as np
from scipy.sparse import csc_array, csr_array
from scipy.sparse.linalg import SuperLU, splu

from ebana_core.arrays import Array

PIVOT = 0.1
"""Smallest size of a diagonal entry, relative to its column, that is taken as a pivot where the
circuit is not reciprocal. Reciprocal ones are positive definite and need no choice."""


@final
class Factorisation:
    """How the sparse matrices of a circuit are factored.

    Args:
        ordering: SuperLU's name of the order.
        is_symmetric: They are symmetric and positive definite, once weighted: no need of pivots.
    """

    def __init__(self, ordering: str, *, is_symmetric: bool) -> None:
        self._ordering, self._pivot = ordering, 0.0 if is_symmetric else PIVOT

    def of(self, matrix: csr_array) -> SuperLU:
        """Return the factors of the transposed matrix, whose columns are the given rows."""
        return splu(
            csc_array((matrix.data, matrix.indices, matrix.indptr), shape=matrix.shape),
            permc_spec=self._ordering,
            diag_pivot_thresh=self._pivot,
            options={"SymmetricMode": True},
        )


def solved(factors: SuperLU, rows: Array) -> Array:
    """Return the solutions for every row of right-hand sides, of a transposed factorisation."""
    return np.ascontiguousarray(factors.solve(np.asfortranarray(rows.T), "T").T)
