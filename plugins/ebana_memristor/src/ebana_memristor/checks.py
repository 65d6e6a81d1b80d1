"""Settings that only memristors have: conductance windows, curves, spreads of cells."""

import math
from collections.abc import Mapping, Set
from typing import Any

import numpy as np

from ebana_core.arrays import Array
from ebana_core.checking import as_number, checked_numbers, shown
from ebana_core.errors import ParameterError
from ebana_core.objects import checked_instance
from ebana_core.units import Measured, in_unit, kept
from ebana_core.validators import number, setting

above_zero = number("give a finite number above zero", above=0.0)
volts_above_zero = number("give a finite number above zero", above=0.0, unit="V")
at_least_zero = number("give a finite number of at least zero", at_least=0.0)
spread = number(
    "give a number from 0 to 10: cells of a wider spread have no conductance that numbers hold",
    at_least=0.0,
    at_most=10.0,
)
share = number("give a share from 0 to 1", at_least=0.0, at_most=1.0)


UNITS = {
    **{"voltage": "V", "width": "s"},
    **{"voltages": "V", "currents": "A"},
    **{"up": "S", "down": "S"},
}
"""Setting of pulses, of a measured current-voltage curve, and of measured pulses, to its unit."""


def _refusal(owner: Any, field: Any, value: Any, fix: str) -> ParameterError:
    return ParameterError(f"{setting(owner, field)}={shown(value)}.", fix)


def _are_between(values: Any, low: float, high: float) -> bool:
    """Tell whether all values are numbers between two, neither of which is one of them."""
    return all(low < as_number(value) < high for value in values)


def pair(value: Any) -> Any:
    """Return a sequence as a tuple, and anything else as it is (an attrs converter)."""
    return tuple(value) if isinstance(value, list | tuple | np.ndarray) else value


def window(owner: Any, field: Any, value: Any) -> None:
    """Refuse anything but two conductances above zero, S, the lower one first."""
    value = in_unit(value, "S", setting(owner, field))
    is_pair = isinstance(value, tuple) and len(value) == 2 and _are_between(value, 0.0, math.inf)
    if not is_pair or not value[0] < value[1]:
        raise _refusal(owner, field, value, "give the lowest and the highest conductance, S")


def up_and_down(owner: Any, field: Any, value: Any) -> None:
    """Refuse anything but None, a number above zero, or two such numbers."""
    value = in_unit(value, UNITS[field.name], setting(owner, field))
    given = value if isinstance(value, tuple) else (value,)
    fits = len(given) in (1, 2) and _are_between(given, 0.0, math.inf)
    if value is not None and not fits:
        fix = "give a number above zero, or one for up and one for down"
        raise _refusal(owner, field, value, fix)


def plain(value: Any, what: str) -> Array:
    """Return numbers as an array of their own.

    Raises:
        ParameterError: They are not real numbers, or some are masked; names `what`.
    """
    return checked_numbers(value, what, error=ParameterError)


def decayed(value: Any, length: float, what: str) -> Array:
    """Return ``exp(-value/length)`` of lengths.

    Raises:
        ParameterError: They are not real numbers, or so far below zero that it is none.
    """
    numbers = plain(value, what)
    with np.errstate(over="ignore"):
        found = np.exp(-numbers / length)
    if not np.isfinite(found).all():
        raise ParameterError(f"{what} is {shown(value)} m.", "give finite lengths above zero")
    return np.asarray(found)


def check_generator(rng: object) -> None:
    """Refuse anything but a generator of random numbers, or None.

    Raises:
        ParameterError: Quotes what was given.
    """
    if rng is not None:
        fix = "give np.random.default_rng(seed), or None"
        checked_instance(rng, np.random.Generator, "rng", fix)


def is_within(array: Array, low: float, high: float) -> bool:
    """Tell whether all numbers lie between two, both included; not a number never does.

    Two reductions take less time than comparing each number with both bounds.
    """
    return not array.size or bool(array.min() >= low and array.max() <= high)


def curve(value: Any) -> Any:
    """Return numbers as a tuple of floats, and anything else as it is (an attrs converter).

    Numbers with a unit keep it until `numbers` has checked it.
    """
    value = kept(value)
    if isinstance(value, str | bytes | Mapping | Set):  # their parts are no numbers in a row
        return value
    if isinstance(value, list | tuple) and any(isinstance(kept(item), Measured) for item in value):
        return tuple(kept(item) for item in value)
    try:
        return tuple(float(number) for number in value)
    except (TypeError, ValueError):
        return value


def numbers(owner: Any, field: Any, value: Any) -> None:
    """Refuse anything but a tuple of at least two finite numbers, in the unit of the setting."""
    value = in_unit(value, UNITS[field.name], setting(owner, field))
    is_tuple = isinstance(value, tuple) and len(value) > 1
    if not is_tuple or not _are_between(value, -math.inf, math.inf):
        raise _refusal(owner, field, value, "give two finite numbers at least")
