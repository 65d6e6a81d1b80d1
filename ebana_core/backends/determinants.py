"""Signs of the determinants of a circuit's Jacobians, without dense matrices."""

from importlib.util import find_spec
from typing import final

import numpy as np

from ebana_core.arrays import Array
from ebana_core.backends.factors import Factors, Pattern, Planned, factors_of
from ebana_core.backends.linearized import Linearized
from ebana_core.circuit.elements import IntArray
from ebana_core.laws.slopes import Incidence


@final
class Determinants:
    """Signs of determinants at pivots that are chosen once per circuit; needs numba.

    Whoever examines a circuit again and again keeps it.
    """

    def __init__(self) -> None:
        self._known: tuple[IntArray, Pattern, Factors | None] | None = None

    def signs(self, linearized: Linearized, unit: Array, masses: Array) -> Array | None:
        """Return the signs of the determinants of ``U (J + M) U``; None: they are not known.

        Args:
            linearized: Gives J.
            unit: The diagonal of U, above zero. Shape ``(n,)``.
            masses: The diagonal of ``U M U``. Shape ``(n_samples, n)``.
        """
        if find_spec("numba") is None or linearized.matrix.is_at_bound is not None:
            return None
        amounts, rows, columns = linearized.matrix.listed()
        pattern, factors = self._planned(rows, columns, np.abs(amounts[0]), len(unit))
        if factors is None:
            return None
        scaled = amounts * (unit[rows] * unit[columns])
        entries = Incidence(pattern.find(rows, columns), len(pattern)).of(scaled)
        each = np.arange(len(unit))
        entries[:, pattern.find(each, each)] += masses
        planned = Planned(pattern, factors, entries)
        # Right pivots leave nothing of an equation whose solution is known.
        right = pattern.by_row.of(entries)
        found = right.copy()
        planned.solve(found)
        is_known = ~planned.refine(found, right)
        is_known[planned.bad] = False
        return planned.signs() if is_known.all() else None

    def _planned(
        self, rows: IntArray, columns: IntArray, sizes: Array, n: int
    ) -> tuple[Pattern, Factors | None]:
        keys = rows * n + columns
        if self._known is None or not np.array_equal(keys, self._known[0]):
            pattern = Pattern(rows, columns, (n, n))
            typical = Incidence(pattern.find(rows, columns), len(pattern)).of(sizes)
            self._known = keys, pattern, factors_of(pattern.matrix(typical))
        return self._known[1], self._known[2]
