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
from ebana_core.storage.layout import SLOTS, VERSIONS
from ebana_core.storage.probe import examine

LIBVER = ("v110", "v110")
"""Bounds of the HDF5 release that reads the files: the first whose headers all have checksums and
that reads along; "latest" would shut out all but the release at hand."""

COMPRESS_BYTES = 64 * 1024
"""Arrays above this size are compressed."""

CHUNK_BYTES = 1 << 20
"""Largest piece in which an array is stored: HDF5 caches no larger one, and takes none of 4 GiB."""

ROW_BYTES, MOST_ROWS, FEW_ROWS = 64, 1024, 64
"""Rows stored as one piece at most: many of single numbers, few of what is larger, so that a run
of a few epochs is no megabytes of empty pieces."""

GROUP_VERSION = 1
"""Of every group that is no file's root."""

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
    group.attrs["version"] = VERSIONS[kind][1] if kind in VERSIONS else GROUP_VERSION


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
    return _growing(group, name, shape, unit, dims, **_filters(size))


def add_rows(
    group: h5py.Group, name: str, shape: tuple[int, ...], *, unit: str, dims: Sequence[str]
) -> h5py.Dataset:
    """Create an empty float64 dataset whose rows are written again and again; not compressed."""
    return _growing(group, name, shape, unit, dims, fletcher32=True)


def _growing(
    group: h5py.Group,
    name: str,
    shape: tuple[int, ...],
    unit: str,
    dims: Sequence[str],
    **filters: Any,
) -> h5py.Dataset:
    size = 8 * int(np.prod(shape))
    most = MOST_ROWS if size < ROW_BYTES else FEW_ROWS
    rows = max(1, min(most, COMPRESS_BYTES // max(size, 1)))
    dataset = group.create_dataset(
        name,
        shape=(0, *shape),
        maxshape=(None, *shape),
        chunks=(rows, *_piece(shape)),
        dtype=np.float64,
        **filters,
    )
    describe(dataset, unit, dims)
    return dataset


def _piece(shape: tuple[int, ...]) -> tuple[int, ...]:
    """Return the shape of the pieces in which an array of this shape is stored."""
    piece = [max(1, n) for n in shape]
    for axis in range(len(piece)):
        others = 8 * int(np.prod(piece)) // piece[axis]
        piece[axis] = min(piece[axis], max(1, CHUNK_BYTES // others))
    return tuple(piece)


def add_slots(
    group: h5py.Group,
    name: str,
    shape: tuple[int, ...],
    *,
    unit: str,
    dims: Sequence[str] = (),
    dtype: Any = np.float64,
) -> h5py.Dataset:
    """Create slots for an array that is written again and again; not compressed.

    A slot is rewritten where it stands, which needs a size that does not change. They take no
    place before `write_slot`.
    """
    dataset = group.create_dataset(
        name,
        shape=(0, *shape),
        maxshape=(SLOTS, *shape),
        chunks=(1, *_piece(shape)),
        dtype=dtype,
        fletcher32=True,
    )
    describe(dataset, unit, ("slot", *dims))
    return dataset


def write_slot(dataset: h5py.Dataset, slot: int, values: Any) -> None:
    """Write one of the slots of an array."""
    if not dataset.shape[0]:
        dataset.resize(SLOTS, axis=0)
    dataset[slot] = values


def write_rows(dataset: h5py.Dataset, first: int, values: Array) -> None:
    """Write rows of a dataset of `add_rows`, which grows where they end beyond it."""
    if dataset.shape[0] < first + len(values):
        dataset.resize(first + len(values), axis=0)
    if len(values):
        dataset[first : first + len(values)] = values


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
    return target.with_name(f".{target.name}.{os.getpid()}.partial")


@contextmanager
def new_file(path: str | os.PathLike[str]) -> Iterator[h5py.File]:
    """Write a file under another name and let it take its place when it is whole.

    Raises:
        StorageError: It cannot be written; what stood at `path` is untouched.
    """
    target = Path(path)
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
    if not os.path.exists(path):
        raise StorageError(
            f"{os.fspath(path)} does not exist.", "give the path of an existing file"
        )
    wrong = examine(path) if probe else ""
    if "unable to lock file" in wrong:
        raise StorageError(
            f"{os.fspath(path)} is open for writing, in this process or another.",
            "close it there first: a file that is being changed cannot be read",
        )
    if wrong:
        raise StorageError(
            f"{os.fspath(path)} cannot be read: {wrong}.",
            "check that it is a whole HDF5 file; `ebana runs repair` saves what can be read",
        )
    with reading(path):
        file = _opened(path)
        try:
            _check_kind(file, path, kinds)
        except BaseException:
            file.close()
            raise
        return file


def _opened(path: str | os.PathLike[str]) -> h5py.File:
    """Open a file for reading along, or as this process holds it open already."""
    try:
        return h5py.File(path, "r", swmr=True)
    except OSError as error:
        if "SWMR read access flag" not in str(error):
            raise
        return h5py.File(path, "r")


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
    oldest, newest = VERSIONS[found]
    if not oldest <= int(version) <= newest:
        raise FormatError(
            f"{os.fspath(path)} has format version {version}; this ebana reads "
            f"{'version' if oldest == newest else f'versions {oldest} to'} {newest}.",
            "use the ebana that wrote it" if int(version) < oldest else "update ebana",
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
