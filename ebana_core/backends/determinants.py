"""Signs of the determinants of a circuit's Jacobians, without dense matrices."""

from collections.abc import Sequence
from typing import final

import attrs
import numpy as np

from ebana_core.arrays import Array, IntArray
from ebana_core.backends.factors import Factors, Pattern, Planned, factors_of
from ebana_core.backends.linearized import Linearized
from ebana_core.laws.slopes import Incidence

SMALLEST = 1e-9
"""What an entry that is zero counts as in the choice of pivots, relative to the largest one."""


@attrs.frozen(eq=False)
class _Plan:
    """How the entries of a circuit's Jacobians are summed and factored.

    Args:
        rows: Row of every entry that is listed.
        columns: Its column.
        pattern: Where they add up.
        sums: What adds them up.
        diagonal: Entries of the pattern on the diagonal.
        factors: Pivots; None: there are none.
    """

    rows: IntArray
    columns: IntArray
    pattern: Pattern
    sums: Incidence
    diagonal: IntArray
    factors: Factors | None

    @classmethod
    def of(cls, rows: IntArray, columns: IntArray, amounts: Array, n: int) -> "_Plan":
        """Return the plan for a circuit whose entries are as large as those of a batch."""
        pattern, each = Pattern(rows, columns, (n, n)), np.arange(n)
        sums = Incidence(pattern.find(rows, columns), len(pattern))
        typical = sums.of(np.abs(amounts).max(axis=0, initial=0.0))
        typical = np.maximum(typical, SMALLEST * typical.max(initial=0.0))
        factors = factors_of(pattern.matrix(typical))
        return cls(rows, columns, pattern, sums, pattern.find(each, each), factors)


@final
class Determinants:
    """Signs of determinants at pivots that are chosen once per circuit; needs numba.

    Whoever examines a circuit again and again keeps it.
    """

    def __init__(self) -> None:
        self._known: _Plan | None = None

    def signs(self, linearized: Linearized, unit: Array, masses: Sequence[Array]) -> Array | None:
        """Return the signs of the determinants of ``U (J + M) U``; nan where they are not known.

        None: ideal diodes hold unknowns, or there are no pivots.

        Args:
            linearized: Gives J.
            unit: The diagonal of U, above zero. Shape ``(n,)``.
            masses: Several diagonals of ``U M U``. Shape ``(n_samples, n)`` each.

        Returns:
            Shape ``(n_masses, n_samples)``.
        """
        if linearized.matrix.is_at_bound is not None:
            return None
        amounts, rows, columns = linearized.matrix.listed()
        scaled = amounts * (unit[rows] * unit[columns])
        known = self._known
        is_same = known is not None and np.array_equal(rows, known.rows)
        if known is None or not is_same or not np.array_equal(columns, known.columns):
            known = self._known = _Plan.of(rows, columns, scaled, len(unit))
        if known.factors is None:
            return None
        entries = known.sums.of(scaled)
        return np.stack([self._signs(known, known.factors, entries, own) for own in masses])

    def _signs(self, plan: _Plan, factors: Factors, entries: Array, mass: Array) -> Array:
        entries = entries.copy()
        entries[:, plan.diagonal] += mass
        planned = Planned(plan.pattern, factors, entries)
        # Right pivots leave nothing of an equation whose solution is known.
        right = plan.pattern.by_row.of(entries)
        found = right.copy()
        planned.solve(found)
        is_unknown = planned.refine(found, right)
        is_unknown[planned.bad] = True
        return np.where(is_unknown, np.nan, planned.signs())
