"""Ohm's law: the crossbar resistor."""

from collections.abc import Mapping, Sequence
from typing import final

import attrs

from ebana_core.arrays import Array, Values
from ebana_core.laws.law import Law
from ebana_core.laws.spice import Element, Resistor
from ebana_core.quantities import quantity


@final
@attrs.frozen
class Ohm(Law):
    """A linear conductance, ``current = conductance * drop``.

    Value: ``conductance``, S, above zero.

    Examples:
        >>> import numpy
        >>> Ohm().current(numpy.array([0.5]), {"conductance": numpy.array(1e-6)})
        array([5.e-07])
    """

    values = (quantity("conductance", "S", above=0.0, meaning="conductance of each resistor"),)
    is_piecewise_linear = True
    follows_array_api = True
    is_ohmic = True
    always_conducts = True
    symbol = "resistor"

    def current(self, drop: Array, values: Values) -> Array:
        return values["conductance"] * drop

    def slope(self, drop: Array, values: Values) -> Array:
        return values["conductance"] + 0 * drop

    def co_content(self, drop: Array, values: Values) -> Array:
        return values["conductance"] * drop**2 / 2

    def current_change(self, drop: Array, change: Array, values: Values) -> Array:
        return values["conductance"] * change

    def contrast(self, name: str, drop: Array, change: Array, values: Values) -> Array:
        return change * (drop + change / 2)

    def spice(
        self, branch: str, head: str, tail: str, values: Mapping[str, float]
    ) -> Sequence[Element]:
        return [Resistor(f"r{branch}", head, tail, 1 / values["conductance"])]
