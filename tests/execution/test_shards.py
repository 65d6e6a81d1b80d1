"""BLAS computes on one thread while anybody solves, and on as many as before after that."""

from threadpoolctl import threadpool_info, threadpool_limits

from ebana_core.execution.shards import one_blas_thread


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
