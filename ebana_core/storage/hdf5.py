"""HDF5 with EBANA's conventions: typed groups, units on every dataset, helpful errors."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ebana_core.arrays import Array
from ebana_core.checking import check_truth
from ebana_core.errors import EbanaError, FormatError, StorageError
from ebana_core.later import Library
from ebana_core.paths import checked_source, checked_target, replacing
from ebana_core.storage.datasets import set_text, text_of
from ebana_core.storage.known import remember_written, what_is_wrong
from ebana_core.storage.layout import RUN, VERSIONS
from ebana_core.storage.lock import FileLock

if TYPE_CHECKING:
    import h5py
else:
    h5py = Library("h5py")

LIBVER = ("v110", "v110")
"""Bounds of the HDF5 release that reads the files: the first whose headers all have checksums and
that reads along; "latest" would shut out all but the release at hand."""

GROUP_VERSION = 1
"""Version of every group within a file."""

BAD_FILE = (OSError, KeyError, RuntimeError, ValueError, TypeError, AttributeError, IndexError)
"""Exceptions that h5py raises on a damaged file."""


def typed_group(parent: h5py.Group, name: str, kind: str) -> h5py.Group:
    """Create a group that tells its type and version."""
    group = parent.create_group(name)
    mark(group, kind)
    return group


def mark(group: h5py.Group, kind: str) -> None:
    """Give a group (or a file) its type and version."""
    set_text(group, "type", kind)
    group.attrs["version"] = VERSIONS[kind][1] if kind in VERSIONS else GROUP_VERSION


@contextmanager
def new_file(
    path: str | os.PathLike[str], *, replaces_runs: bool = False, is_new: bool = False
) -> Iterator[h5py.File]:
    """Write a file under another name and let it take its place when it is whole.

    Args:
        path: Of the file.
        replaces_runs: Whether the user said that a recorded training may go.
        is_new: Refuse to replace any file, also one that came while this one was written.

    Raises:
        StorageError: It cannot be written, or a run is there; what stood at `path` is untouched.
    """
    target = checked_target(path)
    _require_replaceable(target, replaces_runs=replaces_runs)
    with replacing(path, is_new=is_new) as partial:
        with h5py.File(partial, "w", libver=LIBVER) as file:
            yield file
        _require_replaceable(target, replaces_runs=replaces_runs)
    remember_written(target)


def _require_replaceable(target: Path, *, replaces_runs: bool) -> None:
    """Refuse to let a file take the place of one that a fit writes, or that holds a run.

    Asked before it is written, and again when it is whole: a fit may have begun in between.
    """
    if not target.is_file():
        return
    FileLock.require_free(target)
    if not replaces_runs and _is_run(target):
        raise StorageError(
            f"{target} holds a recorded training.",
            "choose another name, or delete that file first",
        )


def close_quietly(file: h5py.File) -> None:
    """Close a file whose fault was told already, such as a full disk."""
    with suppress(OSError, RuntimeError):
        file.close()


def _is_run(path: os.PathLike[str]) -> bool:
    try:
        with h5py.File(path, "r") as file:
            return text_of(file, "type") == RUN
    except BAD_FILE:  # something else
        return False


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
    check_truth(probe, "probe")
    source = checked_source(path)
    with reading(path):
        if not source.stat().st_size:
            raise StorageError(
                f"{os.fspath(path)} is empty: who began it was ended, or found the disk full.",
                "delete it, and begin anew",
            )
        wrong = what_is_wrong(source) if probe else ""
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


def read_arrays(group: h5py.Group, bank: int | None = None) -> dict[str, Array]:
    """Return the float64 arrays of a group by name, or one of their banks."""
    place = () if bank is None else bank
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
