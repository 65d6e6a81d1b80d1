"""Straight lines between points, with sharp or rounded corners."""

import itertools
from collections.abc import Mapping, Sequence
from typing import final

import attrs
import numpy as np

from ebana_core.arrays import Array
from ebana_core.spice.expressions.dual import Dual, chained
from ebana_core.spice.expressions.tree import Expression, Format

ROUNDED = 0.1
"""Half of a rounded corner, relative to the shorter one of the lines that meet there."""


@final
@attrs.frozen
class Table(Expression):
    """ngspice's ``pwl``: straight lines between points, the outer ones going on for ever.

    A rounded corner is a parabola that meets both lines with their slopes.

    Args:
        argument: Of the table.
        points: x1, y1, x2, y2 and so on; x grows.
        is_rounded: As in ngspice's TABLE of E and G; its function ``pwl`` has sharp corners.

    Source:
        ngspice 39, src/spicelib/parser/ptfuncs.c, PTpwl; src/xspice/icm/analog/pwl and
        src/xspice/cm/cmutil.c, cm_smooth_corner.
    """

    argument: Expression
    points: tuple[float, ...]
    is_rounded: bool = False

    @classmethod
    def held(
        cls, argument: Expression, points: Sequence[float], *, is_rounded: bool = False
    ) -> "Table":
        """Return a table that stays at its first and its last value beyond its points."""
        (x1, y1, x2, *_), (x3, _, x4, y4) = points, points[-4:]
        ends = (2 * x1 - x2, y1), (2 * x4 - x3, y4)
        return cls(argument, (*ends[0], *points, *ends[1]), is_rounded)

    @property
    def inner(self) -> tuple[Expression, ...]:  # type: ignore[override]  # of one field
        """The argument."""
        return (self.argument,)

    @property
    def height(self) -> int:  # type: ignore[override]  # per argument
        """Height of the tree: one more than that of the argument."""
        return 1 + self.argument.height

    @property
    def corners(self) -> Sequence[tuple[float, float, float]]:
        """Rounded corners: where, how far to each side, and half the change of slope there."""
        if not self.is_rounded:
            return ()
        found = []
        pairs = list(itertools.pairwise(zip(self.points[::2], self.points[1::2], strict=True)))
        for ((x0, y0), (x1, y1)), (_, (x2, y2)) in itertools.pairwise(pairs):
            reach = ROUNDED * min(x1 - x0, x2 - x1)
            turn = (y2 - y1) / (x2 - x1) - (y1 - y0) / (x1 - x0)
            if turn:
                found.append((x1, reach, turn / 2))
        return found

    def at(self, voltages: Array) -> Dual:
        argument = self.argument.at(voltages)
        x, y = np.array(self.points[::2]), np.array(self.points[1::2])
        given = np.asarray(argument.value, dtype=np.float64)
        # Beyond the points the outer lines go on.
        k = np.clip(np.searchsorted(x, given, side="right") - 1, 0, len(x) - 2)
        slope = (y[k + 1] - y[k]) / (x[k + 1] - x[k])
        value = y[k] + slope * (given - x[k])
        for where, reach, turn in self.corners:
            within = np.maximum(0.0, reach - np.abs(given - where))
            value = value + turn * within**2 / (2 * reach)
            slope = slope - turn * within * np.sign(given - where) / reach
        return chained(value, (argument, slope))

    def text(self, nodes: Mapping[int, str], form: Format) -> str:
        numbers = ",".join(f"{point:.17g}" for point in self.points)
        argument = self.argument.text(nodes, form)
        terms = [f"pwl({argument},{numbers})"]
        for where, reach, turn in self.corners:
            within = f"max(0,{form(reach)}-abs({argument}-{form(where)}))"
            terms.append(f"{form(turn / (2 * reach))}*{within}^2")
        return f"({'+'.join(terms)})"
