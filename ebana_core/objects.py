"""Objects as users hand them over: names of what there is, mappings, things of a class."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any, TypeVar

import numpy as np

from ebana_core.checking import said, shown
from ebana_core.errors import DataError, EbanaError, ParameterError, UnknownNameError

Thing = TypeVar("Thing")


def checked_name(
    name: object, known: Collection[str], what: str, fix: str = "use one of these names"
) -> str:
    """Return the name of something that there is.

    Args:
        name: What was given; lists and other things that no mapping can look up are no names.
        known: The names that there are.
        what: What they name, for the error: ``"parameter"``.
        fix: What the error says to do.

    Raises:
        UnknownNameError: Quotes it and lists the known ones.
    """
    if not isinstance(name, str) or name not in known:
        raise UnknownNameError(f"No {what} {shown(name)}; the {what}s are {sorted(known)}.", fix)
    return name


def checked_list(
    values: Any, path: str, fix: str, *, error: type[EbanaError] = ParameterError
) -> list[Any]:
    """Return several things as a list; texts and mappings are none, although they have parts.

    Raises:
        ParameterError: Quotes what was given.
    """
    if isinstance(values, str | bytes | Mapping) or not isinstance(values, Iterable):
        raise error(said(path, values), fix)
    return list(values)


def checked_instances(
    values: Any, kind: type[Thing], path: str, fix: str, *, at_least: int = 0
) -> tuple[Thing, ...]:
    """Return several objects of a class; `at_least` says how many there must be.

    Raises:
        ParameterError: Quotes what was given.
    """
    found = checked_list(values, path, fix)
    if len(found) < at_least or not all(isinstance(value, kind) for value in found):
        raise ParameterError(said(path, values), fix)
    return tuple(found)


def checked_names(
    names: Any, path: str, fix: str = "give a list of names", *, at_least: int = 0
) -> tuple[str, ...]:
    """Return several names; a text is none, although its letters are texts.

    Raises:
        ParameterError: Quotes what was given.
    """
    return checked_instances(names, str, path, fix, at_least=at_least)


def checked_mapping(value: Any, path: str, fix: str) -> Mapping[Any, Any]:
    """Return a mapping.

    Raises:
        ParameterError: Quotes what was given.
    """
    if not isinstance(value, Mapping):
        raise ParameterError(said(path, value), fix)
    return value


def checked_instance(value: object, kind: type[Thing], path: str, fix: str) -> Thing:
    """Return an object of a class, or of what a protocol asks for.

    Raises:
        ParameterError: Quotes what was given.
    """
    if not isinstance(value, kind):
        raise ParameterError(said(path, value), fix)
    return value


def checked_rows(rows: Any, n: int, path: str) -> Any:
    """Return which of n samples are chosen: a slice as it is, anything else as their numbers.

    Raises:
        DataError: There is no such sample, or it is no choice of samples.
    """
    fix = f"give integers below {n} or a mask of {n} booleans"
    try:
        chosen = np.atleast_1d(np.arange(n)[rows])
    except (IndexError, TypeError) as error:
        raise DataError(f"{path}={shown(rows)} does not fit the samples: {error}.", fix) from error
    if chosen.ndim != 1:
        raise DataError(f"{path}={shown(rows)} chooses samples of shape {chosen.shape}.", fix)
    return rows if isinstance(rows, slice) else chosen
