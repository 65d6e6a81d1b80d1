"""The shard is the unit of computation: equal parts of a batch, of a fixed number at most.

How a batch divides into shards depends on its size alone, so that results are the same bits
on any number of workers.
"""

import functools
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import final

from threadpoolctl import ThreadpoolController

from ebana_core.arrays import Array
from ebana_core.backends.turns import turn

SHARD = 256
"""Samples per shard at most."""


@final
class _OneThread:
    """Keeps BLAS on one thread while anybody needs it.

    The limit holds for the whole process. Two fits in threads of one process may overlap: the first
    one sets the limit, and the last one to end, whichever it is, lifts it.
    """

    def __init__(self) -> None:
        # A fork waits for this lock: held by another thread, it would stay locked in the child.
        self._lock, self._n_holders = turn(), 0
        self._limits, self._holds_torch = ExitStack(), False

    def take(self) -> None:
        with self._lock:
            if not self._n_holders:
                self._limits.enter_context(_controller().limit(limits=1, user_api="blas"))
            # PyTorch, where a device of its was asked for, brings a BLAS of its own.
            torch = sys.modules.get("torch")
            if torch and not self._holds_torch:
                self._limits.callback(torch.set_num_threads, torch.get_num_threads())
                torch.set_num_threads(1)
                self._holds_torch = True
            self._n_holders += 1

    def leave(self) -> None:
        with self._lock:
            self._n_holders -= 1
            if not self._n_holders:
                self._limits.close()
                self._holds_torch = False


_ONE_THREAD = _OneThread()


@functools.cache
def _controller() -> ThreadpoolController:
    return ThreadpoolController()


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """Keep BLAS on one thread: two threads change bits and stall on small products."""
    _ONE_THREAD.take()
    try:
        yield
    finally:
        _ONE_THREAD.leave()


def shards(n_samples: int, size: int = SHARD) -> Iterator[slice]:
    """Yield the samples of each shard: as few as there can be, and of equal size to within one.

    The last one would otherwise be short, and all workers but one would wait for a long one.
    """
    n_shards = -(-n_samples // size)
    for k in range(n_shards):
        yield slice(k * n_samples // n_shards, (k + 1) * n_samples // n_shards)


def largest_shard(n_samples: int, size: int = SHARD) -> int:
    """Return the samples of the largest shard of a batch of one sample or more."""
    n_shards = -(-n_samples // size)
    return -(-n_samples // n_shards)


def rows(arrays: Mapping[str, Array], part: slice) -> dict[str, Array]:
    """Return the same samples of every array."""
    return {name: array[part] for name, array in arrays.items()}
