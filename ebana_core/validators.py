"""Validators of attrs settings: each refuses what a setting cannot be, and names its owner."""

import math
from collections.abc import Callable
from typing import Any

from ebana_core.checking import (
    LARGEST,
    check_truth,
    check_word,
    checked_number,
    checked_whole,
    shown,
)
from ebana_core.errors import ParameterError

Validator = Callable[[Any, Any, Any], None]
"""Called by attrs with the object, the attribute and the value; raises, or lets the value pass."""


def setting(owner: Any, field: Any) -> str:
    """Return what an error calls a setting: the class of its owner, and its name."""
    return f"{type(owner).__name__} has {field.name}"


def number(
    fix: str,
    *,
    above: float = -math.inf,
    at_least: float = -math.inf,
    at_most: float = LARGEST,
    unit: str = "",
) -> Validator:
    """Return a validator of real numbers within bounds; see `checked_number`.

    Args:
        fix: What the error says to do.
        above: Exclusive lower bound, in the unit of the setting.
        at_least: Inclusive lower bound, likewise.
        at_most: Inclusive upper bound, likewise.
        unit: Of the setting, in which a number may be given as PySpice writes it.
    """

    def check(owner: Any, field: Any, value: Any) -> None:
        path = setting(owner, field)
        checked_number(value, path, fix, above=above, at_least=at_least, at_most=at_most, unit=unit)

    return check


def whole(fix: str = "", *, at_least: int = 1, at_most: int = 2**63 - 1) -> Validator:
    """Return a validator of whole numbers within bounds; see `checked_whole`."""

    def check(owner: Any, field: Any, value: Any) -> None:
        checked_whole(value, setting(owner, field), fix, at_least=at_least, at_most=at_most)

    return check


def instance(kinds: Any, fix: str) -> Validator:
    """Return a validator of objects of some class, or of one of several."""

    def check(owner: Any, field: Any, value: Any) -> None:
        if not isinstance(value, kinds):
            raise ParameterError(f"{setting(owner, field)}={shown(value)}.", fix)

    return check


def word(*known: str) -> Validator:
    """Return a validator of words, of which each means something."""

    def check(owner: Any, field: Any, value: Any) -> None:
        check_word(value, setting(owner, field), known)

    return check


def truth(owner: Any, field: Any, value: Any) -> None:
    """Refuse a setting that is neither true nor false."""
    check_truth(value, setting(owner, field))
