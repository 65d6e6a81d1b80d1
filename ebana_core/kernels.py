"""Kernels: functions that numba compiles, once for all processes that begin together.

What is compiled is kept beside the source, or where ``NUMBA_CACHE_DIR`` says. Processes that start
on a fresh installation would all compile the same, seconds for each kernel; here one does, and the
others wait for it and load what it made.
"""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any, TypeVar

import numba
from numba.core.compiler_lock import global_compiler_lock

from ebana_core.system_locks import lock_at_once

Function = TypeVar("Function", bound=Callable[..., Any])

PATIENCE = 120.0
"""Longest wait for another process, s; who waited that long compiles for itself."""
_LEFT = ContextVar("left", default=PATIENCE)
"""What is left of that for the kernels that the one calls which is compiled, s: a process that
stands still holds the locks of all of them."""
PAUSE = 0.02
"""Time between two looks at a lock, s: a kernel takes a hundred times as long."""


def kernel(**options: Any) -> Callable[[Function], Function]:
    """Return a decorator that compiles a function with numba when it is first called.

    Args:
        options: Those of `numba.njit`; what is compiled is always kept.
    """

    def compiled(function: Function) -> Function:
        dispatcher = numba.njit(cache=True, **options)(function)
        if dispatcher is function:  # ``NUMBA_DISABLE_JIT`` is set
            return function
        dispatcher.compile = _in_turn(dispatcher)
        return dispatcher

    return compiled


def _in_turn(dispatcher: Any) -> Callable[[Any], Any]:
    """Return the dispatcher's ``compile`` for one process after the other.

    It looks for what is kept before it compiles, so that who comes second finds it. A kernel waits
    for those that it calls, never the other way round, so that no two processes wait for each
    other; numba's own lock comes first, so that no two threads of a process do.
    """
    compiled = dispatcher.compile

    def compile_in_turn(signature: Any) -> Any:
        with global_compiler_lock:
            began, patience = time.monotonic(), _LEFT.get()
            with turn(_lock_of(dispatcher), patience=patience):
                token = _LEFT.set(max(0.0, patience - (time.monotonic() - began)))
                try:
                    return compiled(signature)
                finally:
                    _LEFT.reset(token)

    return compile_in_turn


def _lock_of(dispatcher: Any) -> Path:
    """Return the file that processes lock while they compile a kernel: beside what is kept."""
    code = dispatcher.py_func.__code__
    name = f"{Path(code.co_filename).stem}.{code.co_name}-{code.co_firstlineno}.lock"
    return Path(dispatcher.stats.cache_path) / name


@contextmanager
def turn(file: Path, *, patience: float = PATIENCE) -> Iterator[bool]:
    """Hold a file while no other process does; the system takes it from one that is killed.

    Threads of one process do not keep each other away.

    Args:
        file: Made where it is missing, and left there: who took it away would part those who wait.
        patience: Longest wait, s.

    Yields:
        Whether the file is held: not where nothing can be written or locked, or after `patience`.
    """
    number = _opened(file)
    if number is None:
        yield False
        return
    try:
        yield _locked(number, patience)
    finally:
        os.close(number)


def _opened(file: Path) -> int | None:
    """Open a file to lock; None: in a folder that nobody may write in, nothing is kept either."""
    try:
        return os.open(file, os.O_RDWR | os.O_CREAT, 0o666)
    except OSError:
        return None


def _locked(number: int, patience: float) -> bool:
    """Lock an open file, and tell whether it is."""
    end = time.monotonic() + patience
    while True:
        try:
            lock_at_once(number)
            return True
        except BlockingIOError:
            if time.monotonic() >= end:
                return False  # its holder stands still
        except OSError:
            return False  # this file system knows no locks
        time.sleep(PAUSE)
