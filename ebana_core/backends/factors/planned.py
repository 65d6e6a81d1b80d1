"""The factors of a batch of sparse matrices at pivots that are known, in compiled code."""

from typing import final

import numpy as np

from ebana_core.arrays import Array, BoolArray, IntArray
from ebana_core.backends.factors.pattern import Pattern
from ebana_core.backends.factors.pivots import Factors

LEFT = 1e-8
"""Residual of a solution, relative to the terms of its equation, up to which its pivots count as
good; a Newton step needs no more digits."""


@final
class Planned:
    """The factors of a batch; needs numba.

    Args:
        pattern: Of the matrices.
        factors: Pivots, and the pattern of the factors.
        entries: Of the matrices. Shape ``(n_samples, n_entries)``.

    Attributes:
        bad: Samples in which a pivot is zero, or not finite.
    """

    def __init__(self, pattern: Pattern, factors: Factors, entries: Array) -> None:
        # Only where compiled code was asked for: numba is an extra.
        from ebana_core.backends.factors import kernel

        self._kernel, self._matrix, self._factors = kernel, pattern, factors
        self._entries = entries
        self._pattern = factors.pattern
        self._lu = np.zeros((len(entries), len(factors.indices)))
        good = np.zeros(len(entries), dtype=np.bool_)
        kernel.factor_all(entries, factors.entries, self._lu, self._pattern, good)
        self.bad: IntArray = np.flatnonzero(~good)

    def solve(self, x: Array) -> None:
        """Replace right-hand sides by solutions. Shape ``(n_samples, n)``."""
        rows, columns = self._factors.rows, self._factors.columns
        self._kernel.solve_all(self._lu, self._pattern, rows, columns, x)

    def refine(self, x: Array, right: Array) -> BoolArray:
        """Bring solutions nearer by one step, and tell which were far: their pivots were bad."""
        terms = self._entries * x[:, self._matrix.columns]
        left = right - self._matrix.by_row.of(terms)
        sizes = self._matrix.by_row.of(np.abs(terms)) + np.abs(right)
        is_far = ~(np.abs(left) <= LEFT * sizes).all(axis=1)
        self.solve(left)
        x += left
        return np.asarray(is_far)

    def signs(self) -> Array:
        """Return the signs of the determinants. Shape ``(n_samples,)``."""
        order = np.sign(self._lu[:, self._factors.diagonal]).prod(axis=1)
        return np.asarray(order * self._factors.sign)
