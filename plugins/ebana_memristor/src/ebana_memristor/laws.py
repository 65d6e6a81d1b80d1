"""Current-voltage laws of memristor cells: a state times a function of the drop."""

import math
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import final

import attrs
import numpy as np

from ebana_core.arrays import Array, Values, namespace
from ebana_core.errors import DataError
from ebana_core.laws import Law
from ebana_core.laws.spice import BehaviouralCurrent, Element
from ebana_core.laws.straight_lines import StraightLines
from ebana_core.laws.written import sinh_current
from ebana_core.quantities import quantity
from ebana_memristor.checks import curve
from ebana_memristor.tables import check_rising


class SinhLaw(Law):
    r"""A cell, :math:`i(v) = I_p \sinh(v/V_0)`, whose prefactor its state sets.

    Odd and strictly increasing. A subclass says the prefactor and how it moves with the state.
    """

    symbol = "memristor"
    follows_array_api = True
    always_conducts = True

    @abstractmethod
    def prefactor(self, values: Values) -> Array:
        """Return the prefactor, A. Shape of the values."""

    @abstractmethod
    def by_state(self, name: str, values: Values) -> Array | None:
        """Return the derivative of the prefactor by the state; None for other values."""

    def current(self, drop: Array, values: Values) -> Array:
        return self.prefactor(values) * namespace(drop).sinh(drop / values["V0"])

    def slope(self, drop: Array, values: Values) -> Array:
        v0 = values["V0"]
        return self.prefactor(values) / v0 * namespace(drop).cosh(drop / v0)

    def co_content(self, drop: Array, values: Values) -> Array:
        v0 = values["V0"]
        return 2 * self.prefactor(values) * v0 * namespace(drop).sinh(drop / (2 * v0)) ** 2

    def current_change(self, drop: Array, change: Array, values: Values) -> Array:
        xp, v0 = namespace(drop), values["V0"]
        middle, half = (drop + change / 2) / v0, change / (2 * v0)
        # The difference of two hyperbolic sines as a product, in which nothing cancels.
        return 2 * self.prefactor(values) * xp.cosh(middle) * xp.sinh(half)

    def contrast(self, name: str, drop: Array, change: Array, values: Values) -> Array:
        derivative = self.by_state(name, values)
        if derivative is None:
            return super().contrast(name, drop, change, values)
        xp, v0 = namespace(drop), values["V0"]
        middle, half = (drop + change / 2) / v0, change / (2 * v0)
        # The same of two hyperbolic cosines.
        return 2 * derivative * v0 * xp.sinh(middle) * xp.sinh(half)


@final
@attrs.frozen
class SinhCell(SinhLaw):
    r"""A cell, :math:`i(v) = G V_0 \sinh(v/V_0)`.

    Values: ``conductance`` at no drop, S, the state; ``V0``, V: the cell bends beyond it.

    Examples:
        >>> import numpy
        >>> values = {"conductance": numpy.array(1e-6), "V0": numpy.array(0.25)}
        >>> SinhCell().current(numpy.array([0.25]), values)  # 1e-6 * 0.25 * sinh(1)
        array([2.93800298e-07])
    """

    values = (
        quantity("conductance", "S", above=0.0, meaning="conductance at no drop"),
        quantity("V0", "V", default=0.25, above=0.0, meaning="drop beyond which the cell bends"),
    )

    def prefactor(self, values: Values) -> Array:
        return values["conductance"] * values["V0"]

    def by_state(self, name: str, values: Values) -> Array | None:
        return values["V0"] if name == "conductance" else None

    def spice(
        self, branch: str, head: str, tail: str, values: Mapping[str, float]
    ) -> Sequence[Element]:
        half = values["conductance"] * values["V0"] / 2
        return [sinh_current(f"b{branch}", head, tail, prefactor=half, voltage=values["V0"])]


@final
@attrs.frozen
class StanfordCell(SinhLaw):
    r"""The static law of the Stanford RRAM model, :math:`i(v) = I_0 e^{-w/g_0} \sinh(v/V_0)`.

    Values: ``gap`` w between filament and electrode, m, the state; ``I0``, A; ``g0``, m;
    ``V0``, V.

    Examples:
        >>> [quantity.name for quantity in StanfordCell().values]
        ['gap', 'I0', 'g0', 'V0']

    Source:
        Jiang et al., IEEE Trans. Electron Devices 63(5), 2016; Verilog-A at nanoHUB
        publication 19.
    """

    values = (
        quantity("gap", "m", at_least=0.0, meaning="between filament and electrode"),
        quantity("I0", "A", default=1e-3, above=0.0, meaning="current without a gap"),
        quantity("g0", "m", default=0.25e-9, above=0.0, meaning="gap over which it falls by e"),
        quantity("V0", "V", default=0.25, above=0.0, meaning="drop beyond which the cell bends"),
    )

    def prefactor(self, values: Values) -> Array:
        xp = namespace(values["gap"])
        return values["I0"] * xp.exp(-values["gap"] / values["g0"])

    def by_state(self, name: str, values: Values) -> Array | None:
        return -self.prefactor(values) / values["g0"] if name == "gap" else None

    def spice(
        self, branch: str, head: str, tail: str, values: Mapping[str, float]
    ) -> Sequence[Element]:
        half = values["I0"] * math.exp(-values["gap"] / values["g0"]) / 2
        return [sinh_current(f"b{branch}", head, tail, prefactor=half, voltage=values["V0"])]


@final
@attrs.frozen
class TableCell(Law):
    r"""A measured cell, :math:`i(v) = G\,u(v)`, straight between the points of its table.

    Values: ``conductance`` G, S, the state.

    Args:
        voltages: Rising, V; the first below zero, the last above.
        shape: u at these voltages, rising, V; zero at 0 V.

    Raises:
        DataError: A point repeats or does not rise, or the table does not cross zero at 0 V.

    Examples:
        >>> import numpy
        >>> cell = TableCell([-1.0, 0.0, 1.0], [-2.0, 0.0, 1.0])
        >>> cell.current(numpy.array([0.5, -0.5]), {"conductance": numpy.array(1e-6)})
        array([ 5.e-07, -1.e-06])
    """

    symbol = "memristor"
    values = (quantity("conductance", "S", above=0.0, meaning="where the table is normalised"),)
    is_piecewise_linear = True
    always_conducts = True

    voltages: tuple[float, ...] = attrs.field(converter=curve)
    shape: tuple[float, ...] = attrs.field(converter=curve)
    _lines: StraightLines = attrs.field(init=False, eq=False, repr=False)

    def __attrs_post_init__(self) -> None:
        check_rising(self.voltages, "The table's voltages", "V")
        check_rising(self.shape, "The table's shape", "V")
        knots = self.voltages
        if len(knots) != len(self.shape) or not knots[0] < 0 < knots[-1]:
            raise DataError(
                f"The table holds {len(knots)} voltages from {knots[0]!r} V to {knots[-1]!r} V and "
                f"{len(self.shape)} currents.",
                "give as many of both, and voltages on both sides of zero",
            )
        if 0.0 not in self.voltages or self.shape[self.voltages.index(0.0)] != 0.0:
            raise DataError(
                "The table does not cross zero at 0 V.", "add the point (0 V, 0 A), free of offset"
            )
        object.__setattr__(self, "_lines", StraightLines.through(self.voltages, self.shape))

    def current(self, drop: Array, values: Values) -> Array:
        return np.asarray(values["conductance"] * self._lines.at(drop))

    def slope(self, drop: Array, values: Values) -> Array:
        return np.asarray(values["conductance"] * self._lines.slope(drop))

    def co_content(self, drop: Array, values: Values) -> Array:
        return np.asarray(values["conductance"] * self._lines.way(0 * drop, drop).area)

    def current_change(self, drop: Array, change: Array, values: Values) -> Array:
        return np.asarray(values["conductance"] * self._lines.way(drop, change).rise)

    def contrast(self, name: str, drop: Array, change: Array, values: Values) -> Array:
        return self._lines.way(drop, change).area

    def spice(
        self, branch: str, head: str, tail: str, values: Mapping[str, float]
    ) -> Sequence[Element]:
        knots, slopes = self._lines.x, self._lines.slopes
        zero = int(knots.searchsorted(0.0))
        numbers = {**values, "s": float(slopes[max(zero - 1, 0)])}
        # The curve as a straight line through zero and a ramp from every knot, away from zero.
        terms = ["{s}*{drop}"]
        for k in range(1, len(knots) - 1):
            numbers[f"k{k}"], bend = float(knots[k]), float(slopes[k] - slopes[k - 1])
            numbers[f"b{k}"] = bend if k >= zero else -bend
            kind = "max" if k >= zero else "min"
            terms.append(f"{{b{k}}}*{kind}({{drop}}-{{k{k}}},0)")
        expression = "{conductance}*(" + "+".join(terms) + ")"
        return [BehaviouralCurrent(f"b{branch}", head, tail, expression, numbers)]
