"""Files that need no looking through: this process wrote them, or did look through them.

That is known of a file as long as it is the same one, of the same length, that nobody wrote since.
"""

import os
import time
from pathlib import Path

from ebana_core.storage.lock import FileLock
from ebana_core.storage.probe import examine

Stamp = tuple[int, int, int]
"""Length and times of the last change of content and of status, bytes and ns."""

_KNOWN: dict[tuple[int, int], Stamp] = {}
"""Device and number of the files that are known, for the whole process."""

TICK = 2_000_000_000
"""Coarsest step in which file systems count time, ns (that of FAT)."""
ROUND = 1_000
"""Step in which they all store a time that they are told, ns, but those that count coarsely."""


def what_is_wrong(path: Path) -> str:
    """Return what is wrong with a file, in a few words; empty: nothing.

    It is looked through in a process of its own, which takes a tenth of a second, unless it is
    known or this process is writing it.
    """
    if FileLock.is_written_here(path):
        return ""
    before = os.stat(path)
    if _KNOWN.get(_number(before)) == _stamp(before):
        return ""
    wrong = examine(path)
    # A change within the step in which time is counted would go unseen.
    if not wrong and time.time_ns() - max(before.st_mtime_ns, before.st_ctime_ns) > TICK:
        _KNOWN[_number(before)] = _stamp(before)
    return wrong


def remember_written(path: Path) -> None:
    """Note that this process wrote a file and closed it just now.

    The file is told a time of change that is finer than what file systems count in, so that a
    change right afterwards shows.
    """
    now = time.time_ns() // ROUND * ROUND
    try:
        os.utime(path, ns=(now, now))
        after = os.stat(path)
    except OSError:  # it is gone already, or is another's: then it is looked through
        return
    if after.st_mtime_ns == now:
        _KNOWN[_number(after)] = _stamp(after)


def _number(status: os.stat_result) -> tuple[int, int]:
    return status.st_dev, status.st_ino


def _stamp(status: os.stat_result) -> Stamp:
    return status.st_size, status.st_mtime_ns, status.st_ctime_ns
