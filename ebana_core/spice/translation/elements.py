"""Reads R, C, L, V, I, and E, F, G, H of a number."""

import re
from collections.abc import Sequence

from ebana_core.errors import CircuitError
from ebana_core.spice import parts
from ebana_core.spice.parts.passive import SMALLEST_RESISTANCE
from ebana_core.spice.subcircuit import Line
from ebana_core.spice.translation.reading import Places, Reading
from ebana_core.spice.words import read_number

SOURCE = re.compile(r"(?:dc\s*=?\s*)?(?P<value>[^\s=]+)(?P<rest>.*)", re.IGNORECASE)
WAVE = re.compile(
    r"\s+(?:(ac)((?:\s+[^\s()a-z][^\s()]*){0,2})"
    r"|(?:sin|pulse|exp|pwl|sffm|am|trnoise|trrandom)\s*(?:\(([^()]*)\)|((?:\s+[^\s()a-z]\S*)+)))",
    re.IGNORECASE,
)
"""What may stand behind a source's DC value; it counts in other analyses only."""


def read_resistor(line: Line, places: Places) -> Reading:
    """Return a resistor."""
    value = _number(line, line.words)
    if not value >= SMALLEST_RESISTANCE:
        raise CircuitError(
            f"Element {line.name!r} has {value!r} ohm, less than {SMALLEST_RESISTANCE}.",
            "leave it out, or use a V source of 0",
        )
    return Reading(parts.ResistorPart(*places.ends(line)), value)


def read_capacitor(line: Line, places: Places) -> Reading:
    """Return a capacitor, perhaps with an initial voltage."""
    words, initial = list(line.words), None
    if len(words) == 2 and words[1].lower().startswith("ic="):
        initial = read_number(words.pop()[3:], f"Element {line.name!r}")
    return Reading(parts.CapacitorPart(*places.ends(line), initial), _number(line, words))


def read_inductor(line: Line, places: Places) -> Reading:
    """Return an inductor."""
    part = parts.InductorPart(*places.ends(line), places.own[line.name])
    return Reading(part, _number(line, line.words))


def read_source(line: Line, places: Places) -> Reading:
    """Return a V or I source of its DC value."""
    found = SOURCE.fullmatch(line.rest)
    place = f"Element {line.name!r}"
    wave = found.group("rest") if found else ""
    if not found or WAVE.sub("", wave).strip() or found.group("value")[0].isalpha():
        raise CircuitError(
            f"{place} has {line.rest!r}.",
            "give its DC value; a waveform behind it counts in transients only",
        )
    for groups in WAVE.findall(wave):
        for word in " ".join(groups[1:]).replace(",", " ").split():
            read_number(word.rpartition("=")[2], place)
    value = read_number(found.group("value"), place)
    if line.kind == "i":
        return Reading(parts.CurrentPart(*places.ends(line)), value)
    return Reading(parts.SourcePart(*places.ends(line), places.own[line.name]), value)


def read_controlled(line: Line, places: Places) -> Reading:
    """Return an E or G source of four nodes."""
    ends, value = places.ends(line), _number(line, line.words)
    control = places.node[line.nodes[2]], places.node[line.nodes[3]]
    if line.kind == "e":
        return Reading(parts.AmplifierPart(*ends, places.own[line.name], *control), value)
    return Reading(parts.TransconductancePart(*ends, *control), value)


def read_by_current(line: Line, places: Places) -> Reading:
    """Return an F or H source, which measures the current of a V source."""
    measured = line.words[0].lower()
    meter = line.scope.element(measured)
    if measured[0] != "v" or meter not in places.own:
        raise CircuitError(
            f"Element {line.name!r} measures the current of {measured!r}, which is no voltage "
            "source of the subcircuit.",
            "put a V source of 0 V where the current is to be measured",
        )
    ends, value = places.ends(line), _number(line, line.words[1:])
    if line.kind == "h":
        own = places.own[line.name]
        return Reading(parts.TransresistancePart(*ends, own, places.own[meter]), value)
    return Reading(parts.CurrentAmplifierPart(*ends, places.own[meter]), value)


def _number(line: Line, words: Sequence[str]) -> float:
    """Return the number of an element, which must be all that is left."""
    if len(words) != 1:
        raise CircuitError(
            f"Element {line.name!r} ends in {line.rest!r}.",
            "give its number and nothing behind it",
        )
    return read_number(words[0], f"Element {line.name!r}")
