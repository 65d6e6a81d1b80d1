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


def lock_at_once(number: int) -> None:
    """Keep an open file, on Windows its first byte, from other processes until it is closed.

    The lock of a killed process is gone with it. Other threads of this process are not kept away.

    Raises:
        OSError: Another process has it, or this system knows no locks.
    """
    if fcntl is not None:
        fcntl.lockf(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
    elif msvcrt is not None:
        msvcrt.locking(number, msvcrt.LK_NBLCK, 1)
    else:
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))
