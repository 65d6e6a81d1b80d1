"""Reads D and M, and devices that only ngspice knows."""

from collections.abc import Collection, Mapping, Sequence

import numpy as np

from ebana_core.errors import CircuitError
from ebana_core.laws.junction import Junction
from ebana_core.laws.mosfet import DEFAULTS, Mosfet1
from ebana_core.laws.spice import ModelCard
from ebana_core.laws.spice_constants import NOMINAL
from ebana_core.spice import parts
from ebana_core.spice.parts.passive import SMALLEST_RESISTANCE
from ebana_core.spice.subcircuit import Line
from ebana_core.spice.translation.reading import Places, Reading
from ebana_core.spice.words import read_number

DIODE = frozenset(["is", "n", "rs", "eg", "xti", "cjo", "cj0", "vj", "m", "tt", "fc", "level"])
DIODE_VALUES: Mapping[str, float] = {"is": 1e-14, "n": 1.0, "rs": 0.0}
GROWING = ("is", "cjo", "cj0")
"""What a diode's area multiplies; it divides the resistance."""
CHARGES = ("cgso", "cgdo", "cgbo", "cbd", "cbs", "cj", "cjsw", "mj", "mjsw", "pb", "fc")
"""What transistors hold charges by: nothing at DC."""
MOSFET = frozenset([*DEFAULTS, *CHARGES, "level"])


def read_opaque(line: Line, places: Places) -> Reading:
    """Return a device that only ngspice knows."""
    _settings(line, line.words, ())
    return _opaque(line, places, f"a {line.kind.upper()} element")


def read_diode(line: Line, places: Places) -> Reading:
    """Return a diode, its area counted into its model."""
    card = _card(line)
    first, *others = line.words or ("area=1",)
    words = [first if "=" in first else f"area={first}", *others]
    settings = _settings(line, words, ("area", "m"))
    size = settings.get("area", 1.0) * settings.get("m", 1.0)
    given = _sized(dict(card.numbers), size, line)
    _require(line, given, above=("is", "n", "vj"), at_least=("rs",))
    if 0 < given.get("rs", 0.0) < SMALLEST_RESISTANCE:
        raise CircuitError(
            f"Element {line.name!r} has a series resistance of {given['rs']!r} ohm, less than "
            f"{SMALLEST_RESISTANCE}.",
            "leave rs out",
        )
    unknown = sorted(set(given) - DIODE)
    if unknown or given.get("level", 1.0) != 1.0:
        if size != 1.0:
            raise CircuitError(
                f"Element {line.name!r} has an area and a model with {unknown or ['level']}.",
                "count the area into the model",
            )
        return _opaque(line, places, f"a diode with {unknown or ['level']}")
    junction = Junction(
        activation_energy=given.get("eg", 1.11), saturation_exponent=given.get("xti", 3.0)
    )
    values = {"temperature": np.array(NOMINAL)} | {
        key.upper(): np.array(given.get(key, default)) for key, default in DIODE_VALUES.items()
    }
    written = ModelCard("d", tuple({"rs": 0.0, **given}.items()))
    return Reading(parts.DiodePart(*places.ends(line), written, junction, values))


def _sized(given: dict[str, float], size: float, line: Line) -> dict[str, float]:
    """Return the numbers of a diode of a size, relative to its model's."""
    if not size > 0:
        raise CircuitError(f"Element {line.name!r} has the area {size!r}.", "give one above zero")
    if size != 1.0:
        given = {"is": DIODE_VALUES["is"], **given}
        given |= {key: given[key] * size for key in GROWING if key in given}
        given |= {"rs": given["rs"] / size} if "rs" in given else {}
    return given


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
