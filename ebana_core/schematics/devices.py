"""The devices of a built circuit as drawings need them: ends, symbol, values in force."""

from collections.abc import Iterator, Mapping, Sequence, Set

import attrs
import numpy as np

from ebana_core.arrays import Array, IntArray
from ebana_core.circuit import (
    GROUND,
    Amplifiers,
    Branches,
    Circuit,
    Clamps,
    Constant,
    Crossbar,
    CurrentSources,
    Element,
    ElementArray,
    Input,
    Parameter,
    TerminalDevices,
    Value,
    VoltageSources,
    resolve,
)
from ebana_core.derived import derived
from ebana_core.laws.symbols import SYMBOLS, check_symbol
from ebana_core.quantities import Quantity, quantity
from ebana_core.schematics.numbers import engineering, span
from ebana_core.schematics.parts import INK, ORANGE

VOLTAGE = (quantity("voltage", "V"),)
GAIN = (quantity("gain", "1"), quantity("shift", "V", default=0.0))
BOUND = (quantity("bound", "V"),)
RESISTANCE = (quantity("resistance", "ohm"),)


@attrs.frozen
class Numbers:
    """The values in force.

    Args:
        parameters: Parameter name to array.
        inputs: Input name to the voltages of one sample, ``(1, units)``, V.
        trained: Names of the parameters that learning changes.
    """

    parameters: Mapping[str, Array]
    inputs: Mapping[str, Array]
    trained: Set[str]

    def of(self, value: Value, shape: tuple[int, ...]) -> Array | None:
        """Return a number for each of some devices; None where they are not known."""
        if isinstance(value, Input) and value.name not in self.inputs:
            return None
        found = resolve(value, self.parameters, self.inputs)
        return np.broadcast_to(found[0] if isinstance(value, Input) else found, shape)

    def are_trained(self, value: Value) -> bool:
        """Tell whether learning changes a value."""
        return isinstance(value, Parameter) and value.name in self.trained


@attrs.frozen(eq=False)
class Devices:
    """Equal devices: of one element array, of sources, or of amplifiers.

    Args:
        element: Name of the element array.
        layer: Name of its layer.
        symbol: A word of `SYMBOLS`.
        noun: What several of them are called.
        topology: Their ends.
        terminals: Of devices of several terminals: node of each. Shape ``(n, n_terminals)``.
        quantities: Of their values.
        numbers: Name of a value to one number per device; None where it is not known.
        is_trained: Learning changes one of the values.
        terminal_names: Of devices of several terminals.
        title: What is written in their boxes.
    """

    element: str
    layer: str
    symbol: str
    noun: str
    topology: Branches | Crossbar
    terminals: IntArray | None = None
    quantities: Sequence[Quantity] = ()
    numbers: Mapping[str, Array | None] = attrs.field(factory=dict)
    is_trained: bool = False
    terminal_names: Sequence[str] = ()
    title: str = ""

    differing: Quantity | None = derived(lambda own: own._differing())
    """The first of their values that is not the same for all; None: there is none."""

    @property
    def n(self) -> int:
        """How many there are."""
        return self.topology.size

    @property
    def heads(self) -> IntArray:
        """The first node of every device; of a crossbar, its rows."""
        topology = self.topology
        return topology.rows if isinstance(topology, Crossbar) else topology.heads

    @property
    def tails(self) -> IntArray:
        """The second node of every device; of a crossbar, its columns."""
        topology = self.topology
        return topology.columns if isinstance(topology, Crossbar) else topology.tails

    @property
    def nodes(self) -> IntArray:
        """All nodes that it touches, ground left out."""
        each = [self.heads, self.tails] if self.terminals is None else [self.terminals]
        found = np.unique(np.concatenate([nodes.ravel() for nodes in each]))
        return found[found != GROUND]

    @property
    def colour(self) -> str:
        """Of the symbols: what learns stands out."""
        return ORANGE if self.is_trained else INK

    def label(self, place: int | tuple[int, int]) -> str:
        """Return what differs between the devices, of one of them; empty: nothing does."""
        if self.differing is None:
            return ""
        numbers = self.numbers[self.differing.name]
        return "" if numbers is None else engineering(float(numbers[place]), self.differing.unit)

    def _differing(self) -> Quantity | None:
        for item in self.quantities:
            numbers = self.numbers[item.name]
            if numbers is not None and numbers.size > 1 and np.ptp(numbers):
                return item
        return None

    def told(self) -> Iterator[str]:
        """Yield name and range of every value, but for those that change nothing."""
        for item in self.quantities:
            numbers = self.numbers[item.name]
            if numbers is None:
                yield "voltages of a sample"
                continue
            low, high = float(numbers.min()), float(numbers.max())
            neutral = 1.0 if item.unit == "1" and item.name != "gain" else 0.0
            is_plain = low == high == item.default == neutral
            if not is_plain:
                yield (
                    span([low, high], item.unit)
                    if item.name in OBVIOUS
                    else (f"{item.name} {span([low, high], item.unit)}")
                )


OBVIOUS = frozenset({"conductance", "voltage", "bound", "bias_current", "resistance"})
"""Values whose unit says what they are."""


def devices_of(circuit: Circuit, numbers: Numbers) -> list[Devices]:
    """Return all devices of a circuit, in the order in which they were built."""
    found = [_devices(element, numbers) for element in circuit.elements]
    return [devices for devices in found if devices.n]


def _devices(element: Element, numbers: Numbers) -> Devices:
    match element:
        case ElementArray():
            return _of_law(element, numbers)
        case TerminalDevices():
            return _of_terminals(element, numbers)
        case VoltageSources(heads=heads, tails=tails, voltage=voltage):
            ends, values = Branches(heads, tails), {"voltage": voltage}
            return _plain(element, "voltage_source", ends, VOLTAGE, values, numbers)
        case CurrentSources(heads=heads, tails=tails):
            return _plain(element, "output", Branches(heads, tails), (), {}, numbers)
        case Amplifiers(inputs=inputs, outputs=outputs, gain=gain, shift=shift):
            ends = Branches(inputs, outputs)
            values = {"gain": gain, "shift": shift}
            return _plain(element, "amplifier", ends, GAIN, values, numbers)
        case Clamps(nodes=nodes, is_upper=is_upper, bound=bound):
            # A diode that draws current out of its node has its anode there.
            ground = np.full(len(nodes), GROUND)
            ends = Branches(np.where(is_upper, nodes, ground), np.where(is_upper, ground, nodes))
            return _plain(element, "ideal_diode", ends, BOUND, {"bound": bound}, numbers)


def _plain(
    element: Element,
    symbol: str,
    topology: Branches | Crossbar,
    quantities: Sequence[Quantity],
    values: Mapping[str, Value],
    numbers: Numbers,
) -> Devices:
    return Devices(
        element=element.name,
        layer=element.layer,
        symbol=symbol,
        noun=SYMBOLS[symbol],
        topology=topology,
        quantities=quantities,
        numbers={name: numbers.of(value, topology.shape) for name, value in values.items()},
        is_trained=any(map(numbers.are_trained, values.values())),
    )


def _of_law(array: ElementArray, numbers: Numbers) -> Devices:
    symbol, topology = array.symbol or array.law.symbol, array.topology
    check_symbol(f"Element array {array.name!r}", symbol)
    found = _plain(array, symbol, topology, array.law.values, array.values, numbers)
    found = attrs.evolve(found, noun=_noun(symbol, array.law))
    fixed = array.values.get("conductance")
    if array.is_ohmic and isinstance(fixed, Constant):
        # What never changes was given as a resistance.
        ohms = {"resistance": 1 / np.broadcast_to(fixed.array, topology.shape)}
        return attrs.evolve(found, quantities=RESISTANCE, numbers=ohms)
    return found


def _of_terminals(devices: TerminalDevices, numbers: Numbers) -> Devices:
    law = devices.law
    outer = devices.nodes[:, : law.n_outer]
    # Behind the first two outer terminals others may follow, which only a box has pins for.
    symbol = law.symbol if law.n_outer == 2 else "box"
    check_symbol(f"Law {type(law).__name__}", symbol)
    ends = Branches(outer[:, 0], outer[:, -1])
    found = _plain(devices, symbol, ends, law.values, devices.values, numbers)
    if symbol != "box":
        return attrs.evolve(found, noun=_noun(symbol, law))
    names = list(law.terminal_names) or [str(k + 1) for k in range(law.n_outer)]
    noun = f"{law.title} blocks" if law.title else _noun(symbol, law)
    title = law.title or _name(law)
    return attrs.evolve(found, noun=noun, terminals=outer, terminal_names=names, title=title)


def _noun(symbol: str, law: object) -> str:
    if symbol != "box":
        return SYMBOLS[symbol]
    return f"{_name(law)} devices"


def _name(law: object) -> str:
    return type(law).__name__.removesuffix("Law")
