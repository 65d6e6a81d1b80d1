"""Reads V and I: independent sources, with their values at DC."""

import itertools
import math
import re
from collections.abc import Callable, Mapping, Sequence

from ebana_core.errors import CircuitError
from ebana_core.spice import parts
from ebana_core.spice.subcircuit import Line
from ebana_core.spice.translation.reading import Places, Reading
from ebana_core.spice.translation.wording import is_number
from ebana_core.spice.words import read_number

SEPARATORS = re.compile(r"[\s(),=]+")


def _sine(numbers: Sequence[float]) -> float:
    phase = numbers[5] if len(numbers) > 5 else 0.0
    offset, amplitude = numbers[:2]
    if len(numbers) > 3 and numbers[3] < 0:
        raise ValueError("a delay below zero")
    return offset + amplitude * math.sin(math.radians(phase))


def _modulated(numbers: Sequence[float]) -> float:
    index = numbers[3] if len(numbers) > 3 else 0.0
    carrier, signal = (math.radians(numbers[k]) if len(numbers) > k else 0.0 for k in (5, 6))
    return numbers[0] + numbers[1] * math.sin(carrier + index * math.sin(signal))


def _first(numbers: Sequence[float]) -> float:
    if len(numbers) > 2 and numbers[2] < 0:
        raise ValueError("a delay below zero")
    return numbers[0]


def _lines(numbers: Sequence[float]) -> float:
    """Return what straight lines between points say at 0 s; before the first, its value."""
    if len(numbers) % 2:
        raise ValueError("a time without a value")
    times, amounts = numbers[::2], numbers[1::2]
    if any(a >= b for a, b in itertools.pairwise(times)):
        raise ValueError("a time that does not grow")
    for k in range(len(times) - 1, -1, -1):
        if times[k] <= 0:
            if k + 1 == len(times):
                return amounts[k]
            slope = (amounts[k + 1] - amounts[k]) / (times[k + 1] - times[k])
            return amounts[k] - times[k] * slope
    return amounts[0]


def _nothing(numbers: Sequence[float]) -> float:
    return 0.0


WAVES: Mapping[str, Callable[[Sequence[float]], float]] = {
    "pulse": _first,
    "sin": _sine,
    "sine": _sine,
    "exp": _first,
    "pwl": _lines,
    "sffm": _modulated,
    "am": _nothing,
    "trnoise": _nothing,
    "trrandom": _nothing,
}
"""Waveforms to their value at 0 s, which counts at DC where no DC value stands; ``sine`` is the
word of others for ``sin``.

Source:
    ngspice 39, src/spicelib/devices/vsrc/vsrcload.c.
"""
FEWEST = 2
"""Smallest number of numbers in a waveform."""
OF_SMALL_SIGNALS = ("ac", "distof1", "distof2")
"""Words with up to two numbers that count in other analyses only."""


def read_source(line: Line, places: Places) -> Reading:
    """Return a V or I source with its value at DC, V or A; 0 where none is given."""
    value, has_wave = dc_value(line)
    if line.kind == "i":
        part: parts.Part = parts.CurrentPart(*places.ends(line))
        return Reading(part, value * line.multiplicity, stands_still=has_wave)
    part = parts.SourcePart(*places.ends(line), places.own[line.name])
    return Reading(part, value, stands_still=has_wave)


def read_meter(line: Line, places: Places) -> Reading:
    """Return an ammeter of 0 V."""
    return Reading(parts.AmmeterPart(*places.ends(line), places.own[line.name]))


def dc_value(line: Line) -> tuple[float, bool]:
    """Return the value of a source at DC, V or A, and whether it has a waveform.

    Raises:
        CircuitError: A word that no source has; names it.
    """
    words = [word for word in SEPARATORS.split(line.rest.lower()) if word]
    given = wave = None
    size = 1.0
    position = 0
    while position < len(words):
        word = words[position]
        numbers = _numbers_behind(words, position + 1)
        # A lone number in front is the DC value; later numbers belong to a word.
        if is_number(word) and position == 0:
            given, used = _read(line, word), 0
        elif word == "dc" and numbers:
            given, used = _read(line, numbers[0]), 1
        elif word == "m" and numbers and line.kind == "i":
            size, used = _read(line, numbers[0]), 1
        elif word in OF_SMALL_SIGNALS:
            used = min(2, len(numbers))
            for number in numbers[:used]:
                _read(line, number)
        elif word in WAVES and wave is None:
            wave, used = _at_zero(line, word, numbers), len(numbers)
        elif word in ("r", "td") and numbers and "pwl" in words:  # repeated, delayed
            used = _checked_shift(line, word, numbers[0])
        else:
            raise CircuitError(
                f"Element {line.name!r} holds {word!r} in {line.rest[:60]!r}.",
                f"give its DC value, AC values, and one of {', '.join(WAVES)}",
            )
        position += 1 + used
    # Without a DC value, an operating point takes the waveform at 0 s.
    value = given if given is not None else (wave or 0.0)
    return size * value, wave is not None


def _numbers_behind(words: Sequence[str], first: int) -> list[str]:
    found = []
    for word in words[first:]:
        if not is_number(word):
            break
        found.append(word)
    return found


def _read(line: Line, word: str) -> float:
    return read_number(word, f"Element {line.name!r}")


def _at_zero(line: Line, wave: str, words: Sequence[str]) -> float:
    numbers = [_read(line, word) for word in words]
    try:
        if len(numbers) < FEWEST:
            raise ValueError(f"fewer than {FEWEST} numbers")
        return WAVES[wave](numbers)
    except ValueError as error:
        raise CircuitError(
            f"Element {line.name!r} has {wave}({' '.join(words)}) with {error}.",
            "give the value that it has at DC: DC and a number",
        ) from None


def _checked_shift(line: Line, word: str, number: str) -> int:
    """Return one, the number of words that a repeat or a delay at no time before 0 s has."""
    if word == "td" and _read(line, number) < 0:
        raise CircuitError(
            f"Element {line.name!r} has td={number}, before 0 s.",
            "give the value that it has at DC: DC and a number",
        )
    return 1
