"""HDF5 with EBANA's conventions: typed groups, units on every dataset, helpful errors."""

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from ebana_core.arrays import Array
from ebana_core.errors import EbanaError, FormatError, StorageError
from ebana_core.paths import checked_source, checked_target
from ebana_core.storage.probe import examine

FORMAT_VERSION = 1
"""Version of the formats that this EBANA writes, and the newest it reads."""

LIBVER = ("v110", "v110")
"""Bounds of the HDF5 release that reads the files: the first whose headers all have checksums and
that reads along; "latest" would shut out all but the release at hand."""

COMPRESS_BYTES = 64 * 1024
"""Arrays above this size are compressed."""
BAD_FILE = (OSError, KeyError, RuntimeError, ValueError, TypeError, AttributeError, IndexError)
"""What h5py raises on a damaged file."""


def typed_group(parent: h5py.Group, name: str, kind: str) -> h5py.Group:
    """Create a group that tells its type and version."""
    group = parent.create_group(name)
    mark(group, kind)
    return group


def set_text(item: h5py.Group | h5py.Dataset, name: str, text: str) -> None:
    """Write a text attribute of fixed length: it lies in the header, which has a checksum."""
    item.attrs[name] = np.bytes_(text.encode())


def text_of(item: h5py.Group | h5py.Dataset, name: str) -> str:
    """Return a text attribute.

    Raises:
        KeyError: There is none.
        ValueError: It is no text.
    """
    value = item.attrs[name]
    if not isinstance(value, bytes):
        raise ValueError(f"attribute {name} of {item.name} is {value!r}")
    return value.decode()


def dims_of(dataset: h5py.Dataset) -> tuple[str, ...]:
    """Return the names of the dimensions of a dataset."""
    return tuple(name.decode() for name in dataset.attrs["dims"])


def mark(group: h5py.Group, kind: str) -> None:
    """Give a group (or a file) its type and version."""
    set_text(group, "type", kind)
    group.attrs["version"] = FORMAT_VERSION


def add_array(
    group: h5py.Group, name: str, values: Any, *, unit: str, dims: Sequence[str] = ()
) -> h5py.Dataset:
    """Write an array of fixed size with its unit and the names of its dimensions."""
    array = np.asarray(values)
    filters = _filters(array.nbytes) if array.ndim and array.size else {}
    dataset = group.create_dataset(name, data=array, **filters)
    describe(dataset, unit, dims)
    return dataset


def add_series(
    group: h5py.Group, name: str, shape: tuple[int, ...], *, unit: str, dims: Sequence[str]
) -> h5py.Dataset:
    """Create an empty float64 dataset that grows along its first dimension."""
    size = 8 * int(np.prod(shape))
    rows = max(1, min(1024, COMPRESS_BYTES // max(size, 1)))
    dataset = group.create_dataset(
        name,
        shape=(0, *shape),
        maxshape=(None, *shape),
        chunks=(rows, *shape),
        dtype=np.float64,
        **_filters(size),
    )
    describe(dataset, unit, dims)
    return dataset


def add_slots(
    group: h5py.Group, name: str, shape: tuple[int, ...], *, unit: str, dims: Sequence[str] = ()
) -> h5py.Dataset:
    """Create two slots for an array that is written again and again; not compressed.

    A slot is rewritten where it stands, which needs a size that does not change.
    """
    dataset = group.create_dataset(
        name, shape=(2, *shape), chunks=(1, *shape), dtype=np.float64, fletcher32=True
    )
    describe(dataset, unit, ("slot", *dims))
    return dataset


def append(dataset: h5py.Dataset, rows: Sequence[Any]) -> None:
    """Append rows to a series."""
    if len(rows):
        start = dataset.shape[0]
        dataset.resize(start + len(rows), axis=0)
        dataset[start:] = np.asarray(rows, dtype=np.float64)


def _filters(n_bytes: int) -> dict[str, Any]:
    """Return checksums, and compression where it pays."""
    if n_bytes <= COMPRESS_BYTES:
        return {"fletcher32": True}
    return {"fletcher32": True, "compression": "gzip", "compression_opts": 1, "shuffle": True}


def describe(dataset: h5py.Dataset, unit: str, dims: Sequence[str]) -> None:
    """Give a dataset its unit and the names of its dimensions."""
    set_text(dataset, "unit", unit)
    dataset.attrs["dims"] = np.array([name.encode() for name in dims], dtype=np.bytes_)


def partial_path(target: Path) -> Path:
    """Return the name under which a file is written until it is whole."""
    # A name may have 255 bytes, and a character up to four of them.
    return target.with_name(f".{target.name[:50]}.{os.getpid()}.partial")


@contextmanager
def new_file(path: str | os.PathLike[str]) -> Iterator[h5py.File]:
    """Write a file under another name and let it take its place when it is whole.

    Raises:
        StorageError: It cannot be written; what stood at `path` is untouched.
    """
    target = checked_target(path)
    partial = partial_path(target)
    try:
        with h5py.File(partial, "w", libver=LIBVER) as file:
            yield file
        partial.replace(target)
    except OSError as error:
        if isinstance(error, StorageError):
            raise
        raise StorageError(
            f"{os.fspath(path)} cannot be written: {error}.",
            "choose an existing folder with free space that you may write to",
        ) from error
    finally:
        partial.unlink(missing_ok=True)


@contextmanager
def reading(path: str | os.PathLike[str]) -> Iterator[None]:
    """Turn what h5py raises on a damaged file into one error.

    Raises:
        StorageError: Names the file and what h5py says.
    """
    try:
        yield
    except BAD_FILE as error:
        if isinstance(error, EbanaError):
            raise
        raise StorageError(
            f"{os.fspath(path)} cannot be read: {error or type(error).__name__}.",
            "check that it is a whole HDF5 file; `ebana runs repair` saves what can be read",
        ) from error


def open_checked(
    path: str | os.PathLike[str], kinds: Sequence[str], *, probe: bool = True
) -> h5py.File:
    """Open a file of EBANA, also one that another process writes.

    Raises:
        StorageError: It does not exist, or is damaged.
        FormatError: It is of another type, or newer than this EBANA.
    """
    checked_source(path)
    if probe and (wrong := examine(path)):
        raise StorageError(
            f"{os.fspath(path)} cannot be read: {wrong}.",
            "check that it is a whole HDF5 file; `ebana runs repair` saves what can be read",
        )
    with reading(path):
        file = h5py.File(path, "r", swmr=True)
        try:
            _check_kind(file, path, kinds)
        except BaseException:
            file.close()
            raise
        return file


@contextmanager
def open_typed(
    path: str | os.PathLike[str], *kinds: str, probe: bool = True
) -> Iterator[h5py.File]:
    """Open a file of EBANA for reading; see `open_checked`."""
    file = open_checked(path, kinds, probe=probe)
    with reading(path), file:
        yield file


def _check_kind(file: h5py.File, path: str | os.PathLike[str], kinds: Sequence[str]) -> None:
    found, version = file.attrs.get("type"), file.attrs.get("version", 0)
    found = found.decode() if isinstance(found, bytes) else found
    if not isinstance(found, str) or found not in kinds:
        raise FormatError(
            f"{os.fspath(path)} is of type {found!r}, not {' or '.join(map(repr, kinds))}.",
            "give a file that EBANA wrote for this purpose",
        )
    if not FORMAT_VERSION <= int(version) <= FORMAT_VERSION:
        raise FormatError(
            f"{os.fspath(path)} has format version {version}; this ebana reads version "
            f"{FORMAT_VERSION}.",
            "use the ebana that wrote it" if int(version) < FORMAT_VERSION else "update ebana",
        )


def read_arrays(group: h5py.Group, slot: int | None = None) -> dict[str, Array]:
    """Return the float64 arrays of a group by name, or one of their two slots."""
    place = () if slot is None else slot
    return {
        name: np.asarray(item[place], dtype=np.float64)
        for name, item in group.items()
        if isinstance(item, h5py.Dataset)
    }


def read_table(dataset: h5py.Dataset, n_rows: int) -> dict[str, Array]:
    """Return the columns of a row-wise dataset by their names."""
    names = [name for name, _ in json.loads(text_of(dataset, "columns"))]
    rows = np.asarray(dataset[:n_rows], dtype=np.float64)
    return {name: rows[:, k] for k, name in enumerate(names)}


def axes(name: str, n_dims: int) -> tuple[str, ...]:
    """Return the names of the dimensions of a parameter."""
    return tuple(f"{name}_{k}" for k in range(n_dims))


def write_arrays(group: h5py.Group, arrays: Mapping[str, Array], units: Mapping[str, str]) -> None:
    """Write arrays of fixed size by name."""
    for name, values in arrays.items():
        add_array(group, name, values, unit=units[name], dims=axes(name, np.ndim(values)))
