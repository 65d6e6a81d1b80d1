"""The words of netlist lines: numbers with their suffixes, names, and names safe to write."""

import math
import re
from collections.abc import Iterable, Mapping

from ebana_core.errors import CircuitError

NUMBER = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)([a-z]*)[Ω%]?", re.IGNORECASE)
NAME = re.compile(r"[a-z0-9_][a-z0-9_.+-]*", re.IGNORECASE)
UNSAFE = re.compile("[^a-z0-9]+")
MICRO = str.maketrans("\u00b5\u03bc", "uu")
"""The micro sign and the Greek letter."""
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
}
"""ngspice's suffixes; letters behind them are units and count for nothing."""


def read_number(word: str, place: str) -> float:
    """Return a SPICE number such as ``10kOhm`` or ``1meg``.

    Raises:
        CircuitError: It is none; names the place.
    """
    found = NUMBER.fullmatch(word.translate(MICRO))
    if not found:
        raise CircuitError(
            f"{place} has {word!r}, which is no number.",
            "write the number itself: parameters and expressions have no value here",
        )
    digits, letters = found.group(1), found.group(2).lower()
    suffix = next((letters[:n] for n in (3, 1) if letters[:n] in SCALES), None)
    # The decimal text decides, as in SPICE: 10k is 1e4 to the last digit.
    value = float(digits) * (SCALES[suffix] if suffix else 1.0)
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


def safe_names(names: Iterable[str], taken: Iterable[str] = ()) -> Mapping[str, str]:
    """Return each name in letters, digits and single ``_``, no two of them alike.

    Args:
        names: In lower case, each once.
        taken: What none of them may become.
    """
    used, result = set(taken), {}
    for name in names:
        plain = safe = UNSAFE.sub("_", name).strip("_")
        count = 1
        while safe in used:
            count += 1
            safe = f"{plain}_{count}"
        used.add(safe)
        result[name] = safe
    return result
