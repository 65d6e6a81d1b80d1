"""A bound on what rounding moves, kept from one set of parameters to the next."""

from collections.abc import Callable
from typing import Protocol, final

import numpy as np

from ebana_core.arrays import Array


class Comparison(Protocol):
    """The conductances between unknowns, all couplings counted as resistors'."""

    def beside(self, sizes: Array) -> Array:
        """Return the absolute values beside the diagonal times sizes."""

    def diagonal_times(self, sizes: Array) -> Array:
        """Return the diagonal times sizes."""


@final
class KnownBound:
    """What rounding moves at most, found at one set of parameters and kept with room for others.

    Any w with ``M w >= terms`` bounds the solution of ``M w = terms`` where M is an M-matrix, so
    that a kept one proves itself by one product.

    Args:
        largest: Times the largest voltages up to which a bound is used again.
        room: Factor by which a bound is enlarged before it is kept.
    """

    def __init__(self, *, largest: float, room: float) -> None:
        self._largest, self._room = largest, room
        self._kept: Array | None = None

    def of(
        self, matrix: Comparison, terms: Array, size: Array, find: Callable[[Array], Array]
    ) -> Array:
        """Return the kept bound if it holds and is small enough, or the one that is found, V.

        Args:
            matrix: The Jacobian.
            terms: Of the currents, but for those that couplings drive, which rounding is relative
                to, A.
            size: Largest voltages, V.
            find: Returns a bound for terms, those of couplings among them; infinite: there is none.
        """
        if self._is_proved(matrix, terms, size):
            assert self._kept is not None
            return self._kept
        moved = find(terms + matrix.beside(size))
        self._kept = self._room * moved if np.isfinite(moved).all() else None
        return moved

    def _is_proved(self, matrix: Comparison, terms: Array, size: Array) -> bool:
        """Tell whether the kept bound is small enough, and one at these values."""
        kept = self._kept
        if kept is None or not (kept <= self._largest * size).all():
            return False
        # What couplings make of the size is a term, too: it and their share of M w are one sum.
        room = matrix.diagonal_times(kept) - terms
        return bool((room >= matrix.beside(kept + size)).all())
