"""Recording: training hands storage one record per epoch."""

import os
import sys
import zlib
from collections.abc import Callable, Mapping
from functools import cache
from importlib.metadata import version
from typing import Any, final

import numpy as np

from ebana_core.backends import Backend
from ebana_core.circuit.levels import levels
from ebana_core.errors import DataError
from ebana_core.metrics import is_due
from ebana_core.network.configuration import describe
from ebana_core.network.plain_data import objects, plain
from ebana_core.network.wiring import wiring
from ebana_core.registry import Registry
from ebana_core.rules import Samples
from ebana_core.storage.record import EpochRecord, LatestState, RunHeader
from ebana_core.storage.unsaved import opened_run
from ebana_core.training.epoch_progress import EpochProgress
from ebana_core.training.identity import identity
from ebana_core.training.saved_arrays import saved_arrays, stored_nodes, stores
from ebana_core.training.task import Task
from ebana_core.training.trained_with import described, optimizer_settings

CORE = ("ebana-core", "numpy", "scipy", "h5py")
"""Distributions whose versions a run tells, beside those of its devices."""


@final
class Recorder:
    """Writes the epochs of one fit to its run file.

    Attributes:
        file: The file.
        saved_arrays: What the policies save.
    """

    def __init__(
        self,
        task: Task,
        header: RunHeader,
        run: str | os.PathLike[str] | None,
        *,
        overwrite: bool,
        since: float | None,
        commit_every: float,
    ) -> None:
        self._task, self._commit_every = task, commit_every
        self.saved_arrays = header.saved_arrays
        self.file = opened_run(run, header, overwrite=overwrite, since=since)

    def write(self, record: EpochRecord, callbacks: Mapping[str, Any]) -> list[EpochRecord]:
        """Hand a finished epoch to the file; return those that are now committed."""
        task = self._task
        latest = LatestState(
            epoch=record.epoch,
            parameters=task.values.parameters.snapshot(),
            slots=task.optimizer.slots,
            plain={
                "step": task.optimizer.n_steps,
                "rate_factor": task.optimizer.rate_factor,
                "callbacks": callbacks,
            },
        )
        policy = task.metrics.save_parameters
        is_checkpoint = isinstance(policy, Mapping) and is_due(policy, record.epoch, task.epochs)
        return self.file.write(record, latest, is_checkpoint=is_checkpoint)

    def write_part(
        self, progress: EpochProgress, callbacks: Callable[[], Mapping[str, Any]]
    ) -> list[EpochRecord]:
        """Commit within an epoch where the last commit is long ago; return what was pending.

        Raises:
            StorageError: The file cannot be written, or is no longer there.
        """
        self.file.check()
        if self.file.seconds_uncommitted < self._commit_every:
            return []
        return self.file.commit(partial=progress.partial(callbacks()))

    def close(self, status: str) -> list[EpochRecord]:
        """Commit and close the file; return what was committed."""
        return self.file.close(status)


def run_header(task: Task, backend: str | Backend, registry: Registry) -> RunHeader:
    """Return what is known of a run before its first epoch."""
    values, circuit = task.values, task.network.compiled.circuit
    names = tuple(circuit.node_names)
    rows = task.metrics.samples
    if rows is not None and rows[-1] >= task.samples.n_samples:
        raise DataError(
            f"Metrics has samples up to {rows[-1]}; the data set has {task.samples.n_samples}.",
            "name rows of the training set",
        )
    model, settings = describe(values, registry), _settings(task, backend, registry)
    versions = {**_core_versions(), "python": sys.version.split()[0]}
    versions |= {
        layer["provider"]: layer["version"]
        for layer in model["layers"].values()
        if layer["version"]
    }
    versions |= {
        item["provider"]: item["version"]
        for item in objects([model, settings["learning"]])
        if "provider" in item
    }
    return RunHeader(
        seed=task.seed,
        model=model,
        versions=versions,
        units=values.parameter_units(),
        coordinates={
            "node": [names[node] for node in circuit.visible_nodes],
            "layer": list(task.network.layers),
            "output": list(task.losses),
            **{
                f"{store}_node": [names[node] for node in stored_nodes(task, store)]
                for store in stores(task.metrics)
            },
        },
        samples=rows,
        settings=settings,
        initial=values.parameters.snapshot(),
        slots=task.optimizer.slots,
        saved_arrays=saved_arrays(task),
        wiring=_wiring(task) if stores(task.metrics) else None,
        chips=task.hardware.chips,
        measures=tuple(task.metrics.measures),
        reports={
            layer.parameter(item.name): item.unit
            for layer in task.network.layers.values()
            for item in layer.reports
        },
    )


@cache
def _core_versions() -> Mapping[str, str]:
    """Return the versions of the libraries that compute; they stay while a process runs."""
    return {name: version(name) for name in CORE}


def _wiring(task: Task) -> dict[str, Any]:
    compiled, values = task.network.compiled, task.values.parameters.snapshot()
    found = levels(compiled.circuit, compiled.constraints, values)
    return {**wiring(compiled.circuit), "levels": [item.plain() for item in found]}


def _settings(task: Task, backend: str | Backend, registry: Registry) -> dict[str, Any]:
    metrics = task.metrics
    return {
        "epochs": task.epochs,
        "batch_size": task.batches.batch_size,
        "shuffle": task.batches.shuffle,
        "backend": backend if isinstance(backend, str) else repr(backend),
        "rule": identity(task.rule),
        "chip": None if task.hardware.chip is None else repr(task.hardware.chip),
        "read_noise": None if task.hardware.read_noise is None else repr(task.hardware.read_noise),
        "optimizer": type(task.optimizer).__name__,
        "optimizer_settings": optimizer_settings(task.optimizer),
        "losses": {name: identity(loss) for name, loss in task.losses.items()},
        "learning": described(task.rule, task.losses, task.optimizer, registry),
        "policies": {
            topic: plain(policy, topic)
            for topic, policy in {**metrics.policies, **metrics.measures}.items()
        },
        "validate_every": dict(metrics.validate_every),
        "current_layers": plain(metrics.current_layers, "current_layers"),
        "data": _fingerprint(task.samples),
        "test_data": None if task.test is None else _fingerprint(task.test),
    }


def _fingerprint(samples: Samples) -> str:
    """Return what tells one data set from another."""
    number = 0
    for arrays in (samples.inputs, samples.targets):
        for name in sorted(arrays):
            # The data itself is not in the file; a checksum tells whether a resumed run gets the
            # same.
            number = zlib.crc32(name.encode(), number)
            number = zlib.crc32(np.ascontiguousarray(arrays[name]).tobytes(), number)
    return f"{samples.n_samples} samples, crc32 {number:08x}"
