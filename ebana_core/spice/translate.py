"""From the lines of a subcircuit to parts; what native cannot run keeps its reason."""

import re
from collections.abc import Mapping
from typing import final

import attrs
import numpy as np

from ebana_core.errors import CircuitError, UnsupportedError
from ebana_core.laws.junction import Junction
from ebana_core.laws.mosfet import DEFAULTS, Mosfet1
from ebana_core.laws.spice import ModelCard
from ebana_core.laws.spice_constants import NOMINAL
from ebana_core.spice import parts
from ebana_core.spice.expressions import (
    Expression,
    Foreign,
    Format,
    Terminal,
    read_expression,
)
from ebana_core.spice.parts import Part
from ebana_core.spice.subcircuit import Line, Subcircuit
from ebana_core.spice.words import read_number

PORT = "port_"
"""Begins the name of a port's ammeter."""
HOLDING = "vehl"
"""First letters of elements whose current is an unknown; ``b`` where it says a voltage."""
WAVES = re.compile(r"(ac|sin|pulse|exp|pwl|sffm|am|trnoise|trrandom)\b", re.IGNORECASE)
BEHAVIOUR = re.compile(r"(value|vol|cur|i|v)\s*=\s*(.*)", re.IGNORECASE | re.DOTALL)
DIODE = frozenset(["is", "n", "rs", "eg", "xti", "cjo", "cj0", "vj", "m", "tt", "fc", "level"])
DIODE_VALUES: Mapping[str, float] = {"is": 1e-14, "n": 1.0, "rs": 0.0}
CHARGES = ("cgso", "cgdo", "cgbo", "cbd", "cbs", "cj", "cjsw", "mj", "mjsw", "pb", "fc")
"""What transistors hold charges by: nothing at DC."""
MOSFET = frozenset([*DEFAULTS, *CHARGES, "level", "vt0"])
FOREIGN = re.compile(r"[\w\s.+*/^()<>?:,!=&|~-]*")
NAMED = re.compile(r"\b([vi])\s*\(\s*([\w.+-]+)\s*(?:,\s*([\w.+-]+)\s*)?\)", re.IGNORECASE)
SIZE = re.compile(r"(w|l)=(\S+)", re.IGNORECASE)


@final
@attrs.frozen(eq=False)
class Translation:
    """A subcircuit as parts.

    Args:
        nodes: Names of its own terminals that are nodes: behind the ports, then the others.
        currents: Names of the elements whose currents are terminals: of the ports first.
        parts: The elements.
        numbers: Element name to the number in the netlist.
        refusal: Why native cannot run it; empty where it can.
    """

    nodes: tuple[str, ...]
    currents: tuple[str, ...]
    parts: tuple[Part, ...]
    numbers: Mapping[str, float]
    refusal: str


def translate(subcircuit: Subcircuit, form: Format) -> Translation:
    """Return the parts of a subcircuit.

    Args:
        subcircuit: Flattened.
        form: How ngspice is given numbers in expressions.

    Raises:
        CircuitError: A line that cannot be read; names the element.
    """
    return _Translator(subcircuit, form).result()


class _Translator:
    def __init__(self, subcircuit: Subcircuit, form: Format) -> None:
        self.subcircuit, self.form = subcircuit, form
        ports = subcircuit.ports
        seen = dict.fromkeys((*ports, *(n for line in subcircuit.lines for n in line.nodes)))
        self.nodes = tuple(name for name in seen if name != "0")
        holding = [line.name for line in subcircuit.lines if _holds(line)]
        self.currents = (*(PORT + port for port in ports), *holding)
        first = len(ports)
        self.place = {"0": -1} | {name: first + k for k, name in enumerate(self.nodes)}
        start = first + len(self.nodes)
        self.own = {name: start + k for k, name in enumerate(self.currents)}
        self.numbers: dict[str, float] = {}
        self.refusal = ""

    def result(self) -> Translation:
        ammeters: list[Part] = [
            parts.AmmeterPart(PORT + port, k, self.place[port], self.own[PORT + port])
            for k, port in enumerate(self.subcircuit.ports)
        ]
        others = [self._part(line) for line in self.subcircuit.lines]
        return Translation(
            self.nodes, self.currents, (*ammeters, *others), self.numbers, self.refusal
        )

    def _part(self, line: Line) -> Part:
        match line.kind:
            case "r":
                return parts.ResistorPart(*self._numbered(line))
            case "c":
                return parts.CapacitorPart(*self._numbered(line))
            case "l":
                return parts.AmmeterPart(*self._numbered(line), self.own[line.name], True)
            case "i":
                return parts.CurrentPart(*self._source(line))
            case "v":
                return parts.SourcePart(*self._source(line), self.own[line.name])
            case "b":
                return self._behaviour(line)
            case "e" | "g":
                return self._controlled(line)
            case "f" | "h":
                return self._by_current(line)
            case "d":
                return self._diode(line)
            case "m":
                return self._mosfet(line)
        return self._opaque(line, f"a {line.kind.upper()} element")

    def _ends(self, line: Line) -> tuple[str, int, int]:
        return line.name, self.place[line.nodes[0]], self.place[line.nodes[1]]

    def _numbered(self, line: Line, word: int = 0) -> tuple[str, int, int]:
        """Note the number of an element, which must be its last word, and return its ends."""
        if len(line.words) != word + 1:
            raise CircuitError(
                f"Element {line.name!r} ends in {line.rest!r}.",
                "give its number and nothing behind it",
            )
        self.numbers[line.name] = read_number(line.words[word], f"Element {line.name!r}")
        return self._ends(line)

    def _source(self, line: Line) -> tuple[str, int, int]:
        words = list(line.words)
        if words and words[0].lower() == "dc":
            words = words[1:]
        if not words or (len(words) > 1 and not WAVES.match(words[1])):
            raise CircuitError(
                f"Element {line.name!r} has {line.rest!r}.",
                "give its DC value; a waveform behind it counts in transients only",
            )
        self.numbers[line.name] = read_number(words[0], f"Element {line.name!r}")
        return self._ends(line)

    def _controlled(self, line: Line) -> Part:
        if len(line.nodes) == 2:
            return self._behaviour(line)
        ends = self._numbered(line)
        control = self.place[line.nodes[2]], self.place[line.nodes[3]]
        if line.kind == "e":
            return parts.AmplifierPart(*ends, self.own[line.name], *control)
        return parts.TransconductancePart(*ends, *control)

    def _by_current(self, line: Line) -> Part:
        meter = line.prefix + line.words[0].lower() if line.words else ""
        if meter not in self.own or meter[len(line.prefix) :][:1] != "v":
            raise CircuitError(
                f"Element {line.name!r} measures the current of {meter!r}, which is no voltage "
                "source of the subcircuit.",
                "put a V source of 0 V where the current is to be measured",
            )
        ends = self._numbered(line, 1)
        if line.kind == "h":
            return parts.TransresistancePart(*ends, self.own[line.name], self.own[meter])
        return parts.CurrentAmplifierPart(*ends, self.own[meter])

    def _behaviour(self, line: Line) -> Part:
        found = BEHAVIOUR.fullmatch(line.rest)
        if not found:
            raise CircuitError(
                f"Element {line.name!r} holds {line.rest[:60]!r}.", "write i=... or v=..."
            )
        try:
            expression = self._expression(line, found.group(2).strip())
        except UnsupportedError as error:
            self.refusal = self.refusal or error.problem.rstrip(".")
            expression = self._foreign(line, found.group(2).strip())
        if _holds(line):
            own = self.own[line.name]
            return parts.VoltageExpressionPart(*self._ends(line), own, expression, self.form)
        return parts.CurrentExpressionPart(*self._ends(line), expression, self.form)

    def _expression(self, line: Line, text: str) -> Expression:
        for first, last in (("{", "}"), ("'", "'")):
            if len(text) > 1 and text.startswith(first) and text.endswith(last):
                text = text[1:-1]

        def node(name: str) -> int | None:
            place = self.place.get(line.node(name))
            if place is None:
                raise CircuitError(
                    f"Element {line.name!r} names the node {name!r}, which nothing is attached to.",
                    f"name one of {sorted(self.nodes)}",
                )
            return None if place < 0 else place

        def current(name: str) -> int | None:
            return self.own.get(line.prefix + name) if name.startswith("v") else None

        return read_expression(text, line.name, node, current)

    def _foreign(self, line: Line, text: str) -> Expression:
        """Return an expression for ngspice alone, its nodes and sources renamed."""
        if not FOREIGN.fullmatch(text):
            raise CircuitError(
                f"Element {line.name!r} holds {text[:60]!r}.",
                "use letters, digits, brackets and operators in expressions",
            )
        pieces: list[str | Terminal] = []
        end = 0
        for found in NAMED.finditer(text):
            pieces.append(text[end : found.start()])
            pieces += self._named(line, *found.groups())
            end = found.end()
        return Foreign((*pieces, text[end:]))

    def _named(self, line: Line, kind: str, first: str, second: str | None) -> list[str | Terminal]:
        if kind.lower() == "i":
            own = self.own.get(line.prefix + first.lower())
            if own is None or second:
                raise CircuitError(
                    f"Element {line.name!r} names the current of {first!r}.",
                    "name a voltage source of the subcircuit",
                )
            return [Terminal(own, is_current=True)]
        places = [self.place.get(line.node(name.lower())) for name in (first, second) if name]
        if None in places:
            raise CircuitError(
                f"Element {line.name!r} names the nodes {first!r} and {second!r}.",
                f"name some of {sorted(self.nodes)}",
            )
        one, *other = (Terminal(None if place == -1 else place) for place in places)
        return ["(", one, "-", other[0], ")"] if other else [one]

    def _refuse(self, line: Line, reason: str) -> None:
        self.refusal = self.refusal or f"element {line.name!r} is {reason}"

    def _opaque(self, line: Line, reason: str) -> Part:
        """Return a device that only ngspice knows."""
        if line.model is None or len(line.words) > 1:
            raise CircuitError(
                f"Element {line.name!r} is {reason} that no block can hold.",
                "replace it by R, C, L, V, I, B, E, F, G, H, D, M, Q, J or S elements without "
                "settings behind the model",
            )
        self._refuse(line, f"{reason}, which native does not know")
        places = tuple(self.place[node] for node in line.nodes)
        return parts.OpaquePart(line.name, places[0], places[1], places, line.model)

    def _diode(self, line: Line) -> Part:
        card = line.model
        assert card is not None
        given = dict(card.numbers)
        if card.type != "d" or len(line.words) > 1:
            raise CircuitError(
                f"Element {line.name!r} is of a model {card.type!r} and has {line.rest!r}.",
                "give a diode a model of type D and nothing behind it",
            )
        unknown = sorted(set(given) - DIODE)
        if unknown or given.get("level", 1.0) != 1.0:
            return self._opaque(line, f"a diode with {unknown or ['level']}")
        settings = {
            "activation_energy": given.get("eg", 1.11),
            "saturation_exponent": given.get("xti", 3.0),
        }
        values = {"temperature": np.array(NOMINAL)} | {
            key.upper(): np.array(given.get(key, default)) for key, default in DIODE_VALUES.items()
        }
        written = ModelCard("d", tuple({"rs": 0.0, **given}.items()))
        return parts.DiodePart(*self._ends(line), written, Junction(**settings), values)

    def _mosfet(self, line: Line) -> Part:
        card = line.model
        assert card is not None
        if card.type not in ("nmos", "pmos"):
            raise CircuitError(
                f"Element {line.name!r} is of a model {card.type!r}.", "use type NMOS or PMOS"
            )
        given = dict(card.numbers)
        if "vt0" in given:
            given["vto"] = given.pop("vt0")
        size = {key.lower(): number for key, number in SIZE.findall(" ".join(line.words[1:]))}
        if len(size) != len(line.words) - 1:
            raise CircuitError(
                f"Element {line.name!r} has {line.rest!r}.", "give w= and l= behind the model"
            )
        place = f"Element {line.name!r}"
        given |= {key: read_number(word, place) for key, word in size.items()}
        unknown = sorted(set(given) - MOSFET)
        if unknown or given.get("level", 1.0) != 1.0:
            raise CircuitError(
                f"{place} has a model of {unknown or ['level']}.", "use level 1 and its main values"
            )
        numbers = {**DEFAULTS, **{key: given[key] for key in DEFAULTS if key in given}}
        if not (numbers["l"] > 2 * numbers["ld"] and numbers["w"] > 0 and numbers["phi"] > 0):
            raise CircuitError(
                f"{place} has w={numbers['w']!r}, l={numbers['l']!r}, ld={numbers['ld']!r}, "
                f"phi={numbers['phi']!r}.",
                "give sizes and a potential above zero",
            )
        own = tuple((key, value) for key, value in given.items() if key not in ("w", "l"))
        drain, gate, source, bulk = (self.place[node] for node in line.nodes)
        sign = 1 if card.type == "nmos" else -1
        written = ModelCard(card.type, (("level", 1.0), *(i for i in own if i[0] != "level")))
        transistor = Mosfet1(sign, numbers)
        return parts.MosfetPart(line.name, drain, source, gate, bulk, written, transistor)


def _holds(line: Line) -> bool:
    """Tell whether the current of an element is an unknown."""
    if line.kind in "beg" and len(line.nodes) == 2:
        found = BEHAVIOUR.fullmatch(line.rest)
        kind = found.group(1).lower() if found else ""
        return kind in ("v", "vol") or (kind == "value" and line.kind == "e")
    return line.kind in HOLDING
