"""Measured tables, from CSV files: columns of numbers below a line of names."""

import csv
import os
from collections.abc import Sequence

import numpy as np

from ebana_core.arrays import Array
from ebana_core.errors import DataError

LARGEST = 1_000_000
"""Characters of a file that is read as a table."""


def read_table(path: str | os.PathLike[str], columns: Sequence[str]) -> dict[str, Array]:
    """Return named columns of a CSV file; others are left out.

    An empty field, or a row that ends early, ends its column.

    Args:
        path: The file. Lines that begin with ``#`` are comments.
        columns: Names that its first line must hold.

    Raises:
        DataError: A column is missing, or holds what is no finite number; names the line.
    """
    name = os.fspath(path)
    try:
        with open(path, encoding="utf-8", newline="") as file:
            text = file.read(LARGEST + 1)
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{name!r} cannot be read: {error}.", "give a CSV file") from error
    if len(text) > LARGEST:
        raise DataError(f"{name!r} is longer than {LARGEST} characters.", "give one device's table")
    lines = [
        (number, line)
        for number, line in enumerate(text.splitlines(), start=1)
        if line.strip() and not line.lstrip().startswith("#")
    ]
    rows = list(csv.reader([line for _, line in lines]))
    header = [field.strip() for field in rows[0]] if rows else []
    missing = [column for column in columns if column not in header]
    if missing:
        raise DataError(
            f"{name!r} has the columns {header}; {missing} are missing.",
            f"let its first line name {list(columns)}",
        )
    found = {}
    for column in columns:
        place = header.index(column)
        numbers: list[float] = []
        for (line, _), row in zip(lines[1:], rows[1:], strict=True):
            field = row[place].strip() if place < len(row) else ""
            if field:
                numbers.append(_number(field, f"{name}:{line}, column {column!r}"))
        found[column] = np.array(numbers)
    return found


def _number(field: str, place: str) -> float:
    try:
        number = float(field)
    except ValueError:
        number = np.nan
    if not np.isfinite(number):
        raise DataError(f"{place} holds {field!r}.", "give finite numbers in SI units")
    return number


def check_rising(values: Array, what: str, unit: str) -> None:
    """Refuse values of which one is not above the one before it.

    Raises:
        DataError: Names `what` and the two values.
    """
    if len(values) < 2:
        raise DataError(f"{what} holds {len(values)} values.", "give at least two")
    falls = np.flatnonzero(~(np.diff(values) > 0))
    if len(falls):
        one, other = (float(values[falls[0] + step]) for step in (0, 1))
        problem = "repeats" if one == other else "does not rise after"
        raise DataError(
            f"{what} {problem} {one!r} {unit} (place {falls[0] + 1}: {other!r} {unit}).",
            "sort the rows, average repeated ones, and smooth noise until each is above the last",
        )
