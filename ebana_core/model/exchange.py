"""Values as CSV and NPZ: to and from instruments, spreadsheets and other programs."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np

from ebana_core.arrays import Array
from ebana_core.errors import DataError, StorageError
from ebana_core.paths import checked_source, checked_target
from ebana_core.storage.hdf5 import partial_path


def write_npz(path: str | os.PathLike[str], values: Mapping[str, Array]) -> None:
    """Write arrays by name; an existing file is replaced when the new one is whole."""
    with _replacing(path) as partial, open(partial, "wb") as file:
        np.savez(file, allow_pickle=False, **values)


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
        loaded = np.load(path, mmap_mode="r", allow_pickle=False)
        if not isinstance(loaded, np.lib.npyio.NpzFile):
            raise ValueError("it holds one array without a name, not an archive")
        with loaded as file:
            archive: Any = file.zip
            claimed = sum(item.file_size for item in archive.infolist())
            if claimed > most:
                raise ValueError(f"its arrays take {claimed} bytes, and {most} are expected")
            return {name: np.asarray(file[name]) for name in file.files}
    except (OSError, ValueError, EOFError, KeyError, AttributeError, BadZipFile) as error:
        raise StorageError(
            f"{os.fspath(path)} cannot be read: {error}.", "give an NPZ file of plain arrays"
        ) from error


def write_csv(path: str | os.PathLike[str], name: str, unit: str, values: Array) -> None:
    """Write one array as rows, after a comment with its name, unit and shape."""
    rows = values.reshape(len(values), -1) if values.ndim else values.reshape(1, 1)
    with _replacing(path) as partial:
        np.savetxt(
            partial,
            rows,
            delimiter=",",
            fmt="%.17g",
            header=f"{name}, {unit}, shape {values.shape}",
        )


def read_csv(path: str | os.PathLike[str], shape: tuple[int, ...]) -> Array:
    """Read the values of one array.

    Raises:
        StorageError: It cannot be read.
        DataError: It holds what is no number, or another number of values.
    """
    checked_source(path)
    try:
        rows = np.loadtxt(path, delimiter=",", ndmin=2)
    except OSError as error:
        raise StorageError(
            f"{os.fspath(path)} cannot be read: {error}.", "give the path of a CSV file"
        ) from error
    except ValueError as error:
        raise DataError(
            f"{os.fspath(path)} holds what is no number: {error}.",
            "give numbers between commas, and comments after #",
        ) from error
    if rows.size != int(np.prod(shape)):
        raise DataError(
            f"{os.fspath(path)} holds {rows.shape[0]} x {rows.shape[1]} values; "
            f"the parameter has shape {shape}.",
            "give one value per value of the parameter, row by row",
        )
    return np.asarray(rows.reshape(shape))


@contextmanager
def _replacing(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Give a path to write to that takes the place of another when it is whole."""
    target = checked_target(path)
    partial = partial_path(target)
    try:
        yield partial
        partial.replace(target)
    except OSError as error:
        raise StorageError(
            f"{target} cannot be written: {error}.",
            "choose an existing folder with free space that you may write to",
        ) from error
    finally:
        partial.unlink(missing_ok=True)
