"""The words behind an element's nodes: words between blanks, settings ``KEY=VALUE``, numbers."""

import re
from collections.abc import Collection, Mapping

from ebana_core.errors import CircuitError
from ebana_core.spice.subcircuit import Line
from ebana_core.spice.words import MICRO, NUMBER, read_number

AROUND_EQUALS = re.compile(r"\s*=\s*")
SIGNED_D = re.compile(r"[+-]?[\d.]+d[+-]\d+", re.IGNORECASE)
OPENING, CLOSING = "({", ")}"


def is_number(word: str) -> bool:
    """Tell whether a word is a number, or would be one if ngspice took it for that."""
    return any(pattern.fullmatch(word.translate(MICRO)) for pattern in (NUMBER, SIGNED_D))


def split_words(text: str) -> list[str]:
    """Return words that blanks part, none of them within brackets, braces or quotes.

    Blanks around ``=`` are dropped: ``tc1 = 3m`` is one word.
    """
    words, word, depth, is_quoted = [], "", 0, False
    for letter in AROUND_EQUALS.sub("=", text.strip()):
        is_quoted ^= letter == "'"
        depth += (letter in OPENING) - (letter in CLOSING)
        if letter.isspace() and depth <= 0 and not is_quoted:
            words.append(word)
            word = ""
        else:
            word += letter
    return [word for word in (*words, word) if word]


def split_settings(line: Line, text: str) -> tuple[list[str], dict[str, str]]:
    """Return the words without ``=``, and the settings by their keys in lower case.

    Raises:
        CircuitError: A key stands twice.
    """
    plain: list[str] = []
    settings: dict[str, str] = {}
    for word in split_words(text):
        key, sign, value = word.partition("=")
        if not sign:
            plain.append(word)
            continue
        if key.lower() in settings:
            raise CircuitError(
                f"Element {line.name!r} gives {key!r} twice.", "leave one of them out"
            )
        settings[key.lower()] = value
    return plain, settings


def numbers_of(
    line: Line,
    settings: Mapping[str, str],
    known: Collection[str],
    ignored: Collection[str] = (),
) -> dict[str, float]:
    """Return the numbers of known settings; those that change nothing at DC are left out.

    Raises:
        CircuitError: An unknown setting, or one whose value is text.
    """
    strange = sorted(settings.keys() - set(known) - set(ignored))
    if strange:
        raise CircuitError(
            f"Element {line.name!r} gives {strange[0]}={settings[strange[0]]!r}, which this "
            "element does not have.",
            f"give {', '.join(known) or 'nothing'} after it"
            + (f"; {', '.join(ignored)} change nothing at DC" if ignored else ""),
        )
    place = f"Element {line.name!r}"
    return {
        key: read_number(settings[key].strip("()"), f"{place} in {key}=")
        for key in known
        if key in settings
    }
