"""A run file begins: new, in the place of an old one, or as a copy of it to go on with.

Another process may begin the same file at the same moment: one of the two is refused.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from ebana_core.errors import EbanaError, StorageError
from ebana_core.later import Library
from ebana_core.paths import partial_path, put_new
from ebana_core.storage.copying import committed, copy_committed
from ebana_core.storage.hdf5 import LIBVER, close_quietly, open_typed
from ebana_core.storage.header import check_writable, write_header
from ebana_core.storage.layout import RUN
from ebana_core.storage.lock import OPEN_FILES_MOVE, FileLock
from ebana_core.storage.record import RunHeader

if TYPE_CHECKING:
    import h5py
else:
    h5py = Library("h5py")


def begin(
    path: Path, target: Path, header: RunHeader, *, overwrite: bool, since: float | None
) -> tuple[h5py.File, FileLock]:
    """Return a run file in its place, open for one writer and many readers, and its lock.

    Args:
        path: As the user wrote it.
        target: Where it leads to.
        header: What is known at the start.
        overwrite: Replace an existing file.
        since: Time of the commit to go on from, s since 1970, which is the last of the file;
            0: nothing was committed, and there may be no file; None: do not go on.

    Raises:
        StorageError: The file exists and is to be neither replaced nor gone on with, another
            process writes it or went on with it since, or it cannot be created.
    """
    file, old, partial = None, None, partial_path(target)
    try:
        if path.exists():
            if not overwrite and since is None:
                raise _exists(path)
            # Held until the new file stands there: another process that replaced it would lose it.
            old = FileLock.of_old(path)
        file = h5py.File(partial, "w", libver=LIBVER)
        if since is not None and old is not None:
            _go_on(file, path, header, since)
        else:
            write_header(file, header)
        return _put_in_place(file, partial, target, old)
    except BaseException as error:
        if file is not None:
            close_quietly(file)
        partial.unlink(missing_ok=True)
        if isinstance(error, FileExistsError):
            raise (_exists(path) if since is None else _meanwhile(path)) from error
        if isinstance(error, EbanaError) or not isinstance(error, OSError | RuntimeError):
            raise
        raise StorageError(
            f"{path} cannot be created: {error}.",
            "choose an existing folder with free space that you may write to",
        ) from error
    finally:
        if old is not None:
            old.release()


def _exists(path: Path) -> StorageError:
    return StorageError(
        f"{path} exists.",
        "choose another name, pass overwrite=True to replace it, or resume=True",
    )


def _meanwhile(path: Path) -> StorageError:
    return StorageError(
        f"{path} was written by another process in the meantime.",
        "see that one process writes it, and fit again: resume=True goes on from where it ended",
    )


def _go_on(file: h5py.File, path: Path, header: RunHeader, since: float) -> None:
    """Write the run at `path` up to the commit of `since`, or a new one where there is none.

    What a killed writer left after its last commit is not taken over.

    Raises:
        StorageError: It has another commit since.
        FormatError: It lacks what would be written.
    """
    with open_typed(path, RUN) as source:
        commit = committed(source, path)
        # The model, too, goes on from that commit: a later one would not fit it.
        if (commit.time if commit.has_state else 0.0) != since:
            raise _meanwhile(path)
        if not commit.has_state:
            write_header(file, header)
            return
        check_writable(source, path, header)
        copy_committed(source, file, commit)


def _put_in_place(
    file: h5py.File, partial: Path, target: Path, old: FileLock | None
) -> tuple[h5py.File, FileLock]:
    """Let a new file take its place; return it, and its lock.

    Args:
        file: It, open for writing.
        partial: Where it is.
        target: Where it belongs.
        old: Lock of the file that it replaces; None: there was none.

    Raises:
        FileExistsError: There was none, and now there is.
        StorageError: Another process put a file in the place of the old one.
    """
    if old is not None:
        old.require_still()
    if OPEN_FILES_MOVE:
        file.swmr_mode = True  # before it takes its place: a kill in between lost a run
        lock = FileLock(partial, called=target)
        try:
            _move(partial, target, old)
        except BaseException:
            lock.release()
            raise
        return file, lock
    file.close()
    if old is not None:
        old.release()  # what is open is not replaced, either
    _move(partial, target, old)
    lock = FileLock(target)
    try:
        return _reopened(target), lock
    except BaseException:
        lock.release()
        raise


def _move(partial: Path, target: Path, old: FileLock | None) -> None:
    if old is None:
        put_new(partial, target)
    else:
        partial.replace(target)


def _reopened(path: Path) -> h5py.File:
    """Open a whole file to write on, in single-writer-multiple-readers mode from the first.

    Opened in any other mode, and switched afterwards, a kill in between would lose the file.
    """
    access = h5py.h5p.create(h5py.h5p.FILE_ACCESS)
    access.set_libver_bounds(h5py.h5f.LIBVER_V110, h5py.h5f.LIBVER_V110)
    flags = h5py.h5f.ACC_RDWR | h5py.h5f.ACC_SWMR_WRITE
    return h5py.File(h5py.h5f.open(os.fsencode(path), flags, access))
