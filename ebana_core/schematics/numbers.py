"""Numbers as engineers write them: 4.2 µS, 0.1–10 µS, 300 mV."""

import math
from collections.abc import Iterable

PREFIXES = {-15: "f", -12: "p", -9: "n", -6: "µ", -3: "m", 0: "", 3: "k", 6: "M", 9: "G", 12: "T"}
"""Power of ten to the letter before the unit."""
SIGNS = {"ohm": "Ω", "1": ""}
"""Unit to how it is written, where the two differ."""
DIGITS = 3
WITHOUT_PREFIX = frozenset({"1", "K", "m²", "degC"})
"""Units that are written as they are."""


def engineering(value: float, unit: str) -> str:
    """Return a number of three digits with its unit and a prefix: ``4.2 µS``.

    Args:
        value: In `unit`.
        unit: SI unit; ``"1"`` for a pure number.
    """
    return span([value], unit)


def span(values: Iterable[float], unit: str) -> str:
    """Return the range of some numbers, both ends with one prefix if that can be: ``0.1–10 µS``.

    Args:
        values: In `unit`; at least one.
        unit: SI unit; ``"1"`` for a pure number.
    """
    found = list(values)
    low, high = min(found), max(found)
    power = _power(max(abs(low), abs(high)), unit)
    ends = [_short(end / 10.0**power) for end in (low, high)]
    sign = SIGNS.get(unit, unit).replace("^2", "²")
    mark = f" {PREFIXES[power]}{sign}" if sign else ""
    if ends[0] == ends[1]:
        return ends[0] + mark
    if "e" in ends[0] + ends[1]:  # too far apart for one prefix
        return " to ".join((engineering(low, unit), engineering(high, unit)))
    # A dash between numbers of which one has a sign would read as another sign.
    between = " to " if low < 0 else "–"
    return between.join(ends) + mark


def _power(size: float, unit: str) -> int:
    if size == 0 or not math.isfinite(size) or unit in WITHOUT_PREFIX:
        return 0
    digits = math.floor(math.log10(float(f"{size:.{DIGITS - 1}e}")))  # 999.9 is written 1000
    power = 3 * (digits // 3)
    return power if power in PREFIXES else 0


def _short(number: float) -> str:
    number += 0.0  # no sign before a zero
    return f"{number:.{DIGITS}g}".replace("e+", "e").replace("-", "−")
