"""Datasets with EBANA's conventions: units, names of dimensions, checksums, pieces of fair size."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ebana_core.arrays import Array
from ebana_core.errors import FormatError
from ebana_core.later import Library
from ebana_core.storage.layout import BANKS

if TYPE_CHECKING:
    import h5py
else:
    h5py = Library("h5py")

COMPRESS_BYTES = 64 * 1024
"""Arrays above this size are compressed."""

CHUNK_BYTES = 1 << 20
"""Largest piece in which an array is stored: HDF5 caches no larger one, and takes none of 4 GiB."""

ROW_BYTES, MOST_ROWS, FEW_ROWS = 64, 1024, 64
"""Rows stored as one piece at most: many of single numbers, few of what is larger, so that a run
of a few epochs does not hold megabytes of empty pieces."""


def set_text(item: h5py.Group | h5py.Dataset, name: str, text: str) -> None:
    """Write a text attribute of fixed length: it lies in the header, which has a checksum."""
    item.attrs[name] = np.bytes_(text.encode())


def text_of(item: h5py.Group | h5py.Dataset, name: str) -> str:
    """Return a text attribute.

    Raises:
        KeyError: There is none.
        FormatError: Its length varies, as h5py writes a ``str``.
        ValueError: It is not text.
    """
    value = item.attrs[name]
    if isinstance(value, str):
        # Such a text lies apart from the header, where no checksum covers it.
        raise FormatError(
            f"{item.file.filename}:{item.name} has the attribute {name}={value!r}, a text of "
            "variable length.",
            f"write texts of fixed length, attrs[{name!r}] = numpy.bytes_({value!r}) in h5py",
        )
    if not isinstance(value, bytes):
        raise ValueError(f"attribute {name} of {item.name} is {value!r}")
    return value.decode()


def dims_of(dataset: h5py.Dataset) -> tuple[str, ...]:
    """Return the names of the dimensions of a dataset."""
    return tuple(name.decode() for name in dataset.attrs["dims"])


def axes(name: str, n_dims: int) -> tuple[str, ...]:
    """Return the names of the dimensions of a parameter."""
    return tuple(f"{name}_{k}" for k in range(n_dims))


def write_arrays(group: h5py.Group, arrays: Mapping[str, Array], units: Mapping[str, str]) -> None:
    """Write arrays of fixed size by name."""
    for name, values in arrays.items():
        add_array(group, name, values, unit=units[name], dims=axes(name, np.ndim(values)))


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


def add_banks(
    group: h5py.Group,
    name: str,
    shape: tuple[int, ...],
    *,
    unit: str,
    dims: Sequence[str] = (),
    dtype: Any = np.float64,
) -> h5py.Dataset:
    """Create banks for an array that is written again and again; not compressed.

    A bank is rewritten where it stands, which needs a size that does not change. They take no
    place before `write_bank`.
    """
    dataset = group.create_dataset(
        name,
        shape=(0, *shape),
        maxshape=(BANKS, *shape),
        chunks=(1, *_piece(shape)),
        dtype=dtype,
        fletcher32=True,
    )
    describe(dataset, unit, ("bank", *dims))
    return dataset


def write_bank(dataset: h5py.Dataset, bank: int, values: Any) -> None:
    """Write one of the banks of an array."""
    if not dataset.shape[0]:
        dataset.resize(BANKS, axis=0)
    dataset[bank] = values


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
    # Shuffled, bytes of equal weight stand side by side, which gzip packs better.
    return {"fletcher32": True, "compression": "gzip", "compression_opts": 1, "shuffle": True}


def describe(dataset: h5py.Dataset, unit: str, dims: Sequence[str]) -> None:
    """Give a dataset its unit and the names of its dimensions."""
    set_text(dataset, "unit", unit)
    dataset.attrs["dims"] = np.array([name.encode() for name in dims], dtype=np.bytes_)
