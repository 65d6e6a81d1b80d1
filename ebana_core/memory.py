"""How much memory there is, and the refusal of work that needs more."""

import bisect
import os
from collections.abc import Callable
from pathlib import Path

from ebana_core.errors import NotEnoughMemoryError

UNCHECKED = 2**28
"""Bytes that every machine is taken to have: work that needs no more is never refused."""

PER_NUMBER = 8
"""Bytes of a number of double precision."""

_UNITS = ("bytes", "kB", "MB", "GB", "TB", "PB", "EB")


def available_memory() -> int | None:
    """Return how many bytes can be had without swapping; None where the system does not tell.

    On Linux what the kernel says, and what the control group of a container leaves; elsewhere
    all memory of the machine.
    """
    known = [amount for amount in (_of_machine(), of_container()) if amount is not None]
    return min(known, default=None)


def require_memory(needed: int, what: str, fix: str) -> None:
    """Refuse what does not fit.

    Args:
        needed: Bytes.
        what: Subject of the error's sentence.
        fix: What to do instead.

    Raises:
        NotEnoughMemoryError: Less is available; says both.
    """
    available = lacking(needed)
    if available is not None:
        raise _refusal(needed, available, what, fix)


def require_samples(needed: Callable[[int], int], n_samples: int, what: str, advice: str) -> None:
    """Refuse samples that do not fit.

    Args:
        needed: Gives the bytes that some samples need, more for more of them.
        n_samples: How many there are.
        what: Subject of the error's sentence.
        advice: What to do instead, with ``{}`` for the number of samples that fit.

    Raises:
        NotEnoughMemoryError: Less is available; says both, and how many samples fit.
    """
    available = lacking(needed(n_samples))
    if available is None:
        return
    fits = bisect.bisect_right(range(n_samples + 1), available, key=needed) - 1
    nothing = "not even one sample fits: make the network smaller, or use a larger machine"
    fix = advice.format(fits) if fits > 0 else nothing
    raise _refusal(needed(n_samples), available, what, fix)


def lacking(needed: int) -> int | None:
    """Return what is available where it is too little; None where it is enough."""
    if needed <= UNCHECKED:
        return None
    available = available_memory()
    return available if available is not None and needed > available else None


def _refusal(needed: int, available: int, what: str, fix: str) -> NotEnoughMemoryError:
    amounts = f"{in_words(needed)} of memory; {in_words(available)} are available"
    return NotEnoughMemoryError(f"{what} needs about {amounts}.", fix)


def in_words(n_bytes: float) -> str:
    """Return an amount of memory with its unit."""
    unit = 0
    while n_bytes >= 1000 and unit < len(_UNITS) - 1:
        n_bytes, unit = n_bytes / 1000, unit + 1
    return f"{n_bytes:.3g} {_UNITS[unit]}"


def _of_machine() -> int | None:
    try:
        for line in Path("/proc/meminfo").read_text().splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):
        return None


def of_container(root: Path = Path("/sys/fs/cgroup")) -> int | None:
    """Return what a control group leaves; files that it caches can be dropped."""
    for limit, used, cached in (
        ("memory.max", "memory.current", "inactive_file"),
        (
            "memory/memory.limit_in_bytes",
            "memory/memory.usage_in_bytes",
            "total_inactive_file",
        ),
    ):
        try:
            most, taken = int((root / limit).read_text()), int((root / used).read_text())
            lines = (root / used).with_name("memory.stat").read_text().splitlines()
        except (OSError, ValueError):  # no such group, or "max": no limit
            continue
        droppable = sum(int(line.split()[1]) for line in lines if line.split()[0] == cached)
        return max(0, most - taken + droppable)
    return None
