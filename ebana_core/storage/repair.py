"""Repair of a damaged run file: what can be read of it, as a new one."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import attrs

from ebana_core.errors import FormatError, StorageError
from ebana_core.later import Library
from ebana_core.paths import partial_path
from ebana_core.storage.copying import committed, copy_committed
from ebana_core.storage.hdf5 import new_file, open_checked
from ebana_core.storage.layout import RUN

if TYPE_CHECKING:
    import h5py
else:
    h5py = Library("h5py")

MARGIN = 1 << 26
"""Bytes added to a file that a full disk cut; they take no place."""


@attrs.frozen
class Repair:
    """The outcome of a repair.

    Args:
        n_epochs: Epochs in the new file.
        lost: Places of arrays that could not be read.
    """

    n_epochs: int
    lost: Sequence[str]


def repair(path: str | os.PathLike[str], out: str | os.PathLike[str]) -> Repair:
    """Write what can be read of a run to a new file; the old one is left as it is.

    Raises:
        StorageError: Nothing can be read, or the new file exists or cannot be written.
    """
    source, target = Path(path), Path(out)
    if target.exists():
        raise StorageError(f"{target} exists.", "choose another name")
    padded = partial_path(target.with_name(f"{target.name}.padded"))
    try:
        try:
            shutil.copyfile(source, padded)
            os.truncate(padded, padded.stat().st_size + MARGIN)
        except OSError as error:
            raise StorageError(
                f"{source} cannot be copied: {error}.", "check both paths, and free disk space"
            ) from error
        lost: list[str] = []
        with _opened(padded, source) as file, new_file(target, is_new=True) as copy:
            found = committed(file, source)
            copy_committed(file, copy, found, lost)
        return Repair(found.epochs, tuple(lost))
    finally:
        padded.unlink(missing_ok=True)


def _opened(padded: Path, source: Path) -> h5py.File:
    """Open the copy; what is wrong with it is wrong with its source.

    Raises:
        StorageError: Nothing of the source can be read.
    """
    try:
        return open_checked(padded, (RUN,))
    except (StorageError, FormatError) as error:
        raise type(error)(
            error.problem.replace(str(padded), str(source)),
            "give a file that holds a run: of this one nothing can be saved",
        ) from error
