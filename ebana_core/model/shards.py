"""The shard is the unit of computation: a fixed number of samples, the last one padded.

Results are then the same bits however a batch is divided among workers.
"""

import functools
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from typing import Any

import numpy as np
from threadpoolctl import ThreadpoolController

from ebana_core.arrays import Array
from ebana_core.backends.backend import OperatingPoints, Simulator

SHARD = 256
"""Samples per shard; fewer where a training batch is smaller."""


@functools.cache
def _controller() -> ThreadpoolController:
    return ThreadpoolController()


def one_blas_thread() -> AbstractContextManager[Any]:
    """Keep BLAS on one thread: two threads change bits and stall on small products."""
    return _controller().limit(limits=1, user_api="blas")


def shard_bounds(n_samples: int, size: int) -> Iterator[tuple[int, int]]:
    """Yield first and last (exclusive) sample of each shard."""
    for first in range(0, n_samples, size):
        yield first, min(first + size, n_samples)


def padded(
    arrays: Mapping[str, Array], first: int, last: int, size: int
) -> dict[str, Array]:
    """Return samples first to last of every array, padded by repeating the last one."""
    if first + size <= last:
        return {name: array[first : first + size] for name, array in arrays.items()}
    index = np.minimum(np.arange(first, first + size), last - 1)
    return {name: array[index] for name, array in arrays.items()}


def solve_free(
    simulator: Simulator, parameters: Mapping[str, Array], inputs: Mapping[str, Array], n: int
) -> Iterator[OperatingPoints]:
    """Yield the free operating points of `n` samples, shard by shard, without padding."""
    for first, last in shard_bounds(n, SHARD):
        points = simulator.operating_points(parameters, padded(inputs, first, last, SHARD))
        yield points.rows(0, last - first)
