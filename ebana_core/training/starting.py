"""The start of a fit whose task is checked: its run file, what that holds already, the loop."""

import logging
import os
from collections.abc import Mapping
from typing import Any

import attrs

from ebana_core.callbacks import CallbackList
from ebana_core.execution.result_memory import recording_memory
from ebana_core.execution.simulated import BackendChoice
from ebana_core.memory import require_samples
from ebana_core.registry import Registry, load_registry
from ebana_core.training.history import Fit
from ebana_core.training.loop import train
from ebana_core.training.recording import Recorder, run_header
from ebana_core.training.resuming import find_run, go_on, require_same, require_whole
from ebana_core.training.saved_arrays import OF_PARAMETERS, n_stored_batches, recorded_rows, stores
from ebana_core.training.task import Task

LOGGER = logging.getLogger("ebana")


@attrs.frozen(kw_only=True)
class RunFileChoice:
    """The run file of a fit.

    Args:
        path: The run file; None: memory.
        overwrite: Replace an existing file.
        resume: Go on with the run of an existing file.
        commit_every: Longest time that a killed fit loses, s.
    """

    path: str | os.PathLike[str] | None
    overwrite: bool
    resume: bool
    commit_every: float


def start(
    task: Task, backend: BackendChoice, choice: RunFileChoice, watching: CallbackList, history: Fit
) -> None:
    """Open the run file, go on from what it holds if that is asked for, and train."""
    _require_memory(task)
    plugins = _plugins()
    header = run_header(task, backend, plugins)
    found = find_run(choice.path) if choice.resume else None
    remembered: Mapping[str, Any] = {}
    partial, since = None, 0.0 if choice.resume else None
    if found is not None:
        require_same(found, header, plugins)
        task, partial = attrs.evolve(task, finished=found.n_epochs), found.partial
        since = found.ended
        latest = found.state if partial is None else partial.latest.plain
        remembered = latest["callbacks"]
        require_whole(found, task)
    recorder = Recorder(
        task,
        header,
        choice.path,
        overwrite=choice.overwrite,
        since=since,
        commit_every=choice.commit_every,
    )
    try:
        if found is not None:
            go_on(found, task, history)
        history.attach(recorder.file)
    except BaseException:
        recorder.close("failed")  # a file that stays open is written for ever
        raise
    train(task, recorder, history, watching, plugins, remembered, partial)


def _require_memory(task: Task) -> None:
    """Refuse to keep the phases of more samples than fit into memory."""
    metrics, circuit = task.metrics, task.network.compiled.circuit
    phases = [own for topic, own in metrics.policies.items() if topic not in OF_PARAMETERS]
    if not any(phases):
        return
    power = metrics.save_power_params is not None or metrics.save_branch_currents is not None
    values = task.values.parameters.snapshot() if stores(metrics) else {}
    n_sets = 2 if task.hardware.has_twins else 1
    n_samples, n_batches = len(recorded_rows(task)), n_stored_batches(task)
    require_samples(
        lambda n: recording_memory(circuit, values, n, n_sets * min(n, n_batches), power=power),
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
