"""Setting up a fit: everything is checked before the first epoch."""

import logging
import os
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from typing import Any

import attrs

from ebana_core.backends.backend import Backend
from ebana_core.callbacks import Callback, CallbackList, ProgressBar
from ebana_core.data import BatchGenerator, DataSet
from ebana_core.errors import ParameterError
from ebana_core.memory import require_samples
from ebana_core.metrics import Metrics
from ebana_core.model.evaluation import check_losses
from ebana_core.model.history import Fit
from ebana_core.model.memory import recording_memory
from ebana_core.model.recording import Recorder, run_header
from ebana_core.model.resuming import find_run, go_on, require_same
from ebana_core.model.simulated import SimulatedModel
from ebana_core.model.task import Task, choose_rule, task_samples
from ebana_core.model.training import train
from ebana_core.optimizers import Optimizer
from ebana_core.registry import Registry, load_registry
from ebana_core.rules import LearningRule

LOGGER = logging.getLogger("ebana")


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
) -> Fit:
    """Train a model; see `Model.fit`."""
    if isinstance(epochs, bool) or not isinstance(epochs, int) or epochs < 1:
        raise ParameterError(f"epochs is {epochs!r}.", "give a whole number of at least 1")
    owner: object = optimizer.model
    if owner is not model:
        raise ParameterError(
            "The optimizer was built for another model.", "build it with the model to fit"
        )
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
    if found is not None:
        require_same(found, header)
        task = attrs.evolve(task, finished=found.n_epochs)
        remembered = found.state["callbacks"]
    recorder = Recorder(task, header, run, overwrite=overwrite or resume, resume=bool(found))
    if found is not None:
        go_on(found, task, history)
    history.attach(recorder.file)
    watching = [*callbacks, *([ProgressBar()] if metrics.verbose else [])]
    train(task, recorder, history, CallbackList(watching), plugins, remembered)
    return history


def _require_memory(task: Task) -> None:
    """Refuse to keep the phases of more samples than fit into memory."""
    metrics, circuit = task.metrics, task.model.network.compiled.circuit
    power = metrics.save_power_params is not None or metrics.save_branch_currents is not None
    if any(policy for topic, policy in metrics.policies.items() if topic != "parameters"):
        require_samples(
            lambda n: recording_memory(circuit, n, power=power),
            task.samples.n_samples,
            f"An epoch of {task.samples.n_samples} samples whose phases are recorded",
            "record neither save_output_voltages nor save_power_params, or train on at most {} "
            "samples",
        )


def _plugins() -> Registry:
    """Return the installed plugins; one that is not right does not watch, which is logged."""
    registry = load_registry()
    for error in registry.failures.values():
        LOGGER.warning("A plugin does not watch this fit. %s", error)
    return registry
