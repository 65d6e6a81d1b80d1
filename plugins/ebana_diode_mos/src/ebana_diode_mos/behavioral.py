"""The behavioural diode: two straight lines."""

from collections.abc import Mapping, Sequence
from typing import Any, final

import attrs

from ebana_core.arrays import Array, Values, namespace
from ebana_core.laws import Law
from ebana_core.laws.spice import BehaviouralCurrent, Element
from ebana_core.quantities import quantity


@final
@attrs.frozen
class Ramp(Law):
    r"""A piecewise-linear diode, :math:`i(v) = \max(x/R_{on}, x/R_{off})`, :math:`x = v - V_{th}`.

    Continuous and strictly increasing while both resistances are above zero.

    Values: ``VTH`` threshold, V; ``RON`` and ``ROFF`` resistances above and below it, ohms.

    Source:
        Watfa, Garcia-Ortiz and Sassatelli, SOCC 2022, doi:10.1109/SOCC56010.2022.9908086.
    """

    symbol = "diode"
    values = (
        quantity("VTH", "V", default=0.3, meaning="drop above which the diode conducts"),
        quantity("RON", "ohm", default=1.0, above=0.0, meaning="resistance when conducting"),
        quantity("ROFF", "ohm", default=1e20, above=0.0, meaning="resistance when blocking"),
    )
    is_piecewise_linear = True
    follows_array_api = True

    def current(self, drop: Array, values: Values) -> Array:
        xp = namespace(drop)
        x = drop - values["VTH"]
        return xp.maximum(x / values["RON"], x / values["ROFF"])

    def slope(self, drop: Array, values: Values) -> Array:
        on, off = _slopes(values)
        return namespace(drop).where(drop > values["VTH"], on, off)

    def pieces(self, values: Values) -> tuple[Array, Array, Array]:
        on, off = _slopes(values)
        return values["VTH"], off, on

    def co_content(self, drop: Array, values: Values) -> Array:
        # Counted from the threshold, and shifted so that the content of no drop is zero.
        return self._ramp_integral(drop, values) - self._ramp_integral(0 * drop, values)

    def current_change(self, drop: Array, change: Array, values: Values) -> Array:
        xp = namespace(drop)
        on, off = _slopes(values)
        above = _part_above(drop - values["VTH"], change, xp)
        return on * above + off * (change - above)

    def contrast(self, name: str, drop: Array, change: Array, values: Values) -> Array:
        if name == "VTH":
            # Raising the threshold acts like lowering the drop by as much.
            return -self.current_change(drop, change, values)
        xp = namespace(drop)
        x = drop - values["VTH"]
        if name == "RON":
            moved, start = _part_above(x, change, xp), xp.maximum(x, 0 * x)
        else:
            moved, start = change - _part_above(x, change, xp), xp.minimum(x, 0 * x)
        return -moved * (start + moved / 2) / values[name] ** 2

    def spice(
        self, branch: str, head: str, tail: str, values: Mapping[str, float]
    ) -> Sequence[Element]:
        expression = "max(({drop}-{VTH})/{RON},({drop}-{VTH})/{ROFF})"
        return [BehaviouralCurrent(f"b{branch}", head, tail, expression, dict(values))]

    def _ramp_integral(self, drop: Array, values: Values) -> Array:
        x = drop - values["VTH"]
        return self.current(drop, values) * x / 2


def _slopes(values: Values) -> tuple[Array, Array]:
    """Return the slopes above and below the threshold, S; the larger one above."""
    first, second = 1 / values["RON"], 1 / values["ROFF"]
    xp = namespace(first)
    return xp.maximum(first, second), xp.minimum(first, second)


def _part_above(x: Array, change: Array, xp: Any) -> Array:
    """Return the part of the change from x to x + change that lies above zero, with its sign, V."""
    end = x + change
    both = (x > 0) & (end > 0)
    # Exact where the way crosses zero; within one side it would lose digits of a small change.
    crossing = xp.maximum(end, 0 * end) - xp.maximum(x, 0 * x)
    return xp.where(both, change, crossing)
