"""R, C and L."""

from collections.abc import Iterable, Sequence
from typing import final

import attrs
import numpy as np

from ebana_core.arrays import Array, Values
from ebana_core.laws import spice
from ebana_core.laws.spice import Element
from ebana_core.quantities import Quantity
from ebana_core.spice.expressions import Expression, Format
from ebana_core.spice.parts.part import Names, Part, Term, VoltagePart, Voltages, through

SMALLEST_RESISTANCE = 1e-4
"""Resistance, ohms, below which a current computed from node voltages has too few digits."""
SMALL_RESISTANCE = 1.0
"""Ohms. Below it a current is an unknown: a device that floats behind megohms, with milliohms
inside, would lie within rounding of them anywhere in some 1e-7 V."""


@attrs.frozen
class ResistorPart(Part):
    """``R``."""

    letter = "r"
    learns = True
    quantity = Quantity("", "ohm", at_least=SMALLEST_RESISTANCE, above=0.0)

    def terms(self) -> Sequence[Term]:
        ends = through(self.head, self.tail)
        return (Term(ends, ends, self.name, is_inverse=True),)

    def element(self, name: str, ends: tuple[str, str], names: Names, value: float) -> Element:
        return spice.Resistor(name, *ends, value)

    @property
    def paths(self) -> Sequence[tuple[int, int]]:
        """Path along which it conducts: from end to end."""
        return ((self.head, self.tail),)

    def contrast(self, before: Voltages, change: Voltages, values: Values) -> Array | None:
        drop, moved = before.drop(self.head, self.tail), change.drop(self.head, self.tail)
        return np.asarray(-moved * (drop + moved / 2) / values[self.name] ** 2)


@final
@attrs.frozen
class SeriesPart(Part):
    """The series resistance of a diode, a number of its model; `resistance` in ohms."""

    letter = "r"

    resistance: float

    def terms(self) -> Sequence[Term]:
        drop = tuple((k, sign / self.resistance) for k, sign in through(self.head, self.tail))
        return (Term(through(self.head, self.tail), drop),)

    def element(self, name: str, ends: tuple[str, str], names: Names, value: float) -> Element:
        return spice.Resistor(name, *ends, self.resistance)

    @property
    def paths(self) -> Sequence[tuple[int, int]]:
        """Path along which it conducts: from end to end."""
        return ((self.head, self.tail),)


@final
@attrs.frozen
class NegativeResistorPart(ResistorPart):
    """``R`` below zero: it delivers power."""

    learns = False
    is_active = True
    quantity = Quantity("", "ohm", at_most=-SMALLEST_RESISTANCE)

    @property
    def paths(self) -> Sequence[tuple[int, int]]:
        """None: another resistor may cancel it, so that it holds no node."""
        return ()


@attrs.frozen
class SmallResistorPart(VoltagePart):
    """``R`` whose current is an unknown, so that none of its digits depends on a small drop."""

    letter = "h"
    learns = True
    quantity = Quantity("", "ohm", above=0.0)

    def voltage_terms(self) -> Sequence[Term]:
        return (Term(((self.own, -1.0),), ((self.own, 1.0),), self.name),)

    def element(self, name: str, ends: tuple[str, str], names: Names, value: float) -> Element:
        # A source of R times its own current: ngspice has that current as an unknown, too.
        return spice.Transresistance(name, *ends, name, value)

    def contrast(self, before: Voltages, change: Voltages, values: Values) -> Array | None:
        current, moved = before.at(self.own), change.at(self.own)
        return np.asarray(-moved * (current + moved / 2))


@final
@attrs.frozen
class SmallNegativePart(SmallResistorPart):
    """A `SmallResistorPart` below zero ohms: it delivers power."""

    learns = False
    is_active = True
    quantity = Quantity("", "ohm", at_most=0.0)


@final
@attrs.frozen
class CapacitorPart(Part):
    """``C``, a capacitor: no current at DC.

    Args:
        initial: Its voltage at the begin of a transient, V; None: that of the operating point.
    """

    letter = "c"
    stores = True
    quantity = Quantity("", "F", at_least=0.0)

    initial: float | None = None

    def inertial(self, held: frozenset[int]) -> Iterable[int]:
        return self.head, self.tail

    def element(self, name: str, ends: tuple[str, str], names: Names, value: float) -> Element:
        return spice.Capacitor(name, *ends, value, self.initial)


@final
@attrs.frozen
class ChargePart(Part):
    """``C`` whose charge or capacitance is an expression: no current at DC.

    Args:
        expression: Of its capacitance, F, or its charge, C.
        form: How ngspice is given numbers.
        word: ``"c"`` or ``"q"``.
    """

    letter = "c"
    stores = True

    expression: Expression
    form: Format
    word: str

    def inertial(self, held: frozenset[int]) -> Iterable[int]:
        return self.head, self.tail

    def element(self, name: str, ends: tuple[str, str], names: Names, value: float) -> Element:
        text = f"{{{self.expression.text(names, self.form)}}}"
        return spice.BehaviouralSource(name, *ends, self.word, text, tuple(names.values()))


@final
@attrs.frozen
class StatePart(VoltagePart):
    """``C`` whose voltage is the memory of a device: at DC it holds its initial voltage, V."""

    letter = "v"
    stores = True
    is_active = True
    quantity = Quantity("", "V")

    def voltage_terms(self) -> Sequence[Term]:
        return (Term(((self.own, -1.0),), number=self.name),)

    def element(self, name: str, ends: tuple[str, str], names: Names, value: float) -> Element:
        return spice.VoltageSource(name, *ends, value)


@final
@attrs.frozen
class InductorPart(VoltagePart):
    """``L``, an inductor: no voltage at DC."""

    letter = "l"
    stores = True
    quantity = Quantity("", "H", at_least=0.0)

    def inertial(self, held: frozenset[int]) -> Iterable[int]:
        return (self.own,)

    def element(self, name: str, ends: tuple[str, str], names: Names, value: float) -> Element:
        return spice.Inductor(name, *ends, value)


@final
@attrs.frozen
class FluxPart(VoltagePart):
    """``L`` whose flux or inductance is an expression: at DC it is written as a source of 0 V."""

    letter = "v"
    stores = True

    def inertial(self, held: frozenset[int]) -> Iterable[int]:
        return (self.own,)

    def element(self, name: str, ends: tuple[str, str], names: Names, value: float) -> Element:
        return spice.VoltageSource(name, *ends, 0.0)
