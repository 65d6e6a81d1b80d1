"""Tells whether files still hold what they held when they were read."""

import os
import stat
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import attrs

from ebana_core.errors import StorageError
from ebana_core.spice.files import found_beside, read_bytes

SETTLED = 4.0
"""Seconds, more than the unit of time of any file system: a change that comes this long after the
last one gives a file another time stamp."""


@attrs.frozen
class Stamp:
    """The record of a file in its file system; nobody can set the time of the last change."""

    device: int
    inode: int
    size: int
    modified: int
    changed: int


@attrs.define(eq=False)
class Watch:
    """One file.

    Args:
        path: Its path.
        digest: Of what it held when it was read.
        clock: Seconds, which only grow.
    """

    path: str
    digest: bytes
    clock: Callable[[], float]
    _stamp: Stamp | None = None
    _since: float = 0.0
    _is_settled: bool = False

    def is_same(self) -> bool:
        """Tell whether the file holds what it held.

        It is read again until it was found unchanged `SETTLED` seconds after its stamp was first
        seen: by then every change would give it another one, whatever the system's clock says.
        """
        now = self.clock()
        try:
            stamp = stamp_of(self.path)
            if stamp == self._stamp and self._is_settled:
                return True
            is_same = sha256(read_bytes(self.path)).digest() == self.digest
        except StorageError:
            return False
        if stamp != self._stamp:
            self._stamp, self._since, self._is_settled = stamp, now, False
        elif now - self._since > SETTLED:
            self._is_settled = True
        return is_same


def stamp_of(path: str) -> Stamp:
    """Return the stamp of a file; it is opened for that, so that network file systems ask for it.

    Raises:
        StorageError: It cannot be opened, or is not a file.
    """
    try:
        opened = os.open(path, os.O_RDONLY | os.O_NONBLOCK)  # a pipe would wait for ever
        try:
            found = os.fstat(opened)
        finally:
            os.close(opened)
    except (OSError, ValueError) as error:
        raise StorageError(f"The file {path!r} cannot be read: {error}.", "restore it") from error
    if not stat.S_ISREG(found.st_mode):
        raise StorageError(f"{path!r} is not a file.", "restore it")
    return Stamp(found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)


@attrs.frozen
class Meaning:
    """A path as it is written, and the file that it leads to; None: it leads to no file."""

    path: str
    found: Path | None

    def is_same(self) -> bool:
        """Tell whether the path still leads to the same file."""
        return found_beside(Path(self.path)) == self.found
