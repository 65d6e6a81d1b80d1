"""A Dask cluster of two worker processes: the same bits, and lives without a killed worker."""

from collections.abc import Iterator
from concurrent.futures import Executor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ebana_core import losses, optimizers
from ebana_core.data import BatchGenerator
from ebana_core.errors import ConvergenceError, ParameterError, WorkerError
from ebana_core.metrics import Metrics
from ebana_core.rules import EquilibriumPropagation
from tests.support.pools import Deadly, Failing, executed_data, executed_model

distributed = pytest.importorskip("distributed", reason="the extra [dask] is not installed")

RULE = EquilibriumPropagation(1e-8)
N_WORKERS = 2
LIMIT = 120.0
"""Longest wait for new workers, s."""


@pytest.fixture(scope="module")
def client() -> Iterator["distributed.Client"]:
    import dask

    # A task may cost one worker before Dask gives it up, not three: restarts take seconds.
    settings = {"distributed.scheduler.allowed-failures": 1}
    with (
        dask.config.set(settings),
        distributed.LocalCluster(
            n_workers=N_WORKERS, threads_per_worker=2, processes=True, dashboard_address=":0"
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        yield client


@pytest.fixture
def executor(client: "distributed.Client") -> Executor:
    # Tests kill workers; without those that are started in their place a task waits for ever.
    client.wait_for_workers(N_WORKERS, timeout=LIMIT)
    return client.get_executor()


def test_a_fit_on_a_cluster_gives_the_same_bits(executor: Executor) -> None:
    results = []
    for chosen in (None, executor):
        model = executed_model()
        history = model.fit(
            BatchGenerator(executed_data(), batch_size=700),
            losses.MSE(0.0),
            optimizers.Adam(model),
            epochs=3,
            rule=RULE,
            metrics=Metrics(model, verbose=False),
            executor=chosen,
        )
        results.append((history.losses, model.parameters.snapshot()))
    (ours, here), (theirs, there) = results
    assert ours == theirs
    assert all(np.array_equal(here[name], there[name]) for name in here)


def test_a_shard_survives_its_worker(executor: Executor, tmp_path: Path) -> None:
    model, samples = executed_model(), executed_data(bad=300)
    mark = tmp_path / "killed"
    there = model.gradients(samples, Deadly(mark=str(mark)), RULE, executor=executor)
    assert mark.exists()
    here = model.gradients(samples, Deadly(mark=str(mark)), RULE)
    assert all(np.array_equal(here[name], there[name]) for name in here)


def test_a_shard_that_kills_every_worker_names_the_last(executor: Executor) -> None:
    with pytest.raises(WorkerError, match=r"233 to 465.*KilledWorker.*tcp://") as caught:
        executed_model().gradients(executed_data(bad=300), Deadly(), RULE, executor=executor)
    assert "memory" in caught.value.fix


def test_a_result_that_is_lost_on_its_way_back_is_an_error(
    client: "distributed.Client", executor: Executor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Dask's own executor tells its future nothing of that, and whoever waits waits for ever."""

    async def lost(*args: Any, **settings: Any) -> Any:
        raise RuntimeError("the worker that held the result is gone")

    monkeypatch.setattr(client, "_gather", lost)
    with pytest.raises(WorkerError, match=r"ClientExecutor lost.*that held the result is gone"):
        executed_model().gradients(executed_data(), losses.MSE(), RULE, executor=executor)


def test_an_error_arrives_with_its_notes(executor: Executor) -> None:
    with pytest.raises(ConvergenceError, match=r"samples \[3\]") as caught:
        executed_model().gradients(executed_data(bad=259), Failing(), RULE, executor=executor)
    assert "a note of the loss" in caught.value.__notes__


def test_a_client_is_told_to_give_its_executor(client: "distributed.Client") -> None:
    with pytest.raises(ParameterError, match="executor is") as caught:
        executed_model().predict(executed_data(), executor=client)  # type: ignore[arg-type]
    assert "get_executor()" in caught.value.fix
