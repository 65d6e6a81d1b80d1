"""Batches are cut evenly, and BLAS computes on one thread while anybody solves."""

import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from ebana_core.execution.shards import SHARD, largest_shard, one_blas_thread, shards


@pytest.mark.parametrize("n_samples", [1, SHARD - 1, SHARD, SHARD + 1, 360, 700, 60_000])
def test_shards_are_few_and_even_and_hold_every_sample_once(n_samples: int) -> None:
    parts = list(shards(n_samples))
    assert [k for part in parts for k in range(n_samples)[part]] == list(range(n_samples))
    lengths = [part.stop - part.start for part in parts]
    assert (len(parts) - 1) * SHARD < n_samples
    assert max(lengths) == largest_shard(n_samples) <= SHARD
    assert max(lengths) - min(lengths) <= 1


def n_threads() -> set[int]:
    return {pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"}


def test_blas_stays_on_one_thread_until_the_last_one_is_done() -> None:
    """Two fits in threads of one process overlap, and none encloses the other."""
    with threadpool_limits(2, user_api="blas"):
        first, second = one_blas_thread(), one_blas_thread()
        first.__enter__()
        second.__enter__()
        assert n_threads() == {1}
        first.__exit__(None, None, None)
        assert n_threads() == {1}
        second.__exit__(None, None, None)
        assert n_threads() == {2}
        with one_blas_thread():
            assert n_threads() == {1}
        assert n_threads() == {2}
