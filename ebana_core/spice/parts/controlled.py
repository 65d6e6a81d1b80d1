"""E, F, G and H: sources that another voltage or current controls."""

from collections.abc import Iterable, Sequence
from typing import final

import attrs

from ebana_core.laws import spice
from ebana_core.laws.spice import Element
from ebana_core.quantities import Quantity
from ebana_core.spice.parts.part import Names, Part, Term, VoltagePart, through


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

    def voltage_terms(self) -> Sequence[Term]:
        control = through(self.control_head, self.control_tail)
        return [Term(((self.own, -sign),), ((k, 1.0),), self.name) for k, sign in control]

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

    def voltage_terms(self) -> Sequence[Term]:
        return (Term(((self.own, -1.0),), ((self.meter, 1.0),), self.name),)

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

    def terms(self) -> Sequence[Term]:
        control = through(self.control_head, self.control_tail)
        return (Term(through(self.head, self.tail), control, self.name),)

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

    def terms(self) -> Sequence[Term]:
        return (Term(through(self.head, self.tail), ((self.meter, 1.0),), self.name),)

    def element(self, name: str, ends: tuple[str, str], names: Names, value: float) -> Element:
        return spice.CurrentAmplifier(name, *ends, names[self.meter], value)
