"""Locks under which threads take turns at a simulator, and for which a fork waits."""

import os
import threading
from typing import Any
from weakref import WeakSet

_LOCKS: "WeakSet[Any]" = WeakSet()
_HELD: list[Any] = []


def turn() -> Any:
    """Return a reentrant lock that no other thread holds while this process forks.

    A forked child has none of the other threads: what one of them had locked would stay locked,
    and what it was changing would stay half changed.
    """
    lock = threading.RLock()
    _LOCKS.add(lock)
    return lock


def _wait() -> None:
    for lock in list(_LOCKS):
        lock.acquire()
        _HELD.append(lock)


def _go_on() -> None:
    while _HELD:
        _HELD.pop().release()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_wait, after_in_parent=_go_on, after_in_child=_go_on)
