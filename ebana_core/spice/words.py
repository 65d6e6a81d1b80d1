"""The words of netlist lines: numbers with their suffixes, names, and names safe to write."""

import math
import re
from collections.abc import Iterable, Mapping

from ebana_core.errors import CircuitError

NUMBER = re.compile(
    r"([+-]?(?:\d+\.?\d*|\.\d+))(?:(?:e(?=[+-]?\d)|d(?=\d))([+-]?\d{1,9}))?([a-z]*)([a-z0-9_]*)[Ω%]?",
    re.IGNORECASE,
)
"""Mantissa, exponent, letters, and what stands behind the letters, which ngspice ignores.

An exponent behind a ``d`` has no sign: ngspice 39 takes ``1d+3`` for a sum, or for nothing.
"""
NAME = re.compile(r"[a-z0-9_][a-z0-9_.+/$@#!\[\]-]*", re.IGNORECASE)
NODE = re.compile(r"[a-z0-9_+#/$-][a-z0-9_.+#/&%~!@$\[\]-]*", re.IGNORECASE)
"""Names may hold signs that never reach ngspice as they stand."""
UNSAFE = re.compile("[^a-z0-9]+")
MICRO = str.maketrans("\u00b5\u03bc", "uu")
"""The micro sign and the Greek letter."""
EXPONENTS = {
    "t": 12,
    "g": 9,
    "meg": 6,
    "k": 3,
    "m": -3,
    "u": -6,
    "n": -9,
    "p": -12,
    "f": -15,
}
"""ngspice's suffixes; letters behind them are units, which it ignores.

Source:
    ngspice 39, src/spicelib/parser/inpeval.c.
"""
MIL = 25.4e-6
"""The suffix ``mil``: a thousandth of an inch, m."""


def read_number(word: str, place: str) -> float:
    """Return a SPICE number such as ``10kOhm`` or ``1meg``.

    As in ngspice, digits behind a suffix are ignored: ``2n4`` is 2e-9.

    Args:
        word: The text of the number.
        place: What the error calls the line or the element.

    Raises:
        CircuitError: The word is not a finite number; names the place.
    """
    found = NUMBER.fullmatch(word.translate(MICRO))
    # Digits directly behind digits would be part of them: only letters end a number.
    if not found or (found.group(4) and not found.group(3)):
        raise CircuitError(f"{place} has {word!r} where a number belongs.", "write a number")
    mantissa, exponent, letters = found.group(1), int(found.group(2) or 0), found.group(3).lower()
    value = scaled(mantissa, exponent, letters)
    if not math.isfinite(value):
        raise CircuitError(f"{place} has {word!r}.", "give a finite number")
    return value


def scaled(mantissa: str, exponent: int, letters: str) -> float:
    """Return the number of a mantissa, an exponent and letters, which may begin with a suffix."""
    if letters.startswith("mil"):
        return float(f"{mantissa}e{exponent}") * MIL
    suffix = next((letters[:n] for n in (3, 1) if letters[:n] in EXPONENTS), None)
    # The decimal text decides, as in SPICE: 2.4n is 2.4e-9 to the last digit.
    return float(f"{mantissa}e{exponent + (EXPONENTS[suffix] if suffix else 0)}")


def checked_name(word: str, place: str) -> str:
    """Return a name in lower case, in which ngspice does not tell letters apart.

    Raises:
        CircuitError: It could not stand in a netlist.
    """
    if not NAME.fullmatch(word):
        raise CircuitError(f"{place} has the name {word!r}.", "use letters, digits and _ in names")
    return word.lower()


def checked_node(word: str, place: str) -> str:
    """Return the name of a node in lower case.

    Raises:
        CircuitError: It could not stand in a netlist.
    """
    if not NODE.fullmatch(word):
        raise CircuitError(f"{place} has the node {word!r}.", "use letters, digits and _ in names")
    return word.lower()


def safe_names(names: Iterable[str]) -> Mapping[str, str]:
    """Return each name in letters, digits and single ``_``, no two of them alike.

    Args:
        names: In lower case, each once.
    """
    used: set[str] = set()
    result = {}
    for name in names:
        plain = safe = UNSAFE.sub("_", name).strip("_")
        count = 1
        # Names that differ in signs only become alike.
        while safe in used:
            count += 1
            safe = f"{plain}_{count}"
        used.add(safe)
        result[name] = safe
    return result
