"""Validators of settings (for attrs): a setting that cannot be is refused with its owner's name."""

from collections.abc import Callable
from typing import Any

import numpy as np

from ebana_core.arrays import Array
from ebana_core.checking import checked_numbers
from ebana_core.errors import ParameterError

Validator = Callable[[Any, Any, Any], None]


def is_number(value: Any) -> bool:
    """Tell whether something is a real number; truth values are none."""
    return isinstance(value, int | float | np.number) and not isinstance(value, bool | np.bool_)


def _refuse(owner: Any, field: Any, value: Any, wanted: str) -> ParameterError:
    return ParameterError(f"{type(owner).__name__} has {field.name}={value!r}.", f"give {wanted}")


def a_number(test: Callable[[float], bool], wanted: str) -> Validator:
    """Return a validator of finite numbers that pass a test."""

    def check(owner: Any, field: Any, value: Any) -> None:
        if not (is_number(value) and np.isfinite(value) and test(value)):
            raise _refuse(owner, field, value, wanted)

    return check


above_zero = a_number(lambda value: value > 0, "a finite number above zero")
at_least_zero = a_number(lambda value: value >= 0, "a finite number of at least zero")
spread = a_number(
    lambda value: 0 <= value <= 10,
    "a number from 0 to 10: cells of a wider spread have no conductance that numbers hold",
)
share = a_number(lambda value: 0 <= value <= 1, "a share from 0 to 1")


def whole(smallest: int) -> Validator:
    """Return a validator of whole numbers."""

    def check(owner: Any, field: Any, value: Any) -> None:
        is_whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
        if not is_whole or value < smallest:
            raise _refuse(owner, field, value, f"a whole number of at least {smallest}")

    return check


def optional(check: Validator) -> Validator:
    """Return a validator that lets None through."""

    def check_or_none(owner: Any, field: Any, value: Any) -> None:
        if value is not None:
            check(owner, field, value)

    return check_or_none


def one_of(kinds: Any, wanted: str) -> Validator:
    """Return a validator of types."""

    def check(owner: Any, field: Any, value: Any) -> None:
        if not isinstance(value, kinds):
            raise _refuse(owner, field, value, wanted)

    return check


def choice(*options: str) -> Validator:
    """Return a validator of words."""

    def check(owner: Any, field: Any, value: Any) -> None:
        if value not in options:
            raise _refuse(owner, field, value, " or ".join(map(repr, options)))

    return check


truth = one_of(bool, "True or False")


def pair(value: Any) -> Any:
    """Return a sequence as a tuple, and anything else as it is (an attrs converter)."""
    return tuple(value) if isinstance(value, list | tuple | np.ndarray) else value


def window(owner: Any, field: Any, value: Any) -> None:
    """Refuse anything but a pair of conductances, the lower first."""
    is_pair = isinstance(value, tuple) and len(value) == 2 and all(map(is_number, value))
    if not is_pair or not 0 < value[0] < value[1] < np.inf:
        raise _refuse(owner, field, value, "the lowest and the highest conductance, S")


def up_and_down(owner: Any, field: Any, value: Any) -> None:
    """Refuse what is neither None, nor a number above zero, nor two of them."""
    numbers = value if isinstance(value, tuple) else (value,)
    fits = len(numbers) <= 2 and all(is_number(n) and 0 < n < np.inf for n in numbers)
    if value is not None and not (fits and numbers):
        raise _refuse(owner, field, value, "a number above zero, or one for up and one for down")


def plain(value: Any, what: str) -> Array:
    """Return numbers as an array of their own.

    Raises:
        ParameterError: They are no real numbers, or some are masked; names `what`.
    """
    return checked_numbers(value, what, error=ParameterError)


def is_within(array: Array, low: float, high: float) -> bool:
    """Tell whether all numbers lie between two; NaN lies nowhere. Quicker than comparing each."""
    return not array.size or bool(array.min() >= low and array.max() <= high)


def curve(value: Any) -> Any:
    """Return numbers as a tuple of floats, and anything else as it is (an attrs converter)."""
    try:
        return tuple(float(number) for number in value)
    except (TypeError, ValueError):
        return value


def numbers(owner: Any, field: Any, value: Any) -> None:
    """Refuse anything but a sequence of two finite numbers at least."""
    fits = isinstance(value, tuple) and len(value) > 1 and all(map(is_number, value))
    if not fits or not np.isfinite(value).all():
        raise _refuse(owner, field, value, "two finite numbers at least")
