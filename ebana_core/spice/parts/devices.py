"""D, M, and devices that only ngspice knows."""

from collections.abc import Mapping, Sequence
from typing import final

import attrs
import numpy as np

from ebana_core.arrays import Array, Values
from ebana_core.laws import spice
from ebana_core.laws.junction import Junction
from ebana_core.laws.mosfet import Mosfet1
from ebana_core.laws.spice import Element, ModelCard
from ebana_core.laws.spice_constants import NOMINAL
from ebana_core.spice.parts.part import Names, Part, Sums


@final
@attrs.frozen
class DiodePart(Part):
    """``D``."""

    letter = "d"
    is_linear = False

    card: ModelCard
    junction: Junction
    numbers: Mapping[str, Array]
    settings: tuple[tuple[str, float], ...] = ()

    def add(self, sums: Sums, values: Values) -> None:
        drop = sums.drop(self.head, self.tail)
        with np.errstate(over="ignore", invalid="ignore"):
            amount, slope = self.junction.current_and_slope(drop, self.numbers)
        sums.through(self.head, self.tail, amount, {self.head: slope, self.tail: -slope})

    def change(self, sums: Sums, change: Array) -> Array:
        """Return the change of its current, A."""
        moved = change[..., self.head] - change[..., self.tail]
        drop = sums.drop(self.head, self.tail)
        with np.errstate(over="ignore", invalid="ignore"):
            return self.junction.current_change(drop, moved, self.numbers)

    @property
    def paths(self) -> Sequence[tuple[int, int]]:
        """Its junction, which gmin spans."""
        return ((self.head, self.tail),)

    def element(self, name: str, ends: tuple[str, str], names: Names, value: float) -> Element:
        temperature = float(self.numbers["temperature"])
        return spice.JunctionDiode(name, *ends, self.card, temperature, self.settings)


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

    @property
    def paths(self) -> Sequence[tuple[int, int]]:
        """Its bulk's junctions, which gmin spans; a gate is no path."""
        return (self.head, self.bulk), (self.tail, self.bulk)

    def element(self, name: str, ends: tuple[str, str], names: Names, value: float) -> Element:
        n = self.transistor.numbers
        drain, source = ends
        nodes = (drain, names[self.gate], source, names[self.bulk])
        return spice.Mosfet(name, *nodes, self.card, n["w"], n["l"], NOMINAL)


@attrs.frozen
class OpaquePart(Part):
    """A device that only ngspice knows.

    Args:
        kind: Its letter.
        places: Its terminals.
        card: Its model.
    """

    is_linear = False
    is_active = True

    kind: str
    places: tuple[int, ...]
    card: ModelCard

    @property
    def letter(self) -> str:  # type: ignore[override]  # per part
        """That of its line."""
        return self.kind

    def add(self, sums: Sums, values: Values) -> None:
        """Add nothing: the law says so."""

    def element(self, name: str, ends: tuple[str, str], names: Names, value: float) -> Element:
        return spice.ModelDevice(name, tuple(names[place] for place in self.places), self.card)


@final
@attrs.frozen
class OpaqueTransistorPart(OpaquePart):
    """``M`` of a model that only ngspice knows.

    Args:
        width: m.
        length: m.
    """

    width: float
    length: float

    def element(self, name: str, ends: tuple[str, str], names: Names, value: float) -> Element:
        drain, gate, source, bulk = (names[place] for place in self.places)
        sizes = self.width, self.length
        return spice.Mosfet(name, drain, gate, source, bulk, self.card, *sizes, NOMINAL)
