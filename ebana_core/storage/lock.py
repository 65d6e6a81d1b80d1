"""Who writes a run file: a lock that readers do not meet."""

import os
from pathlib import Path
from typing import ClassVar, final

from ebana_core.errors import StorageError

try:
    import fcntl
except ImportError:  # not on Windows: the file system itself refuses a second writer there
    fcntl = None  # type: ignore[assignment]  # mypy knows the name as a module


@final
class FileLock:
    """Marks a file as being written until this process ends or releases it.

    A record lock of POSIX: HDF5's own locks are of another kind, and the lock of a killed
    process is gone with it, also where its workers live on. It does not keep other threads of
    this process away, and is lost where one of them opens and closes the file; hence the list of
    what this process writes.
    """

    _written: ClassVar[set[tuple[int, int, int]]] = set()
    """Process, device and number of the files: a forked process writes none of its parent's."""

    def __init__(self, path: Path) -> None:
        self._path, self._key = path, _key(path)
        if self._key in self._written:
            raise StorageError(
                f"{path} is being written by another fit of this process.",
                "wait until its run ends, or choose another name",
            )
        self._number = os.open(path, os.O_RDWR)
        try:
            self.renew()
        except BaseException:
            os.close(self._number)
            raise
        self._written.add(self._key)

    def renew(self) -> None:
        """Lock again: the lock is lost where this process closes the file after reading it.

        Raises:
            StorageError: Another process has it.
        """
        _lock(self._number, self._path)

    def holds(self, path: Path) -> bool:
        """Tell whether `path` is still the file that was locked, whatever its name was then."""
        try:
            return os.path.samestat(os.stat(path), os.fstat(self._number))
        except OSError:
            return False

    def release(self) -> None:
        """Let others write."""
        self._written.discard(self._key)
        os.close(self._number)

    @classmethod
    def require_free(cls, path: Path) -> None:
        """Refuse a file that another process or fit writes.

        Raises:
            StorageError: It is written, or may not be.
        """
        try:
            lock = cls(path)
        except StorageError:
            raise
        except OSError as error:
            raise StorageError(
                f"{path} cannot be written: {error}.", "choose a file that you may write to"
            ) from error
        lock.release()


def _key(path: Path) -> tuple[int, int, int]:
    status = os.stat(path)
    return os.getpid(), status.st_dev, status.st_ino


def _lock(number: int, path: Path) -> None:
    if fcntl is None:
        return
    try:
        fcntl.lockf(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        raise StorageError(
            f"{path} is being written by another process.",
            "wait until its run ends, or choose another name",
        ) from error
