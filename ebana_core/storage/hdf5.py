"""HDF5 with EBANA's conventions: typed groups, units on every dataset, helpful errors."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from ebana_core.arrays import Array
from ebana_core.errors import FormatError, StorageError

FORMAT_VERSION = 1
"""Version of the formats that this EBANA writes, and the newest it reads."""

COMPRESS_BYTES = 64 * 1024
"""Arrays above this size are compressed."""


def typed_group(parent: h5py.Group, name: str, kind: str) -> h5py.Group:
    """Create a group that tells its type and version."""
    group = parent.create_group(name)
    mark(group, kind)
    return group


def mark(group: h5py.Group, kind: str) -> None:
    """Give a group (or a file) its type and version."""
    group.attrs["type"] = kind
    group.attrs["version"] = FORMAT_VERSION


def add_array(
    group: h5py.Group, name: str, values: Any, *, unit: str, dims: Sequence[str] = ()
) -> h5py.Dataset:
    """Write an array of fixed size with its unit and the names of its dimensions."""
    array = np.asarray(values)
    packed = {"compression": "gzip", "compression_opts": 1, "shuffle": True}
    dataset = group.create_dataset(name, data=array, **packed if _is_large(array.nbytes) else {})
    _describe(dataset, unit, dims)
    return dataset


def add_series(
    group: h5py.Group, name: str, shape: tuple[int, ...], *, unit: str, dims: Sequence[str]
) -> h5py.Dataset:
    """Create an empty float64 dataset that grows along its first dimension."""
    size = 8 * int(np.prod(shape))
    rows = max(1, min(1024, COMPRESS_BYTES // max(size, 1)))
    packed = {"compression": "gzip", "compression_opts": 1, "shuffle": True}
    dataset = group.create_dataset(
        name,
        shape=(0, *shape),
        maxshape=(None, *shape),
        chunks=(rows, *shape),
        dtype=np.float64,
        **packed if _is_large(size) else {},
    )
    _describe(dataset, unit, dims)
    return dataset


def append(dataset: h5py.Dataset, rows: Sequence[Any]) -> None:
    """Append rows to a series."""
    if rows:
        start = dataset.shape[0]
        dataset.resize(start + len(rows), axis=0)
        dataset[start:] = np.asarray(rows, dtype=np.float64)


def _is_large(n_bytes: int) -> bool:
    return n_bytes > COMPRESS_BYTES


def _describe(dataset: h5py.Dataset, unit: str, dims: Sequence[str]) -> None:
    dataset.attrs["unit"] = unit
    dataset.attrs["dims"] = list(dims) if dims else np.zeros(0, "S1")


@contextmanager
def new_file(path: str | os.PathLike[str]) -> Iterator[h5py.File]:
    """Write a file under another name and let it take its place when it is whole.

    Raises:
        StorageError: It cannot be written; what stood at `path` is untouched.
    """
    target = Path(path)
    partial = target.with_name(f".{target.name}.{os.getpid()}.partial")
    try:
        with h5py.File(partial, "w") as file:
            yield file
        partial.replace(target)
    except OSError as error:
        raise StorageError(
            f"{os.fspath(path)} cannot be written: {error}.",
            "choose an existing folder with free space that you may write to",
        ) from error
    finally:
        partial.unlink(missing_ok=True)


@contextmanager
def open_typed(path: str | os.PathLike[str], kind: str) -> Iterator[h5py.File]:
    """Open a file of EBANA for reading.

    Raises:
        StorageError: It does not exist, or is damaged.
        FormatError: It is of another type, or newer than this EBANA.
    """
    try:
        with h5py.File(path, "r") as file:
            found, version = file.attrs.get("type"), file.attrs.get("version", 0)
            if found != kind:
                raise FormatError(
                    f"{os.fspath(path)} is of type {found!r}, not {kind!r}.",
                    "give a file that EBANA wrote for this purpose",
                )
            if not 1 <= int(version) <= FORMAT_VERSION:
                raise FormatError(
                    f"{os.fspath(path)} has format version {version}; this ebana reads up to "
                    f"{FORMAT_VERSION}.",
                    "update ebana",
                )
            yield file
    except FileNotFoundError as error:
        raise StorageError(
            f"{os.fspath(path)} does not exist.", "give the path of an existing file"
        ) from error
    except (OSError, KeyError, RuntimeError) as error:
        if isinstance(error, StorageError):
            raise
        raise StorageError(
            f"{os.fspath(path)} cannot be read: {error}.",
            "check that it is a whole HDF5 file that no other process writes",
        ) from error


def read_arrays(group: h5py.Group) -> dict[str, Array]:
    """Return the float64 arrays of a group by name."""
    return {
        name: np.asarray(item[()], dtype=np.float64)
        for name, item in group.items()
        if isinstance(item, h5py.Dataset)
    }
