"""Plain values as users write them: numbers, NumPy's or what only looks like one, truths, words."""

import math
import operator
from collections.abc import Mapping, Sequence
from contextlib import suppress
from decimal import Decimal
from fractions import Fraction
from typing import Any

import attrs
import numpy as np

from ebana_core.arrays import Array, is_masked
from ebana_core.errors import DataError, EbanaError, ParameterError
from ebana_core.units import Measured, in_unit, kept

QUOTED = 80
"""Letters of a value that an error quotes."""
LARGEST = 1e150
"""Largest size of a number: squares of much larger ones overflow, of their inverses vanish."""


def as_number(value: object) -> float:
    """Return a real number of Python or NumPy as a float.

    Anything else gives nan: truth values, text, arrays with axes, integers beyond all floats,
    numbers with a unit.
    """
    if isinstance(value, np.ndarray) and value.ndim == 0 and not is_masked(value):
        value = value[()]
    is_real = isinstance(value, int | float | np.integer | np.floating)
    # Where no unit is known, a number that has one says nothing.
    if not is_real or isinstance(value, bool | Measured):
        return math.nan
    try:
        return float(value)  # type: ignore[arg-type]  # `is_real` says that it has a float
    except OverflowError:
        return math.nan


def as_whole(value: object) -> int | None:
    """Return a whole number of Python or NumPy as an int; None for anything else."""
    if isinstance(value, bool | np.bool_ | np.ndarray):
        return None
    try:
        return operator.index(value)  # type: ignore[arg-type]  # whether it has one is the question
    except TypeError:
        return None


def own_copy(value: Any) -> Any:
    """Return a setting as its owner keeps it: nobody else can change it, and numbers are Python's.

    A number of NumPy's keeps its type in arithmetic with Python's: 200 units in eight bits
    overflow with one more, and a rate in 16 bits loses digits.
    """
    value = kept(value)
    if isinstance(value, Mapping):
        return {key: own_copy(item) for key, item in value.items()}
    if type(value) in (list, tuple):
        return type(value)(own_copy(item) for item in value)
    if isinstance(value, range | memoryview):
        value = np.array(value)
    if isinstance(value, np.ndarray) and (value.ndim or is_masked(value)):
        return value.copy()
    if isinstance(value, np.ndarray) and value.dtype.kind in "biuf":
        value = value[()]
    if isinstance(value, np.bool_):
        return bool(value)
    if isinstance(value, np.integer):
        return int(value)
    return float(value) if isinstance(value, np.floating | Decimal | Fraction) else value


def own_settings(owner: Any) -> None:
    """Let an attrs object keep its settings by `own_copy`; for its ``__attrs_post_init__``."""
    for field in attrs.fields(type(owner)):
        if field.init:
            value = getattr(owner, field.name)
            kept = own_copy(value)
            if kept is not value:
                object.__setattr__(owner, field.name, kept)


def shown(value: object) -> str:
    """Return a value as an error quotes it: huge integers and arrays cut short.

    A number of NumPy's is quoted as Python's: -1 and not np.int64(-1).
    """
    try:
        text = repr(value.item() if isinstance(value, np.generic) else value)
    except Exception as error:  # more digits than Python prints, or a stranger's class
        text = f"a {type(value).__name__} that cannot be shown ({type(error).__name__})"
    if "\n" in text:  # of an array's rows, or of a stranger's class
        text = " ".join(text.split())
    return text if len(text) <= QUOTED else f"{text[:QUOTED]}..."


def check_truth(value: object, path: str) -> None:
    """Refuse what is neither true nor false: the text "no" would count as true.

    Args:
        value: What was given.
        path: What the error calls it, for example ``"overwrite"`` or ``"Adam has fused"``.

    Raises:
        ParameterError: Quotes the value.
    """
    if not isinstance(value, bool | np.bool_):
        raise ParameterError(said(path, value), "give True or False")


def check_word(
    value: object, path: str, known: Sequence[str], error: type[EbanaError] = ParameterError
) -> None:
    """Refuse anything but one of some words.

    Args:
        value: What was given.
        path: What the error calls it.
        known: The words that are allowed.
        error: Class of the error.

    Raises:
        ParameterError: Quotes the value and lists the words.
    """
    if not isinstance(value, str) or value not in known:
        raise error(said(path, value), f"give {' or '.join(map(repr, known))}")


def checked_number(
    value: object,
    path: str,
    fix: str,
    *,
    above: float = -math.inf,
    at_least: float = -math.inf,
    at_most: float = LARGEST,
    unit: str = "",
    error: type[EbanaError] = ParameterError,
) -> float:
    """Return a real number within bounds.

    Args:
        value: What was given.
        path: What the error calls it, for example ``"seed"`` or ``"Layer 'd1' has units"``.
        fix: What the error says to do.
        above: Exclusive lower bound.
        at_least: Inclusive lower bound.
        at_most: Inclusive upper bound.
        unit: Of the number, which the error adds to it.
        error: Class of the error.

    Raises:
        ParameterError: No finite real number, or out of bounds.
    """
    number = as_number(in_unit(value, unit, path, error) if unit else value)
    if not (above < number and max(at_least, -LARGEST) <= number <= at_most):
        is_huge = LARGEST < abs(number) < math.inf
        raise error(said(path, value, unit), f"give sizes up to {LARGEST:g}" if is_huge else fix)
    return number


def checked_whole(
    value: object,
    path: str,
    fix: str = "",
    *,
    at_least: int = 1,
    at_most: int = 2**63 - 1,
    error: type[EbanaError] = ParameterError,
) -> int:
    """Return a whole number within bounds; see `checked_number`."""
    number = as_whole(value)
    if number is None or not at_least <= number <= at_most:
        wanted = f"of at least {at_least}" if number is None or number < at_least else ""
        wanted = wanted or f"from {at_least} to {at_most}"
        raise error(said(path, value), fix or f"give a whole number {wanted}")
    return number


def checked_numbers(
    value: Any,
    path: str,
    fix: str = "give real numbers, in rows of equal length",
    *,
    truths: bool = False,
    error: type[EbanaError] = DataError,
) -> Array:
    """Return numbers as a float64 array that shares nothing with what was given.

    Args:
        value: An array, or nested lists.
        path: What the error calls it.
        fix: What the error says to do.
        truths: Truth values count as 0 and 1.
        error: Class of the error.

    Raises:
        DataError: Text, complex numbers, rows of different lengths, numbers without a float, or
            a masked array that hides something: what it hides is not a number to compute with.
    """
    value = in_unit(value, "", path, error)
    hidden = n_hidden(value)
    if hidden:
        told = _told(path, value, f"is a masked array that hides {hidden} numbers")
        raise error(f"{told}.", "fill or drop them")
    try:
        array = np.asarray(value)
        if array.dtype.kind not in ("biufO" if truths else "iufO"):
            raise TypeError(f"dtype {array.dtype}")
        if array.dtype.kind == "O" and not all(_is_plain(item) for item in array.flat):
            raise TypeError("not all of them are real numbers")
        numbers = np.array(array, dtype=np.float64, order="C")
    except (TypeError, ValueError, OverflowError, RecursionError) as cause:
        told = _told(path, value, "is not an array of numbers")
        raise error(f"{told}: {cause}.", fix) from cause
    huge = np.isfinite(numbers) & (np.abs(numbers) > LARGEST)
    if huge.any():
        told = _told(path, value, f"holds {float(numbers[huge][0])!r}")
        raise error(f"{told}.", f"give sizes up to {LARGEST:g}")
    return numbers


def said(path: str, value: object, unit: str = "") -> str:
    """Return the sentence of an error: a path is a value, or, behind "has", it has a setting."""
    verb = "=" if " has " in path else " is "
    return f"{path}{verb}{shown(value)} {unit}".rstrip() + "."


def _told(path: str, value: object, verb: str) -> str:
    """Return a sentence on a value, or, behind "has", on the value of a setting."""
    quoted = shown(value)
    return f"{path}={quoted}, which {verb}" if " has " in path else f"{path} {verb} ({quoted})"


def n_hidden(value: Any) -> int:
    """Return how many numbers masks hide, also in rows of lists, where NumPy forgets it."""
    if isinstance(value, list | tuple):
        rows = (row for row in value if isinstance(row, list | tuple | np.ndarray))
        with suppress(RecursionError):  # a list within itself; NumPy refuses that
            return sum(map(n_hidden, rows))
        return 0
    return int(np.ma.getmaskarray(value).sum()) if is_masked(value) else 0


def _is_plain(item: object) -> bool:
    complexes = complex | np.complexfloating
    return not isinstance(item, str | bytes | complexes) and item is not None
