"""Values as CSV and NPZ: to and from instruments, spreadsheets and other programs."""

import csv
import os
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from ebana_core.arrays import Array
from ebana_core.errors import DataError, StorageError
from ebana_core.paths import checked_source, replacing

ONE_ARRAY = b"\x93NUMPY"
"""First bytes of a file of one array."""


def write_npz(path: str | os.PathLike[str], values: Mapping[str, Array]) -> None:
    """Write arrays by name; an existing file is replaced when the new one is whole."""
    with replacing(path) as partial, open(partial, "wb") as file:
        # NumPy 2.0 takes `allow_pickle` for one more array; float64 is never pickled.
        arrays: dict[str, Any] = {n: np.asarray(v, dtype=np.float64) for n, v in values.items()}
        np.savez(file, **arrays)


def read_npz(path: str | os.PathLike[str], most: int) -> dict[str, Array]:
    """Read arrays by name; pickled content is refused.

    Args:
        path: The archive.
        most: Bytes that its arrays may take together once they are unpacked.

    Raises:
        StorageError: It cannot be read.
    """
    checked_source(path)
    try:
        with open(path, "rb") as file:  # NumPy leaves a damaged one open
            if file.read(len(ONE_ARRAY)) == ONE_ARRAY:
                raise ValueError("it holds one array without a name, not an archive")
            file.seek(0)
            with np.load(file, allow_pickle=False) as loaded:
                archive: Any = loaded.zip
                claimed = sum(item.file_size for item in archive.infolist())
                if claimed > most:
                    raise ValueError(f"its arrays take {claimed} bytes, and {most} are expected")
                names = [item.filename.removesuffix(".npy") for item in archive.infolist()]
                twice = sorted({name for name in names if names.count(name) > 1})
                if twice:
                    raise ValueError(f"it holds {twice[0]!r} twice")
                return {name: np.asarray(loaded[name]) for name in loaded.files}
    except Exception as error:  # of zipfile, its decompressors and NumPy's reader of headers
        raise StorageError(
            f"{os.fspath(path)} cannot be read: {error}.", "give an NPZ file of plain arrays"
        ) from error


def write_csv(path: str | os.PathLike[str], name: str, unit: str, values: Array) -> None:
    """Write one array as rows under a line with the names of its columns and their unit.

    A column is named after its place: ``d1.conductance[0] (S)``.
    """
    rows = values.reshape(len(values), -1) if values.ndim else values.reshape(1, 1)
    places = [""] if values.ndim < 2 else [f"[{k}]" for k in range(rows.shape[1])]
    write_columns(path, [f"{name}{place} ({unit})" for place in places], rows)


def write_columns(path: str | os.PathLike[str], names: Sequence[str], rows: Array) -> None:
    """Write rows of numbers under a line with the names of their columns."""
    write_lines(path, [names, *([f"{number:.17g}" for number in row] for row in rows)])


def write_lines(path: str | os.PathLike[str], lines: Iterable[Sequence[Any]]) -> None:
    """Write lines of cells; an existing file is replaced when the new one is whole."""
    with (
        replacing(path) as partial,
        # A name of a run may hold bytes other than UTF-8.
        open(partial, "w", newline="", encoding="utf-8", errors="backslashreplace") as file,
    ):
        csv.writer(file).writerows(lines)


def read_csv(path: str | os.PathLike[str], shape: tuple[int, ...]) -> Array:
    """Read the values of one array.

    Raises:
        StorageError: It cannot be read.
        DataError: It holds text in place of a number, or another number of values.
    """
    checked_source(path)
    try:
        rows = np.loadtxt(path, delimiter=",", ndmin=2, skiprows=_n_names(path))
    except OSError as error:
        raise StorageError(
            f"{os.fspath(path)} cannot be read: {error}.", "give the path of a CSV file"
        ) from error
    except ValueError as error:
        raise DataError(
            f"{os.fspath(path)} holds something that is not a number: {error}.",
            "give numbers between commas, comments after #, and names of columns in the first "
            "line only",
        ) from error
    if rows.size != int(np.prod(shape)):
        raise _refused(path, rows, shape, "give one value per value of the parameter, row by row")
    # One line or one column names no rows; other forms do, and a transposed one would fit.
    expected = (shape[0], rows.size // shape[0]) if shape else (1, 1)
    if 1 not in rows.shape and rows.shape != expected:
        fix = f"give {expected[0]} rows of {expected[1]} values: it may be transposed"
        raise _refused(path, rows, shape, fix)
    return np.asarray(rows.reshape(shape))


def _refused(
    path: str | os.PathLike[str], rows: Array, shape: tuple[int, ...], fix: str
) -> DataError:
    return DataError(
        f"{os.fspath(path)} holds {rows.shape[0]} x {rows.shape[1]} values; the parameter has "
        f"shape {shape}.",
        fix,
    )


def _n_names(path: str | os.PathLike[str]) -> int:
    """Return 1 where the first line names columns, else 0."""
    with open(path, encoding="utf-8", errors="replace") as file:
        first = file.readline().strip()
    cells = [cell.strip().strip('"') for cell in first.split(",")]
    return int(bool(first) and not first.startswith("#") and not any(map(_is_number, cells)))


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
