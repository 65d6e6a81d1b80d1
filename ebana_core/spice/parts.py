"""The elements of a block that are translated: what each adds to currents and slopes."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, final

import attrs
import numpy as np

from ebana_core.arrays import Array, Values
from ebana_core.laws import spice
from ebana_core.laws.junction import Junction
from ebana_core.laws.mosfet import Mosfet1
from ebana_core.laws.spice import Element, ModelCard
from ebana_core.laws.spice_constants import NOMINAL
from ebana_core.quantities import Quantity
from ebana_core.spice.expressions import Expression, Format, Terminal

Names = Mapping[int, str]
"""Terminal to the name that an element gives it: a node, or the source whose current it is."""


class Sums:
    """Currents, their sizes and slopes of a batch, terminal by terminal; the last is ground."""

    def __init__(self, voltages: Array) -> None:
        *leading, n = voltages.shape
        self.voltages = np.concatenate([voltages, np.zeros((*leading, 1))], axis=-1)
        self.currents = np.zeros(self.voltages.shape)
        self.sizes = np.zeros(self.voltages.shape)
        self.slopes = np.zeros((*leading, n + 1, n + 1))

    def at(self, place: int) -> Array:
        """Return the voltage of a terminal; -1 is ground."""
        return np.asarray(self.voltages[..., place])

    def add(self, place: int, amount: Any, slopes: Mapping[int, Any], sign: float = 1.0) -> None:
        """Add a current that leaves a terminal, with its slopes by terminals."""
        self.currents[..., place] += sign * amount
        self.sizes[..., place] += np.abs(amount)
        for other, slope in slopes.items():
            self.slopes[..., place, other] += sign * slope

    def through(self, head: int, tail: int, amount: Any, slopes: Mapping[int, Any]) -> None:
        """Add a current from head to tail."""
        self.add(head, amount, slopes)
        self.add(tail, amount, slopes, -1.0)


@attrs.frozen
class Part(ABC):
    """An element between two terminals.

    Args:
        name: In the flattened subcircuit.
        head: Terminal; -1 is ground.
        tail: Likewise.
    """

    letter: ClassVar[str]
    """What SPICE calls its kind."""
    is_linear: ClassVar[bool] = True
    is_active: ClassVar[bool] = False
    quantity: ClassVar[Quantity | None] = None
    """What its number is; its name is that of the element."""

    name: str
    head: int
    tail: int

    @abstractmethod
    def add(self, sums: Sums, values: Values) -> None:
        """Add currents and slopes."""

    @abstractmethod
    def element(self, name: str, ends: tuple[str, str], names: Names, value: float) -> Element:
        """Return the SPICE element."""

    @property
    def path(self) -> tuple[int, int] | None:
        """What conducts at every voltage."""
        return None

    def contrast(self, sums: Sums, change: Array, values: Values) -> Array | None:
        """Return the contrast of its number, for trainable ones."""
        return None


def _drop(sums: Sums, head: int, tail: int) -> Array:
    return sums.at(head) - sums.at(tail)


@final
@attrs.frozen
class ResistorPart(Part):
    """``R``."""

    letter = "r"
    quantity = Quantity("", "ohm", above=0.0)

    def add(self, sums: Sums, values: Values) -> None:
        g = 1 / values[self.name]
        slopes = {self.head: g, self.tail: -g}
        sums.through(self.head, self.tail, g * _drop(sums, self.head, self.tail), slopes)

    def element(self, name: str, ends: tuple[str, str], names: Names, value: float) -> Element:
        return spice.Resistor(name, *ends, value)

    @property
    def path(self) -> tuple[int, int] | None:
        return self.head, self.tail

    def contrast(self, sums: Sums, change: Array, values: Values) -> Array | None:
        drop, moved = _drop(sums, self.head, self.tail), change[..., self.head]
        moved = moved - change[..., self.tail]
        return np.asarray(-moved * (drop + moved / 2) / values[self.name] ** 2)


@final
@attrs.frozen
class CapacitorPart(Part):
    """``C``: nothing at DC."""

    letter = "c"
    quantity = Quantity("", "F", above=0.0)

    def add(self, sums: Sums, values: Values) -> None:
        """Add nothing."""

    def element(self, name: str, ends: tuple[str, str], names: Names, value: float) -> Element:
        return spice.Capacitor(name, *ends, value)


@final
@attrs.frozen
class CurrentPart(Part):
    """``I``: from head to tail."""

    letter = "i"
    quantity = Quantity("", "A")

    def add(self, sums: Sums, values: Values) -> None:
        sums.through(self.head, self.tail, values[self.name], {})

    def element(self, name: str, ends: tuple[str, str], names: Names, value: float) -> Element:
        return spice.CurrentSource(name, *ends, value)

    def contrast(self, sums: Sums, change: Array, values: Values) -> Array | None:
        return np.asarray(change[..., self.head] - change[..., self.tail])


@attrs.frozen
class VoltagePart(Part):
    """An element that says a voltage; its current is an unknown, terminal `own`."""

    own: int

    def add(self, sums: Sums, values: Values) -> None:
        sums.through(self.head, self.tail, sums.at(self.own), {self.own: 1.0})
        for place, sign in ((self.head, 1.0), (self.tail, -1.0)):
            sums.add(self.own, sums.at(place), {place: 1.0}, sign)
        self.add_voltage(sums, values)

    @abstractmethod
    def add_voltage(self, sums: Sums, values: Values) -> None:
        """Subtract the voltage that it says from what must vanish."""

    @property
    def path(self) -> tuple[int, int] | None:
        return self.head, self.tail


@final
@attrs.frozen
class SourcePart(VoltagePart):
    """``V``; also the ammeter of a port."""

    letter = "v"
    quantity = Quantity("", "V")

    def add_voltage(self, sums: Sums, values: Values) -> None:
        sums.add(self.own, values[self.name], {}, -1.0)

    def element(self, name: str, ends: tuple[str, str], names: Names, value: float) -> Element:
        return spice.VoltageSource(name, *ends, value)

    def contrast(self, sums: Sums, change: Array, values: Values) -> Array | None:
        return np.asarray(-change[..., self.own])


@final
@attrs.frozen
class AmmeterPart(VoltagePart):
    """A source of 0 V at a port, or ``L``: its current is known, its voltage zero."""

    inductance: bool = False

    @property
    def letter(self) -> str:  # type: ignore[override]  # per part
        """``v`` or ``l``."""
        return "l" if self.inductance else "v"

    @property
    def quantity(self) -> Quantity | None:  # type: ignore[override]  # an inductance is one
        """The inductance."""
        return Quantity("", "H", above=0.0) if self.inductance else None

    def add_voltage(self, sums: Sums, values: Values) -> None:
        """Add nothing."""

    def element(self, name: str, ends: tuple[str, str], names: Names, value: float) -> Element:
        if self.inductance:
            return spice.Inductor(name, *ends, value)
        return spice.VoltageSource(name, *ends, 0.0)


@final
@attrs.frozen
class AmplifierPart(VoltagePart):
    """``E``: a voltage by a voltage."""

    letter = "e"
    is_active = True
    quantity = Quantity("", "1")

    control_head: int
    control_tail: int

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
    """``H``: a voltage by a current."""

    letter = "h"
    is_active = True
    quantity = Quantity("", "ohm")

    meter: int

    def add_voltage(self, sums: Sums, values: Values) -> None:
        gain = values[self.name]
        sums.add(self.own, gain * sums.at(self.meter), {self.meter: gain}, -1.0)

    def element(self, name: str, ends: tuple[str, str], names: Names, value: float) -> Element:
        return spice.Transresistance(name, *ends, names[self.meter], value)


@final
@attrs.frozen
class TransconductancePart(Part):
    """``G``: a current by a voltage."""

    letter = "g"
    is_active = True
    quantity = Quantity("", "S")

    control_head: int
    control_tail: int

    def add(self, sums: Sums, values: Values) -> None:
        gain = values[self.name]
        slopes = {self.control_head: gain, self.control_tail: -gain}
        amount = gain * _drop(sums, self.control_head, self.control_tail)
        sums.through(self.head, self.tail, amount, slopes)

    def element(self, name: str, ends: tuple[str, str], names: Names, value: float) -> Element:
        control = names[self.control_head], names[self.control_tail]
        return spice.Transconductance(name, *ends, *control, value)


@final
@attrs.frozen
class CurrentAmplifierPart(Part):
    """``F``: a current by a current."""

    letter = "f"
    is_active = True
    quantity = Quantity("", "1")

    meter: int

    def add(self, sums: Sums, values: Values) -> None:
        gain = values[self.name]
        sums.through(self.head, self.tail, gain * sums.at(self.meter), {self.meter: gain})

    def element(self, name: str, ends: tuple[str, str], names: Names, value: float) -> Element:
        return spice.CurrentAmplifier(name, *ends, names[self.meter], value)


def _computed(expression: Expression, sums: Sums) -> tuple[Any, Mapping[int, Any]]:
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        dual = expression.at(sums.voltages)
    return dual.value, dual.by


@final
@attrs.frozen
class CurrentExpressionPart(Part):
    """``B`` with a current; active unless that depends on its own drop alone."""

    letter = "b"
    is_linear = False

    expression: Expression
    form: Format

    def add(self, sums: Sums, values: Values) -> None:
        amount, slopes = _computed(self.expression, sums)
        sums.through(self.head, self.tail, amount, slopes)

    def element(self, name: str, ends: tuple[str, str], names: Names, value: float) -> Element:
        text = self.expression.text(names, self.form)
        return spice.BehaviouralSource(name, *ends, "i", text, tuple(names.values()))

    @property
    def is_active(self) -> bool:  # type: ignore[override]  # it depends on the expression
        """It depends on more than its own drop."""
        places = [place for place in (self.head, self.tail) if place >= 0]
        n = 1 + max([*places, *_terminals(self.expression)], default=0)
        sums = Sums(np.random.default_rng(0).uniform(-1, 1, (16, n)))
        _, by = _computed(self.expression, sums)
        head, tail = (by.get(place, 0.0) for place in (self.head, self.tail))
        others = [np.any(slope != 0) for place, slope in by.items() if place not in places]
        is_grounded = len(places) < 2
        return any(others) or not (is_grounded or np.allclose(head, -np.asarray(tail), rtol=1e-9))


@final
@attrs.frozen
class VoltageExpressionPart(VoltagePart):
    """``B`` with a voltage."""

    letter = "b"
    is_linear = False
    is_active = True

    expression: Expression
    form: Format

    def add_voltage(self, sums: Sums, values: Values) -> None:
        amount, slopes = _computed(self.expression, sums)
        sums.add(self.own, amount, slopes, -1.0)

    def element(self, name: str, ends: tuple[str, str], names: Names, value: float) -> Element:
        text = self.expression.text(names, self.form)
        return spice.BehaviouralSource(name, *ends, "v", text, tuple(names.values()))


def _terminals(expression: Expression) -> list[int]:
    if isinstance(expression, Terminal):
        return [] if expression.place is None else [expression.place]
    inner: Sequence[Expression] = getattr(expression, "arguments", ())
    return [place for item in inner for place in _terminals(item)]


@final
@attrs.frozen
class DiodePart(Part):
    """``D``."""

    letter = "d"
    is_linear = False

    card: ModelCard
    junction: Junction
    numbers: Mapping[str, Array]

    def add(self, sums: Sums, values: Values) -> None:
        drop = _drop(sums, self.head, self.tail)
        with np.errstate(over="ignore", invalid="ignore"):
            amount, slope = self.junction.current_and_slope(drop, self.numbers)
        sums.through(self.head, self.tail, amount, {self.head: slope, self.tail: -slope})

    def change(self, sums: Sums, change: Array) -> Array:
        """Return the change of its current, A."""
        moved = change[..., self.head] - change[..., self.tail]
        drop = _drop(sums, self.head, self.tail)
        with np.errstate(over="ignore", invalid="ignore"):
            return self.junction.current_change(drop, moved, self.numbers)

    def element(self, name: str, ends: tuple[str, str], names: Names, value: float) -> Element:
        return spice.JunctionDiode(name, *ends, self.card, NOMINAL)


@final
@attrs.frozen
class MosfetPart(Part):
    """``M`` of level 1; head is the drain, tail the source."""

    letter = "m"
    is_linear = False
    is_active = True

    gate: int
    bulk: int
    card: ModelCard
    transistor: Mosfet1

    def add(self, sums: Sums, values: Values) -> None:
        places = [self.head, self.gate, self.tail, self.bulk]
        with np.errstate(over="ignore", invalid="ignore"):
            currents, slopes = self.transistor.at(sums.voltages[..., places])
        for k, place in enumerate(places):
            sums.add(place, currents[..., k], {})
            for j, other in enumerate(places):
                sums.slopes[..., place, other] += slopes[..., k, j]

    def element(self, name: str, ends: tuple[str, str], names: Names, value: float) -> Element:
        n = self.transistor.numbers
        drain, source = ends
        nodes = (drain, names[self.gate], source, names[self.bulk])
        return spice.Mosfet(name, *nodes, self.card, n["w"], n["l"], NOMINAL)


@final
@attrs.frozen
class OpaquePart(Part):
    """A device that only ngspice knows."""

    is_linear = False
    is_active = True

    places: tuple[int, ...]
    card: ModelCard

    @property
    def letter(self) -> str:  # type: ignore[override]  # per part
        """That of its model's elements."""
        kinds = {"npn": "q", "pnp": "q", "njf": "j", "pjf": "j", "sw": "s", "d": "d"}
        return kinds[self.card.type]

    def add(self, sums: Sums, values: Values) -> None:
        """Add nothing: the law says so."""

    def element(self, name: str, ends: tuple[str, str], names: Names, value: float) -> Element:
        return spice.ModelDevice(name, tuple(names[place] for place in self.places), self.card)
