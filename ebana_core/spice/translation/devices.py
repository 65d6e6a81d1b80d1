"""Reads D and M, and devices that only ngspice knows."""

from collections.abc import Collection, Mapping, Sequence

import numpy as np

from ebana_core.errors import CircuitError
from ebana_core.laws.diode_words import read_diode_card
from ebana_core.laws.junction import Junction
from ebana_core.laws.mosfet import DEFAULTS, Mosfet1
from ebana_core.laws.spice import ModelCard
from ebana_core.laws.spice_constants import ZERO_CELSIUS
from ebana_core.spice import parts
from ebana_core.spice.subcircuit import Line
from ebana_core.spice.translation.reading import CIRCUIT_CELSIUS, Places, Reading
from ebana_core.spice.translation.wording import numbers_of, split_settings
from ebana_core.spice.words import read_number

SMALLEST_SERIES = 1e-9
"""Ohms of a diode. Below it, a resistance is as good as none."""
MAY_BE_ZERO = ("pj", "ad", "as", "pd", "ps", "nrd", "nrs")
"""Sizes of devices that lack what they are of."""
CHARGES = ("cgso", "cgdo", "cgbo", "cbd", "cbs", "cj", "cjsw", "mj", "mjsw", "pb", "fc")
"""What transistors hold charges by: nothing at DC."""
MOSFET = frozenset([*DEFAULTS, *CHARGES, "level"])


def read_opaque(line: Line, places: Places) -> Reading:
    """Return a device that only ngspice knows."""
    _settings(line, line.words, ())
    return _opaque(line, places, f"a {line.kind.upper()} element")


def read_diode(line: Line, places: Places) -> Reading:
    """Return a diode."""
    sizes, temperature = _sizes(line, ("area", "pj", "m", "w", "l"), position="area")
    diode = read_diode_card(_card(line), _model_of(line), line.texts, sizes)
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
    part = parts.DiodePart(*places.ends(line), diode.card, junction, values, tuple(sizes.items()))
    return Reading(part)


def _sizes(
    line: Line, known: Sequence[str], position: str = "", flags: Collection[str] = ("off",)
) -> tuple[dict[str, float], float]:
    """Return the sizes of one device, and its temperature, K.

    Args:
        line: The element.
        known: Names of its sizes; ``m`` counts the instances around it too.
        position: Which of them may stand without its name.
        flags: Words alone that count for nothing here.
    """
    plain, settings = split_settings(line, line.rest)
    words = [word for word in plain if word.lower() not in flags]
    if len(words) > (1 if position else 0):
        raise CircuitError(
            f"Element {line.name!r} has {words[-1]!r} behind its model.",
            f"give {', '.join(f'{name}=' for name in known)} behind it, each once",
        )
    if words:
        settings = {position: words[0], **settings}
    found = numbers_of(line, settings, (*known, "temp", "dtemp"), ("ic", "off", "thermal"))
    for name in known:
        if name in found and not (found[name] > 0 or (found[name] == 0 and name in MAY_BE_ZERO)):
            raise CircuitError(
                f"Element {line.name!r} has {name}={found[name]!r}.", f"give {name} above zero"
            )
    around = CIRCUIT_CELSIUS if line.temperature is None else line.temperature
    celsius = found.pop("temp", around + found.get("dtemp", 0.0))
    found.pop("dtemp", None)
    if line.multiplicity != 1:
        found["m"] = found.get("m", 1.0) * line.multiplicity
    if not celsius > -ZERO_CELSIUS:
        raise CircuitError(
            f"Element {line.name!r} is at {celsius!r} °C.", "give a temperature above -273.15"
        )
    return found, celsius + ZERO_CELSIUS


def _model_of(line: Line) -> str:
    return f"the model of element {line.name!r}"


def read_mosfet(line: Line, places: Places) -> Reading:
    """Return a transistor of level 1, or one that only ngspice knows."""
    card = _card(line)
    given = {("vto" if key == "vt0" else key): value for key, value in card.numbers}
    own = tuple((key, value) for key, value in given.items() if key not in ("w", "l"))
    given |= _settings(line, line.words, ("w", "l"))
    numbers = {**DEFAULTS, **{key: given[key] for key in DEFAULTS if key in given}}
    unknown = sorted(set(given) - MOSFET)
    level = given.get("level", 1.0)
    if unknown or level != 1.0:
        ends = tuple(places.node[node] for node in line.nodes)
        part = parts.OpaqueTransistorPart(
            line.name,
            ends[0],
            ends[2],
            "m",
            ends,
            ModelCard(card.type, own),
            numbers["w"],
            numbers["l"],
        )
        why = f"with {unknown}" if level == 1.0 else f"of level {level:g}"
        return Reading(part, refusal=_refusal(line, f"a transistor {why}"))
    if not (numbers["l"] > 2 * numbers["ld"] and numbers["w"] > 0 and numbers["phi"] > 0):
        raise CircuitError(
            f"Element {line.name!r} has w={numbers['w']!r}, l={numbers['l']!r}, "
            f"ld={numbers['ld']!r}, phi={numbers['phi']!r}.",
            "give sizes and a potential above zero",
        )
    _require(line, given, at_least=("is",))
    drain, gate, source, bulk = (places.node[node] for node in line.nodes)
    written = ModelCard(card.type, (("level", 1.0), *(i for i in own if i[0] != "level")))
    transistor = Mosfet1(1 if card.type == "nmos" else -1, numbers)
    return Reading(parts.MosfetPart(line.name, drain, source, gate, bulk, written, transistor))


def _opaque(line: Line, places: Places, reason: str) -> Reading:
    ends = tuple(places.node[node] for node in line.nodes)
    part = parts.OpaquePart(line.name, ends[0], ends[1], line.kind, ends, _card(line))
    return Reading(part, refusal=_refusal(line, reason))


def _refusal(line: Line, reason: str) -> str:
    return f"element {line.name!r} is {reason}, which native does not know"


def _card(line: Line) -> ModelCard:
    assert line.model is not None
    return line.model


def _settings(line: Line, words: Sequence[str], known: Collection[str]) -> dict[str, float]:
    """Return what stands behind a model: KEY=NUMBER, of known keys only."""
    result: dict[str, float] = {}
    for word in words:
        key, sign, text = word.partition("=")
        if not sign or key.lower() not in known or key.lower() in result:
            allowed = " and ".join(f"{item}=" for item in known) or "nothing"
            raise CircuitError(
                f"Element {line.name!r} has {word!r} behind its model.",
                f"give {allowed} behind it, each once; other settings no block can hold",
            )
        result[key.lower()] = read_number(text, f"Element {line.name!r}")
    return result


def _require(
    line: Line,
    given: Mapping[str, float],
    above: Collection[str] = (),
    at_least: Collection[str] = (),
) -> None:
    """Refuse numbers of a model that no device has."""
    for key, number in given.items():
        if (key in above and not number > 0) or (key in at_least and not number >= 0):
            raise CircuitError(
                f"Element {line.name!r} is of a model with {key}={number!r}.",
                f"give {key} above zero" + (", or zero" if key in at_least else ""),
            )
