"""V and I, and the ammeters of ports."""

from collections.abc import Sequence
from typing import final

import attrs

from ebana_core.arrays import Array, Values
from ebana_core.laws import spice
from ebana_core.laws.spice import Element
from ebana_core.quantities import Quantity
from ebana_core.spice.parts.part import Names, Part, Term, VoltagePart, Voltages, through


@final
@attrs.frozen
class CurrentPart(Part):
    """``I``: from head to tail."""

    letter = "i"
    learns = True
    quantity = Quantity("", "A")

    def terms(self) -> Sequence[Term]:
        return (Term(through(self.head, self.tail), number=self.name),)

    def element(self, name: str, ends: tuple[str, str], names: Names, value: float) -> Element:
        return spice.CurrentSource(name, *ends, value)

    def contrast(self, before: Voltages, change: Voltages, values: Values) -> Array | None:
        return change.drop(self.head, self.tail)


@final
@attrs.frozen
class SourcePart(VoltagePart):
    """``V``."""

    letter = "v"
    learns = True
    quantity = Quantity("", "V")

    def voltage_terms(self) -> Sequence[Term]:
        return (Term(((self.own, -1.0),), number=self.name),)

    def element(self, name: str, ends: tuple[str, str], names: Names, value: float) -> Element:
        return spice.VoltageSource(name, *ends, value)

    def contrast(self, before: Voltages, change: Voltages, values: Values) -> Array | None:
        return -change.at(self.own)


@final
@attrs.frozen
class AmmeterPart(VoltagePart):
    """A source of 0 V behind a port, whose current is read."""

    letter = "v"

    def element(self, name: str, ends: tuple[str, str], names: Names, value: float) -> Element:
        return spice.VoltageSource(name, *ends, 0.0)
