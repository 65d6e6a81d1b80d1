"""The interface of a dialect, and what the dialects of SPICE share."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from typing import ClassVar, final

from ebana_core.errors import UnsupportedError
from ebana_core.laws.spice import (
    Capacitor,
    CurrentAmplifier,
    CurrentSource,
    Inductor,
    JunctionDiode,
    ModelDevice,
    Mosfet,
    Resistor,
    Transconductance,
    Transresistance,
    VoltageAmplifier,
    VoltageSource,
)
from ebana_core.netlists.devices import USUAL_CELSIUS, Device, device_of
from ebana_core.netlists.elements import Controlled, Plain
from ebana_core.netlists.formulas import Formulas
from ebana_core.netlists.models import Vocabulary
from ebana_core.spice.formatting import number

TITLE = "EBANA circuit"
Words = Mapping[str, float]


class Models:
    """The models of a netlist while it is written, each once."""

    def __init__(self) -> None:
        self._names: dict[tuple[str, tuple[tuple[str, float], ...]], str] = {}

    def name(self, kind: str, words: Words) -> str:
        """Return the name of a model."""
        key = kind, tuple(words.items())
        return self._names.setdefault(key, f"{kind}model{len(self._names)}")

    def items(self) -> Iterable[tuple[str, str, Words]]:
        """Yield name, type and words of all models."""
        for (kind, words), name in self._names.items():
            yield name, kind, dict(words)


class Dialect(ABC):
    """The language of a simulator."""

    name: ClassVar[str]
    formulas: ClassVar[Formulas]
    vocabulary: ClassVar[Vocabulary]

    @final
    def text(self, elements: Sequence[Plain], gmin: float) -> str:
        """Return a whole netlist, which asks for the operating point and prints all voltages.

        Args:
            elements: Of the circuit.
            gmin: Conductance across every junction, S.

        Raises:
            UnsupportedError: An element that the simulator does not have; names it.
        """
        models = Models()
        lines = [self.line(element, models) for element in elements]
        defined = [self.model(*item) for item in models.items()]
        whole = [*self.head(gmin), *defined, *lines, *self.tail()]
        return "\n".join(whole) + "\n"

    def line(self, element: Plain, models: Models) -> str:
        """Return the line of an element; `models` gets the model that it needs."""
        if isinstance(element, JunctionDiode | Mosfet | ModelDevice):
            device = device_of(element)
            words = self.vocabulary.words(device.card, device.name)
            return self.device(device, models.name(device.card.type, words))
        if isinstance(element, Controlled):
            formula = self.formulas.written(element.expression, element.names, element.name)
            return self.controlled(element, formula)
        return self.plain(element)

    @abstractmethod
    def head(self, gmin: float) -> Sequence[str]:
        """Return title and options."""

    @abstractmethod
    def tail(self) -> Sequence[str]:
        """Return the analysis, and what it prints."""

    @abstractmethod
    def plain(self, element: Plain) -> str:
        """Return the line of an element without model and expression."""

    @abstractmethod
    def controlled(self, element: Controlled, formula: str) -> str:
        """Return the line of a source that an expression controls."""

    @abstractmethod
    def device(self, device: Device, model: str) -> str:
        """Return the line of a device of a model, which is given by its name."""

    @abstractmethod
    def model(self, name: str, kind: str, words: Words) -> str:
        """Return the line of a model; `kind` is its type in ngspice."""

    @final
    def refused(self, element: Plain) -> UnsupportedError:
        """Return the error of an element without a counterpart."""
        return UnsupportedError(
            f"Element {element.name!r}, a {type(element).__name__}, has no counterpart in "
            f"{self.vocabulary.simulator}.",
            "leave it out",
        )


class SpiceDialect(Dialect):
    """What descendants of Berkeley SPICE write alike."""

    def plain(self, element: Plain) -> str:
        match element:
            case Resistor(name, head, tail, value) | VoltageSource(name, head, tail, value):
                words: tuple[str, ...] = (name, head, tail, number(value))
            case CurrentSource(name, head, tail, value) | Inductor(name, head, tail, value):
                words = (name, head, tail, number(value))
            case Capacitor(name, head, tail, value):
                words = (name, head, tail, number(value))
            case VoltageAmplifier(name, head, tail, one, other, gain):
                words = (name, head, tail, one, other, number(gain))
            case Transconductance(name, head, tail, one, other, gain):
                words = (name, head, tail, one, other, number(gain))
            case CurrentAmplifier(name, head, tail, meter, gain):
                words = (name, head, tail, meter, number(gain))
            case Transresistance(name, head, tail, meter, gain):
                words = (name, head, tail, meter, number(gain))
            case _:
                raise self.refused(element)
        return " ".join(words)

    def device(self, device: Device, model: str) -> str:
        behind = [f"{key}={number(value)}" for key, value in device.sizes]
        if device.area != 1:
            behind.append(number(device.area))
        if device.celsius != USUAL_CELSIUS:
            behind.append(f"temp={number(device.celsius)}")
        return " ".join((device.name, *device.nodes, model, *behind))

    def model(self, name: str, kind: str, words: Words) -> str:
        written = " ".join(f"{key}={number(value)}" for key, value in words.items())
        return f".model {name} {kind}({written})"
