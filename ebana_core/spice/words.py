"""The words of netlist lines: numbers with their suffixes, names."""

import math
import re

from ebana_core.errors import CircuitError

NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", re.IGNORECASE)
NAME = re.compile(r"[a-z0-9_][a-z0-9_.+-]*", re.IGNORECASE)
SCALES = {
    "t": 1e12,
    "g": 1e9,
    "meg": 1e6,
    "k": 1e3,
    "mil": 25.4e-6,
    "m": 1e-3,
    "u": 1e-6,
    "n": 1e-9,
    "p": 1e-12,
    "f": 1e-15,
    "a": 1e-18,
}
"""SPICE's suffixes; letters behind them are units and count for nothing."""


def read_number(word: str, place: str) -> float:
    """Return a SPICE number such as ``10kOhm`` or ``1meg``.

    Raises:
        CircuitError: It is none; names the place.
    """
    found = NUMBER.match(word)
    rest = word[found.end() :].lower() if found else ""
    if not found or not (rest == "" or rest.isalpha() or rest.endswith(("Ω", "%"))):
        raise CircuitError(
            f"{place} has {word!r}, which is no number.",
            "write the number itself: parameters and expressions have no value here",
        )
    exponent = next((rest[:n] for n in (3, 1) if rest[:n] in SCALES), None)
    # The decimal text decides, as in SPICE: 10k is 1e4 to the last digit.
    value = float(found.group()) * (SCALES[exponent] if exponent else 1.0)
    if not math.isfinite(value):
        raise CircuitError(f"{place} has {word!r}.", "give a finite number")
    return value


def checked_name(word: str, place: str) -> str:
    """Return a name in lower case, in which ngspice does not tell letters apart.

    Raises:
        CircuitError: It could not stand in a netlist.
    """
    if not NAME.fullmatch(word):
        raise CircuitError(f"{place} has the name {word!r}.", "use letters, digits and _ in names")
    return word.lower()
