"""Deviations of the devices of a chip from the drawing: three kinds, each an array by name."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from ebana_core.arrays import Array, shown
from ebana_core.checking import checked_numbers
from ebana_core.checking import shown as quoted
from ebana_core.errors import DataError, ParameterError
from ebana_core.objects import checked_mapping

VALUE, OFFSET, FACTOR = "value", "offset", "factor"
KINDS = (VALUE, OFFSET, FACTOR)
"""What a number says of a device: the value itself, what is added to it, what multiplies it."""

Deviations = Mapping[str, Mapping[str, Array]]
"""Kind to parameter name to array; every parameter stands under one kind at most."""


def own_arrays(given: Any, kind: str) -> dict[str, Array]:
    """Return deviations of one kind as arrays that nobody changes.

    Raises:
        ParameterError: Not a mapping.
        DataError: Not numbers, none at all, not finite, or a factor that is not above zero.
    """
    if not isinstance(given, Mapping):
        raise ParameterError(
            f"The {kind}s of a chip are {quoted(given)}.",
            "write {'d1.conductance': array} or the like",
        )
    found = {}
    for name, array in given.items():
        numbers = checked_numbers(array, f"The chip's {kind} of {name!r}")
        if not numbers.size:
            raise DataError(
                f"The chip's {kind} of {str(name)!r} holds no number.", "give one per device"
            )
        # Written positively, so that nan is refused.
        is_right = np.isfinite(numbers) & ((numbers > 0) if kind == FACTOR else True)
        if not is_right.all():
            place = np.argwhere(~is_right)[0].tolist()
            raise DataError(
                f"The chip's {kind} of {name}{place or ''} is {float(numbers[tuple(place)])!r}.",
                f"give finite {kind}s" + (" above zero" if kind == FACTOR else ""),
            )
        found[str(name)] = shown(numbers)
    return found


def own_units(given: Any) -> dict[str, str]:
    """Return the units of deviations, as a copy that nobody else changes.

    Raises:
        ParameterError: Not a mapping, or a unit is no text.
    """
    fix = "give parameter name to SI unit: {'net.vto_offset': 'V'}"
    found = checked_mapping(given, "units", fix)
    for name, unit in found.items():
        if not isinstance(unit, str):
            raise ParameterError(f"The chip has units[{str(name)!r}]={quoted(unit)}.", fix)
    return {str(name): unit for name, unit in found.items()}


def named(deviations: Deviations) -> Iterator[tuple[str, str, Array]]:
    """Yield kind, parameter name and array of every deviation."""
    for kind in KINDS:
        for name, array in deviations[kind].items():
            yield kind, name, array


def in_words(kind: str, array: Array, unit: str) -> str:
    """Return a summary of one array, for example ``"1280 offsets, 0.0100 V rms"``."""
    count = f"{array.size} {kind}{'s' * (array.size != 1)}"
    if kind == FACTOR:
        return f"{count}, {float(np.sqrt(np.mean((array - 1) ** 2))):.3%} rms from 1"
    size = float(np.sqrt(np.mean(array**2)))
    of_unit = "" if unit in ("", "1") else f" {unit}"
    return f"{count}, {size:.4g}{of_unit} rms"
