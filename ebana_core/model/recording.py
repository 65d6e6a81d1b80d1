"""From training to storage: one recorder per fit, one record per epoch."""

import os
import sys
import zlib
from collections.abc import Mapping
from importlib.metadata import version
from typing import Any, final

import numpy as np

from ebana_core.arrays import Array
from ebana_core.backends.backend import Backend, OperatingPoints
from ebana_core.circuit.elements import Amplifiers, Element, ElementArray, VoltageSources
from ebana_core.errors import DataError, UnknownNameError
from ebana_core.metrics import is_due
from ebana_core.model.configuration import describe, plain
from ebana_core.model.task import Task
from ebana_core.registry import Registry
from ebana_core.storage.hdf5 import axes
from ebana_core.storage.record import EpochRecord, LatestState, RunHeader, SeriesPlan
from ebana_core.storage.run_file import RunFile

CORE = ("ebana-core", "numpy", "scipy", "h5py")
"""Distributions whose versions a run tells, beside those of its devices."""


@final
class Recorder:
    """Writes the epochs of one fit to its run file."""

    def __init__(
        self,
        task: Task,
        header: RunHeader,
        run: str | os.PathLike[str] | None,
        *,
        overwrite: bool,
        resume: bool,
    ) -> None:
        self._task = task
        self.file = RunFile(run, header, overwrite=overwrite, resume=resume)

    def write(self, record: EpochRecord, callbacks: Mapping[str, Any]) -> list[EpochRecord]:
        """Hand a finished epoch to the file; return those that are now committed."""
        task = self._task
        latest = LatestState(
            epoch=record.epoch,
            parameters=task.model.parameters.snapshot(),
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

    def close(self, status: str) -> list[EpochRecord]:
        """Commit and close the file; return what was committed."""
        return self.file.close(status)


def is_recorded(task: Task, epoch: int) -> bool:
    """Tell whether the phases of an epoch are saved."""
    policies = task.metrics.policies
    return any(is_due(policies[t], epoch, task.epochs) for t in policies if t != "parameters")


def saved_arrays(
    task: Task, epoch: int, phases: Mapping[str, OperatingPoints], order: "np.ndarray[Any, Any]"
) -> dict[str, dict[str, Array]]:
    """Return what the policies save of an epoch, by topic and place.

    Args:
        task: What is trained.
        epoch: Counted from 1.
        phases: Phase to the operating points of all samples; empty where none are saved.
        order: Position of each row of the data set in `phases`.
    """
    due = [t for t, p in task.metrics.policies.items() if is_due(p, epoch, task.epochs)]
    saved: dict[str, dict[str, Array]] = {}
    if "parameters" in due and task.metrics.save_parameters != "last":
        values = task.model.parameters.snapshot()
        saved["parameters"] = {f"parameters/{name}": array for name, array in values.items()}
    rows = order if task.metrics.samples is None else order[list(task.metrics.samples)]
    for topic in due:
        if topic != "parameters":
            saved[topic] = {
                f"phases/{phase}/{place}": array[rows]
                for phase, points in phases.items()
                for place, array in _measured(topic, points, task).items()
            }
    return saved


def _measured(topic: str, points: OperatingPoints, task: Task) -> dict[str, Array]:
    layers = list(task.model.layers)
    if topic == "voltages":
        return {"voltages": points.voltages}
    if topic == "power":
        return {"power": np.stack([points.power(layer) for layer in layers], axis=1)}
    if topic == "injected":
        return {f"injected/{name}": currents for name, currents in points.nudge.items()}
    return {
        f"currents/{name}": currents
        for layer in task.metrics.current_layers or layers
        for name, currents in points.currents(layer).items()
    }


def _series(task: Task) -> list[SeriesPlan]:
    """Return what the policies will save."""
    metrics, model = task.metrics, task.model
    plans = []
    if metrics.save_parameters not in (None, "last"):
        plans += [
            SeriesPlan(
                topic="parameters",
                place=f"parameters/{name}",
                shape=values.shape,
                unit=model.parameters.unit(name),
                dims=axes(name, values.ndim),
            )
            for name, values in model.parameters.items()
        ]
    n_samples = task.samples.n_samples if metrics.samples is None else len(metrics.samples)
    sizes = _sizes(task)
    for topic, policy in metrics.policies.items():
        if policy is None or topic == "parameters":
            continue
        for phase in task.rule.phase_names:
            if topic == "injected" and phase == "free":
                continue
            plans += [
                SeriesPlan(
                    topic=topic,
                    place=f"phases/{phase}/{place}",
                    shape=(n_samples, size),
                    unit=unit,
                    dims=("sample", dim),
                    is_last_only=policy == "last",
                )
                for place, (size, unit, dim) in sizes[topic].items()
            ]
    return plans


def _sizes(task: Task) -> dict[str, dict[str, tuple[int, str, str]]]:
    """Return topic to place to the size, unit and dimension of what is saved."""
    circuit, layers = task.model.network.compiled.circuit, task.model.layers
    chosen = task.metrics.current_layers
    for name in chosen or ():
        if name not in layers:
            raise UnknownNameError(
                f"Metrics has current_layers with {name!r}; the layers are {list(layers)}.",
                "name layers of the model",
            )
    currents = {}
    for element in circuit.elements:
        size = _n_currents(element)
        if size and (chosen is None or element.layer in chosen):
            currents[f"currents/{element.name}"] = (size, "A", f"{element.name}_branch")
    return {
        "voltages": {"voltages": (len(circuit.visible_nodes), "V", "node")},
        "power": {"power": (len(layers), "W", "layer")},
        "injected": {
            f"injected/{output.name}": (len(output.heads), "A", f"{output.name}_prediction")
            for output in circuit.outputs
        },
        "currents": currents,
    }


def _n_currents(element: Element) -> int:
    """Return how many currents `OperatingPoints.currents` tells of an element."""
    if isinstance(element, ElementArray):
        return element.topology.size
    if isinstance(element, VoltageSources):
        return len(element.heads)
    return len(element.outputs) if isinstance(element, Amplifiers) else 0


def run_header(task: Task, backend: str | Backend, registry: Registry) -> RunHeader:
    """Return what is known of a run before its first epoch."""
    model = task.model
    circuit = model.network.compiled.circuit
    rows = task.metrics.samples
    if rows is not None and rows[-1] >= task.samples.n_samples:
        raise DataError(
            f"Metrics has samples up to {rows[-1]}; the data set has {task.samples.n_samples}.",
            "name rows of the training set",
        )
    described = describe(model, registry)
    versions = {name: version(name) for name in CORE} | {"python": sys.version.split()[0]}
    versions |= {
        layer["provider"]: layer["version"]
        for layer in described["layers"].values()
        if layer["version"]
    }
    return RunHeader(
        seed=task.seed,
        model=described,
        versions=versions,
        units=model.parameter_units(),
        coordinates={
            "node": [circuit.node_names[node] for node in circuit.visible_nodes],
            "layer": list(model.layers),
            "output": list(task.losses),
        },
        samples=rows,
        settings=_settings(task, backend),
        initial=model.parameters.snapshot(),
        slots=task.optimizer.slots,
        series=_series(task),
        reports={
            layer.parameter(item.name): item.unit
            for layer in model.layers.values()
            for item in layer.reports
        },
    )


def _settings(task: Task, backend: str | Backend) -> dict[str, Any]:
    metrics = task.metrics
    return {
        "epochs": task.epochs,
        "batch_size": task.batches.batch_size,
        "shuffle": task.batches.shuffle,
        "backend": backend if isinstance(backend, str) else repr(backend),
        "rule": repr(task.rule),
        "optimizer": type(task.optimizer).__name__,
        "losses": {name: loss.description for name, loss in task.losses.items()},
        "policies": {topic: plain(policy, topic) for topic, policy in metrics.policies.items()},
        "validate_every": dict(metrics.validate_every),
        "current_layers": plain(metrics.current_layers, "current_layers"),
        "data": _fingerprint(task),
    }


def _fingerprint(task: Task) -> str:
    """Return what tells one training set from another."""
    samples, number = task.samples, 0
    for arrays in (samples.inputs, samples.targets):
        for name in sorted(arrays):
            number = zlib.crc32(name.encode(), number)
            number = zlib.crc32(np.ascontiguousarray(arrays[name]).tobytes(), number)
    return f"{samples.n_samples} samples, crc32 {number:08x}"
