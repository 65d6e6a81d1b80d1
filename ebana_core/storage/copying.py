"""A copy of a run up to a commit: for resuming, for saving, for repair."""

from __future__ import annotations

import os
from datetime import datetime
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from ebana_core.errors import StorageError
from ebana_core.later import Library
from ebana_core.storage.datasets import append, text_of
from ebana_core.storage.hdf5 import BAD_FILE
from ebana_core.storage.layout import PARTIAL, Commit

if TYPE_CHECKING:
    import h5py
else:
    h5py = Library("h5py")


def last_commit(file: h5py.File) -> Commit | None:
    """Return the last whole commit of a run file."""
    return Commit.last_of(np.asarray(file["commits"][()], dtype=np.float64))


def committed(file: h5py.File, path: str | os.PathLike[str]) -> Commit:
    """Return the last commit of a run file; of one whose writer never made one, that of no epoch.

    Raises:
        StorageError: No commit is whole.
    """
    found = last_commit(file)
    if found is None and not file["commits"].shape[0]:
        return Commit(0, 0, 0, 0, datetime.fromisoformat(text_of(file, "started")).timestamp())
    if found is None:
        raise StorageError(
            f"{os.fspath(path)} holds no whole commit.", "start the run anew: overwrite=True"
        )
    return found


def count_rows(file: h5py.File, dataset: h5py.Dataset, commit: Commit) -> int:
    """Return how many rows of a series are committed."""
    rows = text_of(dataset, "rows")
    if rows == "epochs":
        return commit.epochs
    if rows == "batches":
        return commit.batches
    if rows == "commits":
        return int(dataset.shape[0])
    saved = file["saved"][rows.removeprefix("saved:")][()]
    return int((saved[saved > 0] <= commit.epochs).sum())


def copy_committed(
    source: h5py.File, target: h5py.File, commit: Commit, lost: list[str] | None = None
) -> None:
    """Copy a run without what was not committed; its last commit is `commit`.

    Args:
        source: A run file.
        target: An empty file.
        commit: How far to copy.
        lost: Takes the places of recorded arrays that cannot be read; None: that is an error.
    """
    _copy_attributes(source, target)
    _copy_members(source, source, target, commit, lost)
    # Nothing goes on within an epoch without all of its arrays: the copy ends before it.
    if any(place.startswith(f"{PARTIAL}/") for place in lost or ()):
        commit = attrs.evolve(commit, partial_bank=-1, partial_batches=0)
    append(target["commits"], [commit.row])


def _copy_attributes(source: Any, target: Any) -> None:
    for name, value in source.attrs.items():
        target.attrs[name] = value


def _copy_members(
    file: h5py.File,
    source: h5py.Group,
    target: h5py.Group,
    commit: Commit,
    lost: list[str] | None,
) -> None:
    for name, item in source.items():
        if isinstance(item, h5py.Group):
            group = target.create_group(name)
            _copy_attributes(item, group)
            _copy_members(file, item, group, commit, lost)
            continue
        try:
            _copy_dataset(file, source, target, name, commit)
        except BAD_FILE:
            place = f"{source.name}/{name}".strip("/")
            is_partial = place.startswith(f"{PARTIAL}/")
            if lost is None or not (is_partial or "topic" in item.attrs):
                raise
            lost.append(place)
            # What was copied before the error is not whole.
            if name in target:
                del target[name]
            if is_partial:
                _copy_rows(item, target, name, 0)


def _copy_dataset(
    file: h5py.File, source: h5py.Group, target: h5py.Group, name: str, commit: Commit
) -> None:
    item = source[name]
    if "rows" not in item.attrs:
        source.copy(item, target, name)
    else:
        # The copy has one commit, which is appended when all else stands.
        n_rows = 0 if name == "commits" else count_rows(file, item, commit)
        _copy_rows(item, target, name, n_rows)


def _copy_rows(item: h5py.Dataset, target: h5py.Group, name: str, n_rows: int) -> None:
    copy = target.create_dataset(
        name,
        shape=(n_rows, *item.shape[1:]),
        maxshape=item.maxshape,
        chunks=item.chunks,
        dtype=item.dtype,
        compression=item.compression,
        compression_opts=item.compression_opts,
        shuffle=item.shuffle,
        fletcher32=item.fletcher32,
    )
    _copy_attributes(item, copy)
    # Piece by piece, as a recorded array may be larger than memory.
    step = item.chunks[0]
    for first in range(0, n_rows, step):
        part = slice(first, min(first + step, n_rows))
        copy[part] = item[part]
