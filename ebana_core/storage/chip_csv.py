"""Chip files as tables of numbers: a row per device, a column per parameter that deviates.

A column is named ``net.vto_offset offset (V)``: the parameter, what the number is (a value, an
offset or a factor), its SI unit; in a table of twins with ``free`` or ``clamped`` before it. The
first column, ``device``, counts from 0; layers with fewer devices have shorter columns.
"""

import csv
import math
import os
import re
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from ebana_core.arrays import Array
from ebana_core.errors import DataError, StorageError
from ebana_core.paths import checked_source, replacing
from ebana_core.storage.chip_file import CHIP, CIRCUITS, GROUPS, Chips, add_unit, check_factor

DEVICE = "device"
COLUMN = re.compile(
    rf"(?:({'|'.join(CIRCUITS)}) )?(\S+\.\S+) ({'|'.join(GROUPS)})(?: \((\S+)\))?", re.ASCII
)


def write_chips_csv(path: str | os.PathLike[str], chips: Chips, units: Mapping[str, str]) -> None:
    """Write a table; an existing one is replaced when the new one is whole.

    Raises:
        StorageError: It cannot be written.
    """
    columns = dict(_columns(chips, units))
    n_rows = max((len(column) for column in columns.values()), default=0)
    with replacing(path) as partial, open(partial, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow([DEVICE, *columns])
        for row in range(n_rows):
            cells = (column[row : row + 1] for column in columns.values())
            writer.writerow([row, *(f"{cell[0]:.17g}" if len(cell) else "" for cell in cells)])


def _columns(chips: Chips, units: Mapping[str, str]) -> Iterator[tuple[str, Array]]:
    for chip, deviations in chips.items():
        for kind, arrays in deviations.items():
            for name, array in arrays.items():
                circuit = "" if chip == CHIP else f"{chip} "
                unit = f" ({units[name]})" if kind != "factor" and name in units else ""
                yield f"{circuit}{name} {kind}{unit}", array.reshape(-1)


def read_chips_csv(path: str | os.PathLike[str]) -> tuple[Chips, dict[str, str]]:
    """Return the chips of a table, and the units that it tells; arrays have one dimension.

    Raises:
        StorageError: It cannot be read.
        DataError: A column is not named as above, or a cell is not a finite number; names it.
    """
    checked_source(path)
    try:
        with open(path, newline="", encoding="utf-8-sig") as file:
            rows = [row for row in csv.reader(file) if row and not row[0].startswith("#")]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise StorageError(
            f"{os.fspath(path)} cannot be read: {error}.", "give the path of a CSV file in UTF-8"
        ) from error
    header, *body = rows or [[]]
    found: dict[str, dict[str, dict[str, Array]]] = {}
    units: dict[str, str] = {}
    for place, title in enumerate(header):
        cells = [row[place].strip() if place < len(row) else "" for row in body]
        if title.strip() == DEVICE:
            _check_count(path, cells)
            continue
        chip, name, kind, unit = _named(path, title)
        arrays = found.setdefault(chip, {kind: {} for kind in GROUPS})
        if name in {known for of_kind in arrays.values() for known in of_kind}:
            raise DataError(f"{os.fspath(path)} has {title!r} twice.", "name each column once")
        arrays[kind][name] = _numbers(path, title, cells)
        if unit and kind == "factor":
            check_factor(path, name, unit)
        elif unit:
            add_unit(units, path, name, unit)
    if not found:
        raise DataError(f"{os.fspath(path)} has no columns of a chip.", _FIX)
    return found, units


_FIX = "name a column like 'net.vto_offset offset (V)' or 'd1.conductance factor'"


def _named(path: str | os.PathLike[str], title: str) -> tuple[str, str, str, str]:
    match = COLUMN.fullmatch(title.strip())
    # As spreadsheets write tables where a comma stands in numbers.
    others = [sign for sign in (";", "\t") if title.startswith(DEVICE + sign)]
    if match is None or others:
        fix = f"separate cells by commas instead of {others[0]!r}" if others else _FIX
        raise DataError(f"{os.fspath(path)} has a column {title!r}.", fix)
    chip, name, kind, unit = match.groups()
    return chip or CHIP, name, kind, unit or ""


def _check_count(path: str | os.PathLike[str], cells: Sequence[str]) -> None:
    """Refuse rows in another order than that of the devices."""
    for row, cell in enumerate(cells):
        if cell != str(row):
            raise DataError(
                f"{os.fspath(path)} has device {cell!r} in row {row}.",
                "count the devices from 0, in the order of the layer",
            )


def _numbers(path: str | os.PathLike[str], title: str, cells: Sequence[str]) -> Array:
    n_used = max((row + 1 for row, cell in enumerate(cells) if cell), default=0)
    numbers = []
    for row, cell in enumerate(cells[:n_used]):
        try:
            number = float(cell)
        except ValueError:
            number = math.nan
        if not math.isfinite(number):
            raise DataError(
                f"{os.fspath(path)} has {cell!r} in column {title!r}, device {row}.",
                "give a finite number for every device",
            )
        numbers.append(number)
    return np.array(numbers)
