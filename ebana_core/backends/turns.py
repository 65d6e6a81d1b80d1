"""Locks under which threads take turns at a simulator, and for which a fork waits."""

import itertools
import os
import threading
from typing import Any
from weakref import WeakKeyDictionary

_NUMBERS = itertools.count()
_LOCKS: "WeakKeyDictionary[Any, int]" = WeakKeyDictionary()
"""Lock to its number. A simulator makes those that it asks in its own turn after itself: a thread
that holds several locks took them in the order of their numbers."""
_HELD: list[Any] = []


def turn() -> Any:
    """Return a reentrant lock that no other thread holds while this process forks.

    A forked child has none of the other threads: what one of them had locked would stay locked,
    and what it was changing would stay half changed.
    """
    lock = threading.RLock()
    _LOCKS[lock] = next(_NUMBERS)
    return lock


def _wait() -> None:
    # In another order this thread and one that solves could wait for each other.
    for lock, _ in sorted(_LOCKS.items(), key=lambda item: item[1]):
        lock.acquire()
        _HELD.append(lock)


def _go_on() -> None:
    while _HELD:
        _HELD.pop().release()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_wait, after_in_parent=_go_on, after_in_child=_go_on)
