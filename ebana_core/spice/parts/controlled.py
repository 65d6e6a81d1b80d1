"""E, F, G and H: sources that another voltage or current controls."""

from collections.abc import Iterable
from typing import final

import attrs

from ebana_core.arrays import Values
from ebana_core.laws import spice
from ebana_core.laws.spice import Element
from ebana_core.quantities import Quantity
from ebana_core.spice.parts.part import Names, Part, Sums, VoltagePart


@final
@attrs.frozen
class AmplifierPart(VoltagePart):
    """``E``: a voltage source controlled by a voltage."""

    letter = "e"
    is_active = True
    quantity = Quantity("", "1")

    control_head: int
    control_tail: int

    def inertial(self, held: frozenset[int]) -> Iterable[int]:
        return self.control_head, self.control_tail

    def add_voltage(self, sums: Sums, values: Values) -> None:
        gain = values[self.name]
        for place, sign in ((self.control_head, -1.0), (self.control_tail, 1.0)):
            sums.add(self.own, gain * sums.at(place), {place: gain}, sign)

    def element(self, name: str, ends: tuple[str, str], names: Names, value: float) -> Element:
        control = names[self.control_head], names[self.control_tail]
        return spice.VoltageAmplifier(name, *ends, *control, value)


@final
@attrs.frozen
class TransresistancePart(VoltagePart):
    """``H``: a voltage source controlled by a current."""

    letter = "h"
    is_active = True
    quantity = Quantity("", "ohm")

    meter: int

    def inertial(self, held: frozenset[int]) -> Iterable[int]:
        return () if self.meter == self.own else (self.meter,)

    def add_voltage(self, sums: Sums, values: Values) -> None:
        gain = values[self.name]
        sums.add(self.own, gain * sums.at(self.meter), {self.meter: gain}, -1.0)

    def element(self, name: str, ends: tuple[str, str], names: Names, value: float) -> Element:
        return spice.Transresistance(name, *ends, names[self.meter], value)


@final
@attrs.frozen
class TransconductancePart(Part):
    """``G``: a current source controlled by a voltage."""

    letter = "g"
    is_active = True
    quantity = Quantity("", "S")

    control_head: int
    control_tail: int

    def inertial(self, held: frozenset[int]) -> Iterable[int]:
        control = self.control_head, self.control_tail
        return () if set(control) == {self.head, self.tail} else control

    def add(self, sums: Sums, values: Values) -> None:
        gain = values[self.name]
        slopes = {self.control_head: gain, self.control_tail: -gain}
        amount = gain * sums.drop(self.control_head, self.control_tail)
        sums.through(self.head, self.tail, amount, slopes)

    def element(self, name: str, ends: tuple[str, str], names: Names, value: float) -> Element:
        control = names[self.control_head], names[self.control_tail]
        return spice.Transconductance(name, *ends, *control, value)


@final
@attrs.frozen
class CurrentAmplifierPart(Part):
    """``F``: a current source controlled by a current."""

    letter = "f"
    is_active = True
    quantity = Quantity("", "1")

    meter: int

    def inertial(self, held: frozenset[int]) -> Iterable[int]:
        return (self.meter,)

    def add(self, sums: Sums, values: Values) -> None:
        gain = values[self.name]
        sums.through(self.head, self.tail, gain * sums.at(self.meter), {self.meter: gain})

    def element(self, name: str, ends: tuple[str, str], names: Names, value: float) -> Element:
        return spice.CurrentAmplifier(name, *ends, names[self.meter], value)
