"""The shard is the unit of computation: equal parts of a batch, of a fixed number at most.

How a batch divides into shards depends on its size alone, so that results are the same bits
on any number of workers.
"""

import functools
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from threadpoolctl import ThreadpoolController

from ebana_core.arrays import Array

SHARD = 256
"""Samples per shard at most."""


@functools.cache
def _controller() -> ThreadpoolController:
    return ThreadpoolController()


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """Keep BLAS on one thread: two threads change bits and stall on small products.

    PyTorch, where a device of its was asked for, brings a BLAS of its own.
    """
    torch = sys.modules.get("torch")
    n_threads = torch.get_num_threads() if torch else 1
    with _controller().limit(limits=1, user_api="blas"):
        try:
            if torch and n_threads > 1:
                torch.set_num_threads(1)
            yield
        finally:
            if torch and n_threads > 1:
                torch.set_num_threads(n_threads)


def shards(n_samples: int, size: int = SHARD) -> Iterator[slice]:
    """Yield the samples of each shard: as few as there can be, and of equal size to within one.

    The last one would otherwise be short, and all workers but one would wait for a long one.
    """
    n_shards = -(-n_samples // size)
    for k in range(n_shards):
        yield slice(k * n_samples // n_shards, (k + 1) * n_samples // n_shards)


def rows(arrays: Mapping[str, Array], part: slice) -> dict[str, Array]:
    """Return the same samples of every array."""
    return {name: array[part] for name, array in arrays.items()}
