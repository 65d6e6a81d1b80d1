"""Executors: the same bits on any number of workers, and errors that arrive."""

import multiprocessing
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ebana_core import Model, Run, losses, optimizers
from ebana_core.backends import NativeBackend
from ebana_core.data import BatchGenerator
from ebana_core.errors import ConvergenceError, ParameterError, WorkerError
from ebana_core.layers import CurrentLayer, DenseLayer, InputVoltageLayer
from ebana_core.metrics import Metrics
from ebana_core.rules import EquilibriumPropagation
from tests.support.networks import INITIALIZER
from tests.support.pools import (
    Counting,
    Deadly,
    Failing,
    Holding,
    HoldingLayer,
    executed_data,
    executed_model,
)

N_SAMPLES = 700  # three shards, the last one the longest
LAST_SHARD = 466
RULE = EquilibriumPropagation(1e-8, variant="centered")


def pool(n_workers: int) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(n_workers, mp_context=multiprocessing.get_context("spawn"))


@pytest.fixture(scope="module")
def workers() -> Iterator[ProcessPoolExecutor]:
    with pool(2) as executor:
        yield executor


def fit(executor: Executor | None, **settings: Any) -> tuple[Model, list[float]]:
    model = executed_model()
    history = model.fit(
        BatchGenerator(executed_data(), batch_size=600),
        losses.MSE(0.0),
        optimizers.Adam(model),
        epochs=2,
        rule=RULE,
        test_dataloader=executed_data(300),
        metrics=Metrics(model, verbose=False, save_output_voltages="every"),
        executor=executor,
        **settings,
    )
    scores = [record.validation for record in history]
    return model, history.losses + [score.loss for score in scores if score is not None]


def equal(first: Any, second: Any) -> bool:
    return set(first) == set(second) and all(
        np.array_equal(first[name], second[name]) for name in first
    )


def test_a_fit_gives_the_same_bits_on_any_number_of_workers(
    workers: ProcessPoolExecutor, tmp_path: Path
) -> None:
    serial, losses_seen = fit(None, run=tmp_path / "serial.h5")
    before = executed_model().parameters.snapshot()
    assert not equal(before, serial.parameters.snapshot())
    with pool(1) as one:
        for name, executor in (("one", one), ("two", workers)):
            model, seen = fit(executor, run=tmp_path / f"{name}.h5")
            assert seen == losses_seen
            assert equal(model.parameters.snapshot(), serial.parameters.snapshot())
            with Run.open(tmp_path / "serial.h5") as a, Run.open(tmp_path / f"{name}.h5") as b:
                for phase in ("free", "plus", "minus"):
                    assert np.array_equal(a.voltages(phase), b.voltages(phase))


@pytest.fixture(params=["processes", "threads"])
def executor(request: pytest.FixtureRequest) -> Iterator[Executor]:
    if request.param == "processes":
        yield request.getfixturevalue("workers")
        return
    with ThreadPoolExecutor(4) as threads:
        yield threads


def test_every_method_gives_the_same_bits(executor: Executor) -> None:
    model, samples, loss = executed_model(), executed_data(), losses.MSE(0.0)
    assert equal(model.predict(samples), model.predict(samples, executor=executor))
    ours, theirs = model.evaluate(samples, loss), model.evaluate(samples, loss, executor=executor)
    assert (ours.loss, ours.accuracy) == (theirs.loss, theirs.accuracy)
    assert ours.mean_power == theirs.mean_power
    assert equal(
        model.gradients(samples, loss, RULE),
        model.gradients(samples, loss, RULE, executor=executor),
    )


def test_curves_and_checks_come_from_workers_too(executor: Executor) -> None:
    model, samples, volts = executed_model(), executed_data(300), np.linspace(-1, 1, 300)
    ours, theirs = model.sweep("x[0]", volts), model.sweep("x[0]", volts, executor=executor)
    assert np.array_equal(ours.predictions["y"], theirs.predictions["y"])
    checked = [
        model.check_gradient(samples, RULE, strengths=[1e-7], executor=chosen)
        for chosen in (None, executor)
    ]
    assert repr(checked[0]) == repr(checked[1])
    assert repr(model.diagnose(samples)) == repr(model.diagnose(samples, executor=executor))


def test_operating_points_come_back_whole(executor: Executor) -> None:
    model, inputs = executed_model(), executed_data().inputs
    nudge = {"y": np.full((N_SAMPLES, 2), 1e-9)}
    ours = model.operating_points(inputs, nudge=nudge)
    theirs = model.operating_points(inputs, nudge=nudge, executor=executor)
    assert theirs.compiled is model.network.compiled
    assert np.array_equal(ours.node_voltages, theirs.node_voltages)
    assert ours.change is not None
    assert theirs.change is not None
    assert np.array_equal(ours.change, theirs.change)
    assert np.array_equal(ours.power("d0"), theirs.power("d0"))
    assert theirs.residual <= 1e-12


@pytest.mark.ngspice
def test_ngspice_runs_in_workers(executor: Executor) -> None:
    model, samples = executed_model(), executed_data(300)
    ours = model.predict(samples, "ngspice")["y"]
    theirs = model.predict(samples, "ngspice", executor=executor)["y"]
    assert np.abs(ours - theirs).max() <= 1e-12  # V; ngspice's answers depend on the path to them


class Watched(Executor):
    """Notes what it hands on, and may lose the first few tasks as a cluster does."""

    def __init__(self, inner: Executor, n_lost: int = 0) -> None:
        self.inner, self.n_lost = inner, n_lost
        self.circuits: list[bytes | None] = []

    def submit(self, fn: Callable[..., Any], /, *args: Any, **_: Any) -> Future[Any]:
        self.circuits.append(args[2])
        if self.n_lost:
            self.n_lost -= 1
            lost: Future[Any] = Future()
            lost.cancel()
            lost.set_running_or_notify_cancel()
            return lost
        return self.inner.submit(fn, *args)

    @property
    def n_carried(self) -> int:
        return sum(circuit is not None for circuit in self.circuits)


def test_the_circuit_travels_about_once_per_worker(
    workers: ProcessPoolExecutor, tmp_path: Path
) -> None:
    model, watched = executed_model(), Watched(workers)
    rule = Counting(folder=str(tmp_path), rule=RULE)
    backend = NativeBackend(max_iterations=199)  # no other test's: workers remember circuits
    for _ in range(6):
        model.gradients(executed_data(2000), losses.MSE(0.0), rule, backend, executor=watched)
    files = list(tmp_path.iterdir())
    lines = [file.read_text().splitlines() for file in files]
    assert sum(map(len, lines)) == 6 * 8
    assert [len(set(simulators)) for simulators in lines] == [1] * len(files)
    # A worker may fetch the work meant for the other; then one more circuit is sent.
    assert len(files) <= watched.n_carried <= 6
    assert 0 < watched.n_carried / len(watched.circuits) < 0.15


def test_a_lost_shard_is_sent_again(workers: ProcessPoolExecutor) -> None:
    model, watched = executed_model(), Watched(workers, n_lost=3)
    assert equal(model.predict(executed_data()), model.predict(executed_data(), executor=watched))
    with pytest.raises(WorkerError, match=r"Watched lost the samples 0 to 255 .*CancelledError"):
        model.predict(executed_data(10 * 256), executor=Watched(workers, n_lost=1000))


@pytest.mark.parametrize("place", ["here", "processes"])
def test_an_error_arrives_unchanged_and_says_where_its_samples_begin(
    workers: ProcessPoolExecutor, place: str
) -> None:
    executor = workers if place == "processes" else None
    with pytest.raises(ConvergenceError, match=r"samples \[3\]") as caught:
        executed_model().gradients(
            executed_data(bad=LAST_SHARD + 3), Failing(), RULE, executor=executor
        )
    assert caught.value.fix == "do something"
    assert caught.value.__notes__ == [
        "a note of the loss",
        f"sample 0 of this error is sample {LAST_SHARD} of the batch",
    ]
    if executor is not None:
        assert "in gradient" in str(caught.value.__cause__)


def test_an_error_that_cannot_travel_is_told_and_the_pool_goes_on(
    workers: ProcessPoolExecutor,
) -> None:
    model = executed_model()
    with pytest.raises(WorkerError, match="raised UnreadableError: unreadable"):
        model.gradients(executed_data(bad=3), Failing(kind="other"), RULE, executor=workers)
    model.predict(executed_data(), executor=workers)


def test_what_cannot_be_pickled_is_named(workers: ProcessPoolExecutor) -> None:
    model = executed_model()
    with pytest.raises(WorkerError, match="the loss Holding of output 'y'"):
        model.gradients(executed_data(), Holding(), RULE, executor=workers)
    source = InputVoltageLayer(units=3, name="x")
    dense = DenseLayer(units=4, name="d", initializer=INITIALIZER)(source)
    held = HoldingLayer(name="bad")(dense)
    other = Model(inputs=[source], outputs=[CurrentLayer(name="y")(held)], seed=0)
    with pytest.raises(WorkerError, match="the law HoldingLaw of layer 'bad'"):
        other.predict(executed_data(), executor=workers)


def test_a_worker_that_dies_stops_the_run() -> None:
    loss = Deadly()
    with pool(2) as executor:
        with pytest.raises(WorkerError, match=rf"{LAST_SHARD} to 699.*BrokenProcessPool") as caught:
            executed_model().gradients(executed_data(bad=LAST_SHARD), loss, RULE, executor=executor)
        assert "start a new executor" in caught.value.fix
        with pytest.raises(WorkerError, match="BrokenProcessPool"):
            executed_model().predict(executed_data(), executor=executor)


@pytest.mark.parametrize("wrong", ["processes", 2])
def test_what_is_no_executor_is_refused(wrong: Any) -> None:
    with pytest.raises(ParameterError, match=f"executor is {wrong!r}"):
        executed_model().predict(executed_data(), executor=wrong)


class Idle(Executor):
    """Does the first task, and one that carries a circuit; the others wait for ever."""

    def __init__(self) -> None:
        self.waiting: list[Future[Any]] = []
        self.is_fresh = True

    def submit(self, fn: Callable[..., Any], /, *args: Any, **_: Any) -> Future[Any]:
        future: Future[Any] = Future()
        if self.is_fresh or args[2] is not None:
            self.is_fresh = False
            future.set_result(fn(*args))
        else:
            self.waiting.append(future)
        return future


def test_a_failed_batch_takes_back_what_still_waits() -> None:
    idle = Idle()
    with pytest.raises(ConvergenceError) as caught:
        executed_model().gradients(executed_data(bad=3), Failing(), RULE, executor=idle)
    assert [future.cancelled() for future in idle.waiting] == [True, True]
    assert caught.value.__notes__ == ["a note of the loss"]  # the first shard counts as the batch


class Looking(EquilibriumPropagation):
    """Keeps the samples that it is handed."""

    def run(
        self, simulator: Any, compiled: Any, parameters: Any, samples: Any, trainable: Any
    ) -> Any:
        SEEN.append(samples)
        return super().run(simulator, compiled, parameters, samples, trainable)


SEEN: list[Any] = []


def test_a_rule_looks_at_the_samples_of_the_data_set_without_a_copy() -> None:
    data, loss = executed_data(), losses.MSE(0.0)
    executed_model().gradients(data, loss, Looking(1e-8))
    assert [samples.n_samples for samples in SEEN] == [233, 233, N_SAMPLES - LAST_SHARD]
    for samples in SEEN:
        assert samples.losses["y"] is loss
        assert np.shares_memory(samples.inputs["x"], data.inputs["x"])
        assert np.shares_memory(samples.targets["y"], data.outputs["y"])
