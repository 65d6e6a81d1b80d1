"""D, M, Q and J, and devices that only ngspice knows."""

from collections.abc import Iterable, Mapping, Sequence
from typing import final

import attrs

from ebana_core.arrays import Array
from ebana_core.laws import spice
from ebana_core.laws.diode_numbers import diode_terms
from ebana_core.laws.junction import Junction
from ebana_core.laws.spice import Element, ModelCard
from ebana_core.laws.transistor import Transistor
from ebana_core.spice.parts.part import Names, Part


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

    def with_gmin(self, gmin: float) -> "DiodePart":
        junction = self.junction.with_gmin(gmin)
        return self if junction is self.junction else attrs.evolve(self, junction=junction)

    @property
    def resistance(self) -> float:
        """In series with the junction, ohms."""
        return float(diode_terms(self.junction.numbers, self.numbers).resistance)

    def inertial(self, held: frozenset[int]) -> Iterable[int]:
        return self.head, self.tail

    @property
    def paths(self) -> Sequence[tuple[int, int]]:
        """Its junction, which gmin spans."""
        return ((self.head, self.tail),)

    def element(self, name: str, ends: tuple[str, str], names: Names, value: float) -> Element:
        temperature = float(self.numbers["temperature"])
        return spice.JunctionDiode(
            name, *ends, self.card, temperature, self.settings, self.resistance
        )


@final
@attrs.frozen
class TransistorPart(Part):
    """``M``, ``Q`` or ``J`` with its law.

    Args:
        kind: Its letter.
        places: Terminals of the law; those behind resistances of its own may be inner nodes.
        transistor: The law.
        card: The model, without the resistances that stand outside of it in a netlist.
        nodes: Which terminals of the law are the element's nodes in a netlist.
        settings: Words behind the model.
        resistances: Terminals of the law, and the resistance between them, ohms.
        hidden: Terminal of the law to the name that ngspice itself gives its node.
    """

    is_linear = False
    is_active = True

    kind: str
    places: tuple[int, ...]
    transistor: Transistor
    card: ModelCard
    nodes: tuple[int, ...]
    settings: tuple[tuple[str, float], ...]
    resistances: tuple[tuple[int, int, float], ...] = ()
    hidden: Mapping[int, str] = attrs.field(factory=dict)

    @property
    def letter(self) -> str:  # type: ignore[override]  # per part
        """That of its line."""
        return self.kind

    def with_gmin(self, gmin: float) -> "TransistorPart":
        law = self.transistor.with_gmin(gmin)
        return self if law is self.transistor else attrs.evolve(self, transistor=law)

    def inertial(self, held: frozenset[int]) -> Iterable[int]:
        return self.places

    @property
    def paths(self) -> Sequence[tuple[int, int]]:
        """Its junctions, which gmin spans, and its resistances; a gate conducts nothing."""
        pairs = (*self.transistor.paths, *((a, b) for a, b, _ in self.resistances))
        return [(self.places[a], self.places[b]) for a, b in pairs]

    def vectors(self, name: str) -> Mapping[int, str]:
        return {self.places[k]: f"{name}#{label}" for k, label in self.hidden.items()}

    def element(self, name: str, ends: tuple[str, str], names: Names, value: float) -> Element:
        nodes = tuple(names[self.places[k]] for k in self.nodes)
        return spice.ModelDevice(name, nodes, self.card, self.settings)

    def elements(
        self, name: str, ends: tuple[str, str], names: Names, value: float
    ) -> Sequence[Element]:
        # Outside of ngspice's transistor, so that the voltages behind them are nodes that can be
        # read.
        outside = [
            spice.Resistor(f"r{name}__{k}", names[self.places[a]], names[self.places[b]], ohms)
            for k, (a, b, ohms) in enumerate(self.resistances)
        ]
        return [self.element(name, ends, names, value), *outside]


@final
@attrs.frozen
class OpaquePart(Part):
    """A device that only ngspice knows.

    Args:
        kind: Its letter.
        places: Its terminals.
        card: Its model.
        settings: Words behind the model.
    """

    is_linear = False
    is_active = True

    kind: str
    places: tuple[int, ...]
    card: ModelCard
    settings: tuple[tuple[str, float], ...] = ()

    @property
    def letter(self) -> str:  # type: ignore[override]  # per part
        """That of its line."""
        return self.kind

    def element(self, name: str, ends: tuple[str, str], names: Names, value: float) -> Element:
        nodes = tuple(names[place] for place in self.places)
        return spice.ModelDevice(name, nodes, self.card, self.settings)


ModelPart = DiodePart | TransistorPart | OpaquePart
"""An element of a ``.model``, its `card`."""
