"""From training to storage: one recorder per fit, one record per epoch."""

import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, final

import attrs
import numpy as np

from ebana_core.backends.backend import Backend, OperatingPoints
from ebana_core.errors import ParameterError
from ebana_core.model.simulated import SimulatedModel
from ebana_core.model.task import Task
from ebana_core.storage.record import EpochRecord, LatestState, PhaseRecord, RunHeader
from ebana_core.storage.run_file import RunFile


@final
class Fit:
    """The finished epochs of a `fit`, in order.

    Attributes:
        epochs: One record per finished epoch.
    """

    def __init__(self) -> None:
        self.epochs: list[EpochRecord] = []
        self._recorder: Recorder | None = None

    def attach(self, recorder: "Recorder") -> None:
        """Remember where the run is recorded."""
        self._recorder = recorder

    def append(self, record: EpochRecord) -> None:
        """Add a finished epoch; its arrays stay in the run file."""
        self.epochs.append(attrs.evolve(record, parameters=None, phases={}, programmed={}))

    @property
    def losses(self) -> list[float]:
        """Training loss of every epoch."""
        return [record.train.loss for record in self.epochs]

    @property
    def accuracies(self) -> list[float]:
        """Training accuracy of every epoch."""
        return [record.train.accuracy for record in self.epochs]

    def save(self, path: str | os.PathLike[str], *, overwrite: bool) -> None:
        """Write the run so far to a file; see `Model.save_history`."""
        if self._recorder is None:
            raise ParameterError("The fit did not begin.", "fit the model first")
        self._recorder.file.save_copy(path, overwrite=overwrite)

    def __iter__(self) -> Iterator[EpochRecord]:
        return iter(self.epochs)

    def __len__(self) -> int:
        return len(self.epochs)

    def __repr__(self) -> str:
        if not self.epochs:
            return "Fit(no finished epoch)"
        last = self.epochs[-1]
        return f"Fit({len(self)} epochs, loss {last.train.loss:.4g})"


@final
class Recorder:
    """Writes the epochs of one fit to its run file."""

    def __init__(
        self,
        task: Task,
        backend: str | Backend,
        run: str | os.PathLike[str] | None,
        *,
        overwrite: bool,
    ) -> None:
        self._task = task
        metrics = task.metrics
        policies = {"voltages": metrics.save_output_voltages, "power": metrics.save_power_params}
        keep_last = frozenset(name for name, policy in policies.items() if policy == "last")
        self.file = RunFile(run, _header(task, backend), overwrite=overwrite, keep_last=keep_last)

    def write(self, record: EpochRecord) -> None:
        """Hand a finished epoch to the file."""
        optimizer = self._task.optimizer
        latest = LatestState(
            epoch=record.epoch,
            step=optimizer.n_steps,
            parameters=self._task.model.parameters.snapshot(),
            slots=optimizer.slots,
        )
        self.file.write(record, latest)

    def close(self, status: str) -> None:
        """Commit and close the file."""
        self.file.close(status)


def phase_records(
    phases: Mapping[str, OperatingPoints],
    order: "np.ndarray[Any, Any]",
    layers: Sequence[str],
    *,
    voltages: bool,
    power: bool,
) -> dict[str, PhaseRecord]:
    """Return what a run keeps of the phases of an epoch, in data set order."""
    return {
        name: PhaseRecord(
            voltages=points.voltages[order] if voltages else None,
            power={layer: points.power(layer)[order] for layer in layers} if power else {},
        )
        for name, points in phases.items()
    }


def _header(task: Task, backend: str | Backend) -> RunHeader:
    model, metrics = task.model, task.metrics
    points = model.network.compiled.circuit
    return RunHeader(
        seed=task.seed,
        model=describe(model),
        parameter_units=model.parameter_units(),
        node_names=[points.node_names[node] for node in points.visible_nodes],
        layers=list(model.layers),
        settings={
            "epochs": task.epochs,
            "batch_size": task.batches.batch_size,
            "shuffle": task.batches.shuffle,
            "backend": backend if isinstance(backend, str) else repr(backend),
            "rule": repr(task.rule),
            "optimizer": type(task.optimizer).__name__,
            "losses": {name: repr(loss) for name, loss in task.losses.items()},
            "metrics": repr(metrics),
        },
        initial=model.parameters.snapshot(),
    )


def describe(model: SimulatedModel) -> dict[str, Any]:
    """Return a model's layers as plain data: device, settings, parents."""
    layers = {}
    for name, layer in model.layers.items():
        fields = attrs.fields(type(layer))
        settings = {
            field.name: _plain(getattr(layer, field.name))
            for field in fields
            if field.init and field.name != "name"
        }
        layers[name] = {
            "device": layer.device,
            "parents": [parent.name for parent in layer.parents],
            "settings": settings,
        }
    return {"seed": model.seed, "layers": layers}


def _plain(value: Any) -> Any:
    """Return plain data; what is not plain is stored by its text."""
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value if isinstance(value, str | int | float | bool | None) else repr(value)
