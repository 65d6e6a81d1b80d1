"""The linear elements of a block, computed at once."""

from collections.abc import Sequence
from typing import final

import numpy as np

from ebana_core.arrays import Array, Values
from ebana_core.spice.parts import Term
from ebana_core.spice.shares import Layout, Shares, numbered

MOST = 2
"""Voltages in a term."""


@final
class LinearTerms:
    """Terms in proportion to voltages, or constant.

    Args:
        terms: All of them.
        n_terminals: Of the block.
    """

    def __init__(self, terms: Sequence[Term], n_terminals: int) -> None:
        self._names = sorted({term.number for term in terms if term.number})
        place = {name: k for k, name in enumerate(self._names)} | {"": len(self._names)}
        self._number = numbered(place[term.number] for term in terms)
        self._is_inverse = np.array([term.is_inverse for term in terms], dtype=bool)
        self._constant = np.array([0.0 if term.drop else 1.0 for term in terms])
        self._voltages = np.full((MOST, len(terms)), n_terminals)
        self._factors = np.zeros((MOST, len(terms)))
        targets = [(t, *target) for t, term in enumerate(terms) for target in term.targets]
        entries = [
            (t, row, column, sign * factor)
            for t, row, sign in targets
            for column, factor in terms[t].drop
        ]
        for t, term in enumerate(terms):
            for k, (column, factor) in enumerate(term.drop):
                if column >= 0:
                    self._voltages[k, t], self._factors[k, t] = column, factor
        self._of_target = numbered(t for t, _, _ in targets)
        self._signs = np.array([sign for _, _, sign in targets])
        self._of_entry = numbered(t for t, *_ in entries)
        self._entry_factors = np.array([factor for *_, factor in entries])
        self.layout = Layout(
            numbered(place for _, place, _ in targets),
            numbered(row for _, row, _, _ in entries),
            numbered(column for _, _, column, _ in entries),
        )

    def scales(self, values: Values) -> Array:
        """Return the factor of every term. Shape ``(n_devices, n_terms)``, or 1 device.

        Args:
            values: Element name to its number, or to one per device.
        """
        given = np.broadcast_arrays(*(values[name] for name in self._names), np.ones(1))
        numbers = np.stack(given, axis=-1)[..., self._number]
        return np.where(self._is_inverse, 1 / np.where(self._is_inverse, numbers, 1.0), numbers)

    def at(self, voltages: Array, scales: Array) -> Shares:
        """Return what they add.

        Args:
            voltages: Of the terminals and, at the end, of ground. Shape ``(n_samples, n_devices,
                n_terminals + 1)``, V.
            scales: See there.
        """
        amounts = scales * (self._drops(voltages) + self._constant)
        own = amounts[..., self._of_target]
        slopes = scales[..., self._of_entry] * self._entry_factors
        shape = (*voltages.shape[:-1], len(self._of_entry))
        return Shares(own * self._signs, np.abs(own), np.broadcast_to(slopes, shape))

    def change(self, change: Array, scales: Array) -> Array:
        """Return how much their currents change, A. Shape ``(..., n_targets)``."""
        amounts = scales * self._drops(change)
        return np.asarray(amounts[..., self._of_target] * self._signs)

    def _drops(self, voltages: Array) -> Array:
        (one, other), (plus, minus) = self._voltages, self._factors
        return np.asarray(voltages[..., one] * plus + voltages[..., other] * minus)
