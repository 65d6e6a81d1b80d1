"""Who writes a run file: a lock that readers do not meet."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import ClassVar, final

from ebana_core.errors import StorageError
from ebana_core.system_locks import fcntl, lock_at_once, msvcrt

OPEN_FILES_MOVE = fcntl is not None
"""Whether the system renames a file that is open. Windows does not."""

ASKED_TIMES, ASKED_EVERY = 50, 0.02
"""How often and how far apart, s, a lock is asked for that others, too, may only be asking for."""


@final
class FileLock:
    """Marks a file as being written until this process ends or releases it.

    A record lock of POSIX: HDF5's own locks are of another kind, and the lock of a killed
    process is gone with it, also where its workers live on. It does not keep other threads of
    this process away, and is lost where one of them opens and closes the file; hence the list of
    what this process writes.

    On Windows a locked byte of a file beside it, ``.NAME.lock``: what is locked there nobody else
    can read. That lock, too, is gone with its process; the empty file may stay, and does no harm.

    Args:
        path: Of the file.
        called: What errors call it, where it is yet to get its name; None: `path`.

    Raises:
        StorageError: Another process or fit has it, or the file system refuses locks.
        OSError: It cannot be opened.
    """

    _held: ClassVar[dict[tuple[int, int, int], "FileLock"]] = {}
    """Process, device and number of the files to their locks: a forked process has none of its
    parent's."""

    def __init__(self, path: Path, *, called: Path | None = None) -> None:
        self._path, self._called, self._key = path, called or path, _key(path)
        self._number, self._beside = -1, -1
        # One step, so that of two threads one is told.
        if self._held.setdefault(self._key, self) is not self:
            raise _is_written(self._called, "fit of this process")
        try:
            self._number = os.open(path, os.O_RDWR)
            self.renew()
        except BaseException:
            self.release()
            raise

    def renew(self) -> None:
        """Lock again: the lock is lost where this process closes the file after reading it.

        Raises:
            StorageError: Another process has it, or the file system refuses locks.
        """
        with _locking(self._called):
            if fcntl is not None:
                lock_at_once(self._number)
            elif msvcrt is not None and self._beside < 0:
                self._beside = _locked_byte(_beside(self._path))

    def holds(self, path: Path) -> bool:
        """Tell whether `path` is still the file that was locked, whatever its name was then."""
        try:
            return os.path.samestat(os.stat(path), os.fstat(self._number))
        except OSError:
            return False

    def release(self) -> None:
        """Let others write; a lock that was released already is left alone."""
        if self._number >= 0:
            os.close(self._number)  # before others may lock: it would take their lock away
        if self._held.get(self._key) is self:
            del self._held[self._key]
        if self._beside >= 0:
            os.lseek(self._beside, 0, os.SEEK_SET)
            msvcrt.locking(self._beside, msvcrt.LK_UNLCK, 1)
            os.close(self._beside)
            with suppress(OSError):  # another process waits with the file open
                _beside(self._path).unlink()
        self._number, self._beside = -1, -1

    @classmethod
    def is_written_here(cls, path: Path) -> bool:
        """Tell whether a fit of this process writes a file, or is about to go on with it."""
        return _key(path) in cls._held

    @classmethod
    def require_free(cls, path: Path) -> None:
        """Refuse a file that a fit writes, and leave it as free as it was.

        Threads and processes that ask at the same moment do not take one another for a writer.

        Raises:
            StorageError: Another process or fit writes it, it may not be written, or the file
                system refuses locks.
        """
        with _asked_for(path), suppress(FileNotFoundError):  # nobody writes what is gone by now
            if cls.is_written_here(path):
                raise _is_written(path, "fit of this process")
            number = os.open(path, os.O_RDWR)
            try:
                with _locking(path):
                    if fcntl is not None:
                        lock_at_once(number, is_shared=True)
                    elif msvcrt is not None:
                        _ask(_beside(path))
            finally:
                os.close(number)

    @classmethod
    def of_old(cls, path: Path) -> "FileLock":
        """Keep a file from others that is there and is to be replaced.

        Raises:
            StorageError: Another process or fit writes it, it may not be written, or the file
                system refuses locks.
        """
        with _asked_for(path):
            return cls(path)

    def require_still(self) -> None:
        """Refuse to replace another file than the one that was locked.

        Reading it in this process may have unlocked it for a moment.

        Raises:
            StorageError: Another process put its own there, or writes this one.
        """
        self.renew()
        if not self.holds(self._path):
            raise StorageError(
                f"{self._path} was replaced by another process in the meantime.",
                "wait until its run ends, or choose another name",
            )


def _is_written(path: Path, by: str) -> StorageError:
    return StorageError(
        f"{path} is being written by another {by}.",
        "wait until its run ends, or choose another name",
    )


@contextmanager
def _locking(path: Path) -> Iterator[None]:
    """Tell a file that another process has from one that cannot be locked at all."""
    try:
        yield
    except BlockingIOError as error:
        raise _is_written(path, "process") from error
    except OSError as error:
        raise StorageError(
            f"{path} cannot be kept from other processes while it is written: {error}.",
            "choose a folder of your own on a disk of this machine: not every file system in a "
            "network knows locks",
        ) from error


@contextmanager
def _asked_for(path: Path) -> Iterator[None]:
    try:
        yield
    except StorageError:
        raise
    except OSError as error:
        raise StorageError(
            f"{path} cannot be written: {error}.", "choose a file that you may write to"
        ) from error


def _key(path: Path) -> tuple[int, int, int]:
    status = os.stat(path)
    return os.getpid(), status.st_dev, status.st_ino


def _beside(path: Path) -> Path:
    target = Path(os.path.realpath(path))
    return target.with_name(f".{target.name}.lock")


def _ask(path: Path) -> None:
    """Find out whether the byte of a file can be locked; there may be no such file.

    Raises:
        BlockingIOError: Another process has it, and not just to ask the same.
        OSError: It cannot be opened, or not be locked.
    """
    for left in reversed(range(ASKED_TIMES)):
        try:
            os.close(_locked_byte(path, os.O_RDWR))
        except FileNotFoundError:
            return
        except BlockingIOError:
            if not left:
                raise
            time.sleep(ASKED_EVERY)
        else:
            return


def _locked_byte(path: Path, flags: int = os.O_RDWR | os.O_CREAT) -> int:
    """Open a file and lock its first byte, which need not be there; return its number.

    Raises:
        BlockingIOError: Another process has it.
        OSError: It cannot be opened, or not be locked.
    """
    number = os.open(path, flags)
    try:
        lock_at_once(number)
    except BaseException:
        os.close(number)
        raise
    return number
