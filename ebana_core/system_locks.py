"""Locks of open files, by what the system has for them."""

import errno
import os
from importlib import import_module
from typing import Any


def _of_system(name: str) -> Any:
    """Return a module that some systems lack; None: this one does."""
    try:
        return import_module(name)
    except ImportError:
        return None


# A browser has neither, and no second process.
fcntl, msvcrt = _of_system("fcntl"), _of_system("msvcrt")


TAKEN = (errno.EAGAIN, errno.EACCES, errno.EDEADLK)
"""What systems say where another process has a lock; any other word is about something else."""


def lock_at_once(number: int, *, is_shared: bool = False) -> None:
    """Keep an open file, on Windows its first byte, from other processes until it is closed.

    The lock of a killed process is gone with it. Other threads of this process are not kept away.

    Args:
        number: Of the open file.
        is_shared: Others may have the same lock, but none of their own. Not on Windows.

    Raises:
        BlockingIOError: Another process has it.
        OSError: This system, or the file system that the file is in, refuses for another reason:
            it knows no locks, say.
    """
    try:
        if fcntl is not None:
            kind = fcntl.LOCK_SH if is_shared else fcntl.LOCK_EX
            fcntl.lockf(number, kind | fcntl.LOCK_NB)
        elif msvcrt is not None:
            msvcrt.locking(number, msvcrt.LK_NBLCK, 1)
        else:
            raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))
    except OSError as error:
        if error.errno in TAKEN:
            raise BlockingIOError(error.errno, os.strerror(error.errno)) from error
        raise
