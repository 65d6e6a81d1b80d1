"""Setting up a fit: everything is checked before the first epoch."""

import logging
import math
import os
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import contextmanager
from typing import Any

import attrs

from ebana_core.backends import Backend
from ebana_core.callbacks import Callback, CallbackList, ProgressBar
from ebana_core.checking import check_truth, checked_number, checked_whole
from ebana_core.data import BatchGenerator, DataSet
from ebana_core.errors import ParameterError
from ebana_core.execution.evaluation import check_losses
from ebana_core.execution.result_memory import recording_memory
from ebana_core.execution.simulated import SimulatedModel
from ebana_core.memory import require_samples
from ebana_core.metrics import Metrics
from ebana_core.optimizers import Optimizer
from ebana_core.registry import Registry, load_registry
from ebana_core.rules import LearningRule
from ebana_core.training.history import Fit
from ebana_core.training.loop import train
from ebana_core.training.plans import n_stored_batches, recorded_rows, stores
from ebana_core.training.recording import Recorder, run_header
from ebana_core.training.resuming import find_run, go_on, require_same, require_whole
from ebana_core.training.task import Task, check_arguments, choose_rule, task_samples

LOGGER = logging.getLogger("ebana")


@contextmanager
def only_one_fit(training: threading.Lock) -> Iterator[None]:
    """Refuse a second fit of a model while one runs: both would change the same values."""
    if not training.acquire(blocking=False):
        raise ParameterError(
            "The model is being fitted, by another thread or the fit that called this.",
            "wait for that fit, or train another model: Model.load",
        )
    try:
        yield
    finally:
        training.release()


def fit(
    model: SimulatedModel,
    history: Fit,
    batches: BatchGenerator,
    loss_fn: Any,
    optimizer: Optimizer,
    *,
    epochs: int,
    beta: float | None,
    test: BatchGenerator | DataSet | None,
    metrics: Metrics,
    backend: str | Backend,
    rule: LearningRule | None,
    run: str | os.PathLike[str] | None,
    overwrite: bool,
    resume: bool,
    callbacks: Sequence[Callback],
    seed: int,
    executor: Executor | None,
    commit_every: float,
) -> Fit:
    """Train a model; see `Model.fit`."""
    epochs = checked_whole(epochs, "epochs")
    for name, value in (("overwrite", overwrite), ("resume", resume)):
        check_truth(value, name)
    # Infinity is allowed: nothing is committed before the end.
    commit_every = checked_number(
        commit_every, "commit_every", "give a time above 0", above=0.0, at_most=math.inf, unit="s"
    )
    check_arguments(
        model,
        batches=batches,
        optimizer=optimizer,
        test=test,
        metrics=metrics,
        run=run,
        overwrite=overwrite,
        resume=resume,
    )
    # Before a file is begun: what these are must not be found out after it.
    watching = CallbackList([*_listed(callbacks), *([ProgressBar()] if metrics.verbose else [])])
    losses = check_losses(model.network, loss_fn)
    rule = choose_rule(rule, beta, optimizer.beta)
    test_data = test.dataset if isinstance(test, BatchGenerator) else test
    task = Task(
        model=model,
        runner=model.runner(backend, executor),
        batches=batches,
        samples=task_samples(model, batches.dataset, losses),
        test=None if test_data is None else task_samples(model, test_data, losses),
        losses=losses,
        optimizer=optimizer,
        rule=rule,
        metrics=metrics,
        epochs=epochs,
        seed=seed,
    )
    rule.check(model.network.compiled, model.parameters.snapshot())
    _require_memory(task)
    plugins = _plugins()
    header = run_header(task, backend, plugins)
    found = find_run(run) if resume else None
    remembered: Mapping[str, Any] = {}
    partial = None
    if found is not None:
        require_same(found, header)
        task, partial = attrs.evolve(task, finished=found.n_epochs), found.partial
        remembered = (
            found.state["callbacks"] if partial is None else partial.latest.plain["callbacks"]
        )
        require_whole(found, task)
    recorder = Recorder(
        task,
        header,
        run,
        overwrite=overwrite or resume,
        resume=bool(found),
        commit_every=commit_every,
    )
    try:
        if found is not None:
            go_on(found, task, history)
        history.attach(recorder.file)
    except BaseException:
        recorder.close("failed")  # a file that stays open is written for ever
        raise
    train(task, recorder, history, watching, plugins, remembered, partial)
    return history


def _listed(callbacks: object) -> Sequence[Any]:
    return list(callbacks) if isinstance(callbacks, Iterable) else [callbacks]


def _require_memory(task: Task) -> None:
    """Refuse to keep the phases of more samples than fit into memory."""
    metrics, circuit = task.metrics, task.model.network.compiled.circuit
    if not any(policy for topic, policy in metrics.policies.items() if topic != "parameters"):
        return
    power = metrics.save_power_params is not None or metrics.save_branch_currents is not None
    values = task.model.parameters.snapshot() if stores(metrics) else {}
    n_samples, n_batches = len(recorded_rows(task)), n_stored_batches(task)
    require_samples(
        lambda n: recording_memory(circuit, values, n, min(n, n_batches), power=power),
        n_samples,
        f"An epoch of {n_samples} samples whose phases are recorded, with the values of "
        f"{n_batches} batches,",
        "record at most {} samples: Metrics(samples=[...]), or neither voltages, powers nor "
        "currents",
    )


def _plugins() -> Registry:
    """Return the installed plugins; one that is not right does not watch, which is logged."""
    registry = load_registry()
    for error in registry.failures.values():
        LOGGER.warning("A plugin does not watch this fit. %s", error)
    return registry
