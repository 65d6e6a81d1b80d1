"""Measured tables, from CSV files: columns of numbers below a line of names."""

import csv
import os
from collections.abc import Sequence
from typing import Any

import numpy as np

from ebana_core.arrays import Array
from ebana_core.checking import checked_numbers, shown
from ebana_core.errors import DataError
from ebana_core.paths import checked_path
from ebana_core.units import in_unit

LARGEST = 1_000_000
"""Largest number of characters of a file that is read as a table."""


def read_table(path: str | os.PathLike[str], columns: Sequence[str]) -> dict[str, Array]:
    """Return named columns of a CSV file; others are left out.

    Names may be in capitals. A column ends where its fields are empty; it cannot go on after that.

    Args:
        path: The file, of fields between commas. Lines that begin with ``#`` are comments.
        columns: Names that its first line must hold.

    Raises:
        StorageError: `path` is none.
        DataError: A column is missing or there twice, has a gap, or holds something other
            than finite numbers; names the line.
    """
    name = os.fspath(checked_path(path))
    lines, rows = _rows(path, name)
    header = [field.strip().lower() for field in rows[0]] if rows else []
    odd = [column for column in columns if header.count(column) != 1]
    if odd:
        raise DataError(
            f"{name!r} has the columns {header}; {odd} are missing, or there twice.",
            f"let its first line name {list(columns)}, between commas",
        )
    return {
        column: _column(rows[1:], lines[1:], header.index(column), name, column)
        for column in columns
    }


def _rows(path: str | os.PathLike[str], name: str) -> tuple[list[int], list[list[str]]]:
    """Return numbers of the lines that hold something, and their fields."""
    try:
        # Spreadsheets begin their files with a byte order mark, which utf-8-sig leaves out.
        with open(path, encoding="utf-8-sig", newline="") as file:
            text = file.read(LARGEST + 1)
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{name!r} cannot be read: {error}.", "give a CSV file") from error
    if len(text) > LARGEST:
        raise DataError(f"{name!r} is longer than {LARGEST} characters.", "give one device's table")
    kept = [
        (number, line)
        for number, line in enumerate(text.splitlines(), start=1)
        if line.strip() and not line.lstrip().startswith("#")
    ]
    rows = []
    for number, line in kept:
        try:
            # Line by line, so that an error names the line of the file.
            rows.append(next(csv.reader([line], strict=True)))
        except csv.Error as error:
            raise DataError(
                f"{name}:{number} is not a line of CSV: {error}.", "correct it"
            ) from error
    return [number for number, _ in kept], rows


def _column(rows: list[list[str]], lines: list[int], place: int, name: str, column: str) -> Array:
    found: list[float] = []
    ended = 0
    for line, row in zip(lines, rows, strict=True):
        field = row[place].strip() if place < len(row) else ""
        if field and ended:
            raise DataError(
                f"{name}:{line}, column {column!r} goes on after an empty field in line {ended}.",
                "fill the gap, or leave its row out",
            )
        if field:
            found.append(_number(field, f"{name}:{line}, column {column!r}"))
        else:
            ended = ended or line
    return np.array(found)


def _number(field: str, place: str) -> float:
    try:
        # float() takes 1_000 for a number, which no table means.
        number = float(field.replace("_", "x"))
    except ValueError:
        number = np.nan
    if not np.isfinite(number):
        raise DataError(f"{place} holds {field!r}.", "give finite numbers in SI units")
    return number


def check_rising(values: Any, what: str, unit: str) -> None:
    """Refuse values that do not rise from each to the next.

    Raises:
        DataError: Names `what` and the two values.
    """
    array = checked_numbers(in_unit(values, unit, what, DataError), what)
    if array.ndim != 1 or len(array) < 2 or not np.isfinite(array).all():
        raise DataError(f"{what} is {shown(values)}.", "give at least two finite numbers")
    falls = np.flatnonzero(~(np.diff(array) > 0))
    if len(falls):
        one, other = (float(array[falls[0] + step]) for step in (0, 1))
        problem = "repeats" if one == other else "does not rise after"
        raise DataError(
            f"{what} {problem} {one!r} {unit} (place {falls[0] + 1}: {other!r} {unit}).",
            "sort the rows, average repeated ones, and smooth noise until each is above the last",
        )
