"""Chip files: how the devices of a made chip, or of two, differ from the drawing."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING

from ebana_core.arrays import Array
from ebana_core.errors import DataError, FormatError
from ebana_core.later import Library
from ebana_core.storage.datasets import add_array, axes, text_of
from ebana_core.storage.hdf5 import mark, new_file, open_typed, read_arrays, typed_group
from ebana_core.storage.layout import CHIPS, RUN

if TYPE_CHECKING:
    import h5py
else:
    h5py = Library("h5py")

CHIP, FREE, CLAMPED = "chip", "free", "clamped"
CIRCUITS = (CHIP, FREE, CLAMPED)
"""Names of the chips of a file: a single one, or those of twins."""

GROUPS = {"value": "values", "offset": "offsets", "factor": "factors"}
"""Kind of a deviation to the group that holds it."""

Chips = Mapping[str, Mapping[str, Mapping[str, Array]]]
"""Chip, one of `CIRCUITS`, to kind of deviation to parameter name to array."""


def write_chips(path: str | os.PathLike[str], chips: Chips, units: Mapping[str, str]) -> None:
    """Write a chip file; an existing one is replaced when the new one is whole.

    Raises:
        StorageError: It cannot be written.
    """
    with new_file(path) as file:
        mark(file, CHIPS)
        add_chips(file, chips, units)


def add_chips(file: h5py.File, chips: Chips, units: Mapping[str, str]) -> None:
    """Write chips into the group ``chips`` of a file."""
    group = typed_group(file, "chips", "ebana-chips")
    for chip, deviations in chips.items():
        own = typed_group(group, chip, "ebana-deviations")
        for kind, arrays in deviations.items():
            place = typed_group(own, GROUPS[kind], "ebana-parameters")
            for name, array in arrays.items():
                unit = "1" if kind == "factor" else units.get(name, "SI")
                add_array(place, name, array, unit=unit, dims=axes(name, array.ndim))


def read_chips(path: str | os.PathLike[str]) -> tuple[Chips, dict[str, str]]:
    """Return the chips of a chip file, or those that a run was trained on, and their units.

    Raises:
        StorageError: It does not exist, or is damaged.
        FormatError: It is of another type, or holds no chips.
    """
    with open_typed(path, CHIPS, RUN) as file:
        if "chips" not in file:
            raise FormatError(
                f"{os.fspath(path)} holds no chips.",
                "give a chip file, or the run of a fit with chip=...",
            )
        found: dict[str, dict[str, dict[str, Array]]] = {}
        units: dict[str, str] = {}
        for chip, own in file["chips"].items():
            if chip not in CIRCUITS or not isinstance(own, h5py.Group):
                raise FormatError(f"{os.fspath(path)} holds the chip {chip!r}.", _FIX)
            found[chip] = {kind: read_arrays(own[place]) for kind, place in GROUPS.items()}
            for kind, arrays in found[chip].items():
                for name in arrays:
                    unit = text_of(own[GROUPS[kind]][name], "unit")
                    if kind == "factor":
                        check_factor(path, name, unit)
                    elif unit != "SI":
                        add_unit(units, path, name, unit)
        return found, units


_FIX = f"name chips {', '.join(CIRCUITS)}"


def add_unit(units: dict[str, str], path: str | os.PathLike[str], name: str, unit: str) -> None:
    """Note the unit of a parameter's numbers, which is one for all chips of a file.

    Raises:
        DataError: The file gave another one for this parameter before.
    """
    known = units.setdefault(name, unit)
    if known != unit:
        raise DataError(
            f"{os.fspath(path)} gives {name!r} in {known} and in {unit}.",
            "give all numbers of a parameter in its own unit",
        )


def check_factor(path: str | os.PathLike[str], name: str, unit: str) -> None:
    """Refuse factors in percent, say.

    Raises:
        DataError: The unit is another one than 1.
    """
    if unit not in ("1", "SI"):
        raise DataError(
            f"{os.fspath(path)} gives factors of {name!r} in {unit!r}.",
            "give plain numbers, 1 for a device as drawn, with the unit '1'",
        )


def the_one_chip(
    path: str | os.PathLike[str], chips: Chips, units: Mapping[str, str]
) -> tuple[Mapping[str, Mapping[str, Array]], Mapping[str, str]]:
    """Return the deviations of a file of one chip, and their units.

    Raises:
        FormatError: It holds twins.
    """
    if CHIP not in chips:
        raise FormatError(
            f"{os.fspath(path)} holds the chips {sorted(chips)} of twins.",
            "read it with Twin, which has them as .free and .clamped",
        )
    return chips[CHIP], units
