"""How long the ways may take that are tried where Newton's method alone finds nothing.

Times are those that the thread computes, or more, so that a machine with other work finds the same
points.
"""

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

SECONDS = 4.0
"""Time that all these ways may take together, s."""
SHARE = 3.0
"""Alternatively this multiple of the time that Newton's method took: in large circuits each way
takes long."""

_END: ContextVar[float] = ContextVar("end", default=math.inf)


def begun() -> float:
    """Return when something began, s, for `after`.

    By a clock that every step of training can afford to read: a thread that asks for its own time
    may have to wait for other work of the machine. This clock runs no slower than that one.
    """
    return time.perf_counter()


def after(started: float) -> float:
    """Return how long other ways may take, s, after Newton's method that began then, s."""
    return max(SECONDS, SHARE * (time.perf_counter() - started))


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Let Newton's method give up once this time is over, if it is not over sooner already."""
    token = _END.set(min(_END.get(), time.thread_time() + seconds))
    try:
        yield
    finally:
        _END.reset(token)


def is_over() -> bool:
    """Tell whether the time is over."""
    end = _END.get()
    return end < math.inf and time.thread_time() >= end  # reading that clock takes a microsecond
