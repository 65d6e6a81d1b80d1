"""Whether a file holds the arrays that a model and its optimizer need, and no others."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from ebana_core.arrays import Array
from ebana_core.checking import checked_number, checked_whole
from ebana_core.errors import FormatError, ShapeError, UnknownNameError


def check_arrays(
    found: Mapping[str, Array],
    expected: Mapping[str, tuple[int, ...]],
    place: str,
    *,
    strict: bool = True,
) -> None:
    """Refuse arrays that are missing, unknown, of another shape, or not finite.

    Args:
        found: Name to array.
        expected: Name to shape.
        place: Where they stand, for example ``"run.h5:/latest/slots"``.
        strict: Refuse missing and unknown ones too.

    Raises:
        FormatError: One is missing or not finite; names it.
        UnknownNameError: One is unknown.
        ShapeError: One has another shape.
    """
    check_names(found, expected, place, strict=strict)
    for name in sorted(set(found) & set(expected)):
        if found[name].shape != expected[name]:
            raise ShapeError(
                f"{place}/{name} has shape {found[name].shape}; in the model it has shape "
                f"{expected[name]}.",
                "build the layer with the same width, or name the other layers: layers=[...]",
            )
        wrong = np.argwhere(~np.isfinite(found[name]))
        if len(wrong):
            where = wrong[0].tolist()
            raise FormatError(
                f"{place}/{name} is {float(found[name][tuple(where)])!r} at {where}.",
                "save the file anew; this one is damaged",
            )


def check_names(found: Iterable[str], expected: Iterable[str], place: str, *, strict: bool) -> None:
    """Refuse names that are missing or unknown, where that is to be strict.

    Raises:
        FormatError: One is missing; names it.
        UnknownNameError: One is unknown.
    """
    unknown, missing = sorted(set(found) - set(expected)), sorted(set(expected) - set(found))
    if strict and unknown:
        raise UnknownNameError(
            f"{place} holds {unknown[0]!r}, which the model and its optimizer lack.",
            "build the model that it was saved from, name the layers to restore, or read what "
            "fits: strict=False",
        )
    if strict and missing:
        raise FormatError(
            f"{place} lacks {missing[0]!r}.",
            "save the file anew, or read what there is of it: strict=False",
        )


def check_signs(found: Mapping[str, Array], names: Sequence[str], place: str) -> None:
    """Refuse arrays below zero where none can be.

    Raises:
        FormatError: Names the array and the value.
    """
    for name in names:
        if name in found and (found[name] < 0).any():
            raise FormatError(
                f"{place}/{name} is {float(found[name].min())!r}, and cannot be below zero.",
                "save the file anew; this one is damaged",
            )


def check_counters(step: Any, rate_factor: Any, place: str) -> None:
    """Refuse counters that no optimizer has.

    Raises:
        FormatError: `step` is not a whole number that a file can hold, or `rate_factor` is below 0.
    """
    fix = "save the file anew; this one is damaged"
    checked_whole(step, f"{place} has step", fix, at_least=0, error=FormatError)
    checked_number(rate_factor, f"{place} has rate_factor", fix, at_least=0.0, error=FormatError)
