"""Reads D, M, Q and J, and devices that only ngspice knows."""

from collections.abc import Sequence

import attrs
import numpy as np

from ebana_core.errors import CircuitError
from ebana_core.laws import bjt, jfet, mosfet
from ebana_core.laws.bjt_numbers import BJT, bjt_of
from ebana_core.laws.diode_words import read_diode_card
from ebana_core.laws.jfet import JFET, jfet_of
from ebana_core.laws.junction import Junction
from ebana_core.laws.mosfet_numbers import LIMITS, MOSFET, mosfet_of
from ebana_core.laws.spice import ModelCard
from ebana_core.laws.spice_constants import ZERO_CELSIUS
from ebana_core.spice import parts
from ebana_core.spice.subcircuit import Line
from ebana_core.spice.translation.hidden import foreign_reason, hidden_node
from ebana_core.spice.translation.reading import Places, Reading
from ebana_core.spice.translation.sizes import card_of, model_of, sizes_of

SMALLEST_SERIES = 1e-9
"""Series resistance of a diode, ohms, below which it has no effect worth computing."""
SMALLEST_WITHIN = 1e-6
"""Resistance within a transistor, ohms, below which a current computed from node voltages has too
few digits."""
Settings = tuple[tuple[str, float], ...]


def read_diode(line: Line, places: Places) -> Reading:
    """Return a diode."""
    return Reading(_diode(line, places))


def read_series(line: Line, places: Places) -> Reading:
    """Return the series resistance of a diode."""
    ohms = _diode(line, places).resistance
    return Reading(parts.SeriesPart(*places.ends(line), ohms))


def _diode(line: Line, places: Places) -> parts.DiodePart:
    sizes, temperature = sizes_of(line, ("area", "pj", "m", "w", "l"), position="area")
    diode = read_diode_card(card_of(line), model_of(line), line.texts, sizes)
    values = {key: np.array(value) for key, value in diode.values}
    resistance = float(values["RS"]) / (diode.numbers.area * diode.numbers.multiplier)
    if 0 < resistance < SMALLEST_SERIES:
        raise CircuitError(
            f"Element {line.name!r} has a series resistance of {resistance!r} ohm, less than "
            f"{SMALLEST_SERIES}.",
            "leave rs out",
        )
    values["temperature"] = np.array(temperature)
    junction = Junction(diode.numbers)
    settings = tuple(sizes.items())
    return parts.DiodePart(*places.ends(line), diode.card, junction, values, settings)


def read_mosfet(line: Line, places: Places) -> Reading:
    """Return a transistor of level 1 or 3, or one that only ngspice knows."""
    sizes, temperature = sizes_of(line, ("w", "l", "ad", "as", "pd", "ps", "nrd", "nrs", "m"))
    card = card_of(line)
    if foreign_reason(line):
        return _foreign(line, places, sizes, temperature)
    words = MOSFET[3 if dict(card.numbers).get("level") == 3 else 1]
    found = words.numbers(card, model_of(line), line.texts)
    sign = 1 if card.type == "nmos" else -1
    transistor = mosfet_of(found, sign, sizes, temperature, f"Element {line.name!r}")
    n = transistor.number
    drain, gate, source, bulk = (places.node[node] for node in line.nodes)
    inner = [
        _behind(line, places, name, end, n[key])
        for name, key, end in (("drain", "rd", drain), ("source", "rs", source))
    ]
    width, length = (sizes.get(key, found.get(key, LIMITS[key])) for key in ("w", "l"))
    kept = {key: value for key, value in sizes.items() if key in ("ad", "as", "pd", "ps", "m")}
    part = parts.TransistorPart(
        line.name,
        drain,
        source,
        "m",
        (drain, gate, source, bulk, *inner),
        transistor,
        _without(words.written(card), "rd", "rs", "rsh", "w", "l"),
        (mosfet.D1, mosfet.G, mosfet.S1, mosfet.B),
        _settings({"w": width, "l": length, **kept}, temperature),
        _outside((mosfet.D, mosfet.D1, n["rd"]), (mosfet.S, mosfet.S1, n["rs"])),
    )
    return Reading(part)


def read_bipolar(line: Line, places: Places) -> Reading:
    """Return a bipolar transistor, its substrate at ground where it names none."""
    sizes, temperature = sizes_of(line, ("area", "areab", "areac", "m"), position="area")
    if foreign_reason(line):
        return _foreign(line, places, sizes, temperature)
    card = card_of(line)
    found = BJT.numbers(card, model_of(line), line.texts)
    transistor = bjt_of(found, 1 if card.type == "npn" else -1, sizes, temperature)
    n, count = transistor.number, transistor.count
    ends = [places.node[node] for node in line.nodes]
    collector, base, emitter, substrate = (*ends, -1)[:4]
    inner = [
        _behind(line, places, name, end, n[key])
        for name, key, end in (
            ("collector", "rc", collector),
            ("base", "rb", base),
            ("emitter", "re", emitter),
        )
    ]
    # A base whose resistance follows its current stays within ngspice's transistor.
    follows = bool(n["rb"]) and n["rb"] != n["rbm"]
    outside = [(bjt.C, bjt.C1, n["rc"] / count), (bjt.E, bjt.E1, n["re"] / count)]
    outside += [] if follows else [(bjt.B, bjt.B1, n["rb"] / count)]
    written = _without(BJT.written(card), "rc", "re", *(() if follows else ("rb", "rbm", "irb")))
    part = parts.TransistorPart(
        line.name,
        collector,
        emitter,
        "q",
        (collector, base, emitter, substrate, *inner),
        transistor,
        written,
        (bjt.C1, bjt.B if follows else bjt.B1, bjt.E1, bjt.S),
        _settings(sizes, temperature),
        _outside(*outside),
        {bjt.B1: "base"} if follows else {},
    )
    return Reading(part)


def read_junction_transistor(line: Line, places: Places) -> Reading:
    """Return a junction field-effect transistor of level 1, or one that only ngspice knows."""
    sizes, temperature = sizes_of(line, ("area", "m"), position="area")
    if foreign_reason(line):
        return _foreign(line, places, sizes, temperature)
    card = card_of(line)
    found = JFET.numbers(card, model_of(line), line.texts)
    transistor = jfet_of(found, 1 if card.type == "njf" else -1, sizes, temperature)
    n = transistor.number
    drain, gate, source = (places.node[node] for node in line.nodes)
    inner = [
        _behind(line, places, name, end, n[key])
        for name, key, end in (("drain", "rd", drain), ("source", "rs", source))
    ]
    part = parts.TransistorPart(
        line.name,
        drain,
        source,
        "j",
        (drain, gate, source, *inner),
        transistor,
        _without(JFET.written(card), "rd", "rs"),
        (jfet.D1, jfet.G, jfet.S1),
        _settings(sizes, temperature),
        _outside((jfet.D, jfet.D1, n["rd"]), (jfet.S, jfet.S1, n["rs"])),
    )
    return Reading(part)


def _behind(line: Line, places: Places, terminal: str, end: int, resistance: float) -> int:
    """Return the terminal behind a resistance within a transistor.

    Raises:
        CircuitError: The resistance is too small for its current to have digits.
    """
    if not resistance:
        return places.node.get(hidden_node(line, terminal), end)
    if resistance < SMALLEST_WITHIN:
        raise CircuitError(
            f"Element {line.name!r} has {resistance!r} ohm at its {terminal}, less than "
            f"{SMALLEST_WITHIN}.",
            "leave it out of the model",
        )
    return places.node[hidden_node(line, terminal)]


def _outside(*resistances: tuple[int, int, float]) -> tuple[tuple[int, int, float], ...]:
    return tuple(item for item in resistances if item[2])


def _without(card: ModelCard, *names: str) -> ModelCard:
    return attrs.evolve(card, numbers=tuple(i for i in card.numbers if i[0] not in names))


def _settings(sizes: dict[str, float], temperature: float) -> Settings:
    return (*sizes.items(), ("temp", temperature - ZERO_CELSIUS))


def _foreign(line: Line, places: Places, sizes: dict[str, float], temperature: float) -> Reading:
    """Return a device that only ngspice knows."""
    ends = tuple(places.node[node] for node in line.nodes)
    settings = _settings(sizes, temperature)
    part = parts.OpaquePart(line.name, *_two(ends), line.kind, ends, card_of(line), settings)
    reason = f"element {line.name!r} is {foreign_reason(line)}, which native does not know"
    return Reading(part, refusal=reason)


def _two(ends: Sequence[int]) -> tuple[int, int]:
    return ends[0], ends[-1]
