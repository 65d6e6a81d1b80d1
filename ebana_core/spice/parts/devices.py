"""D, M, Q and J, and devices that only ngspice knows."""

from collections.abc import Iterable, Mapping, Sequence
from typing import final

import attrs
import numpy as np

from ebana_core.arrays import Array, Values
from ebana_core.laws import spice
from ebana_core.laws.junction import Junction
from ebana_core.laws.limiting import limited_voltages
from ebana_core.laws.spice import Element, ModelCard
from ebana_core.laws.terminal_law import times
from ebana_core.laws.transistor import Transistor
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

    @property
    def n_junctions(self) -> int:
        return 1

    def add_near(self, sums: Sums, before: Array | None) -> Array:
        wished = sums.drop(self.head, self.tail)
        junction = None if before is None else before[..., 0]
        own, near = self.junction.near(wished, junction, self.numbers)
        with np.errstate(over="ignore", invalid="ignore"):
            amount, slope = self.junction.current_and_slope(near, self.numbers)
            # Along the tangent, to the voltage that the nodes have.
            amount = amount + slope * (wished - near)
        sums.through(self.head, self.tail, amount, {self.head: slope, self.tail: -slope})
        return own[..., None]

    def change(self, sums: Sums, change: Array) -> Array:
        """Return the change of its current, A."""
        moved = change[..., self.head] - change[..., self.tail]
        drop = sums.drop(self.head, self.tail)
        with np.errstate(over="ignore", invalid="ignore"):
            return self.junction.current_change(drop, moved, self.numbers)

    def inertial(self, held: frozenset[int]) -> Iterable[int]:
        return self.head, self.tail

    @property
    def paths(self) -> Sequence[tuple[int, int]]:
        """Its junction, which gmin spans."""
        return ((self.head, self.tail),)

    def element(self, name: str, ends: tuple[str, str], names: Names, value: float) -> Element:
        temperature = float(self.numbers["temperature"])
        return spice.JunctionDiode(name, *ends, self.card, temperature, self.settings)


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

    def add(self, sums: Sums, values: Values) -> None:
        self._add(sums, *self.transistor.at(sums.voltages[..., list(self.places)]))

    @property
    def n_junctions(self) -> int:
        return len(self.transistor.junctions)

    def add_near(self, sums: Sums, before: Array | None) -> Array:
        wished = sums.voltages[..., list(self.places)]
        near, junctions = limited_voltages(self.transistor.junctions, wished, before)
        currents, sizes, slopes = self.transistor.at(near)
        self._add(sums, currents + times(slopes, wished - near), sizes, slopes)
        return junctions

    def _add(self, sums: Sums, currents: Array, sizes: Array, slopes: Array) -> None:
        places = self.places
        for k, place in enumerate(places):
            sums.currents[..., place] += currents[..., k]
            sums.sizes[..., place] += sizes[..., k]
            for j, other in enumerate(places):
                sums.slopes[..., place, other] += slopes[..., k, j]

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

    def add(self, sums: Sums, values: Values) -> None:
        """Add nothing: the law says so."""

    def element(self, name: str, ends: tuple[str, str], names: Names, value: float) -> Element:
        nodes = tuple(names[place] for place in self.places)
        return spice.ModelDevice(name, nodes, self.card, self.settings)


ModelPart = DiodePart | TransistorPart | OpaquePart
"""An element of a ``.model``, its `card`."""
