"""The run file: everything a training leaves, in one HDF5 file, by one writer."""

import json
import os
import platform
import shutil
import sys
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, final
from uuid import uuid4

import h5py
import numpy as np

from ebana_core.errors import StorageError
from ebana_core.storage.hdf5 import add_array, add_series, append, mark, typed_group
from ebana_core.storage.record import EpochRecord, LatestState, PhaseRecord, RunHeader
from ebana_core.storage.state import SEPARATOR

RUN = "ebana-run"
COMMIT_SECONDS = 0.5
"""Epochs are committed together at least this often: a commit costs as long as a short epoch."""

COLUMNS = (
    ("epoch", "1"),
    ("train_loss", "loss"),
    ("train_accuracy", "1"),
    ("validation_loss", "loss"),
    ("validation_accuracy", "1"),
    ("training_seconds", "s"),
    ("validation_seconds", "s"),
)
"""Name and unit of the numbers of an epoch."""


@final
class RunFile:
    """Writes one run. With ``path=None`` it lives in memory until `save_copy`.

    Args:
        path: File to create.
        header: What is known at the start.
        overwrite: Replace an existing file.
        keep_phases: ``"last"`` keeps the voltages and powers of the last saved epoch only.

    Raises:
        StorageError: The file exists and `overwrite` is False, or cannot be created.
    """

    def __init__(
        self,
        path: str | os.PathLike[str] | None,
        header: RunHeader,
        *,
        overwrite: bool = False,
        keep_last: frozenset[str] = frozenset(),
    ) -> None:
        self.path = None if path is None else Path(path)
        self._keep_last = keep_last
        self._pending: list[EpochRecord] = []
        self._latest: LatestState | None = None
        self._committed = time.monotonic()
        self._file = _create(self.path, overwrite=overwrite)
        self._write_header(header)
        self._units = dict(header.parameter_units)
        self._file.flush()

    def write(self, record: EpochRecord, latest: LatestState) -> None:
        """Take a finished epoch; it is committed within half a second of training.

        Raises:
            StorageError: The file cannot be written; what was committed stays.
        """
        self._pending.append(record)
        self._latest = latest
        if time.monotonic() - self._committed >= COMMIT_SECONDS:
            self.commit()

    def commit(self) -> None:
        """Write what is pending and flush it."""
        try:
            for record in self._pending:
                self._write_arrays(record)
            append(self._file["epochs"], [_row(record) for record in self._pending])
            for name in ("loss", "accuracy"):
                values = [
                    value
                    for record in self._pending
                    for value in (
                        record.batch_losses if name == "loss" else record.batch_accuracies
                    )
                ]
                append(self._file["batches"][name], values)
            if self._latest is not None:
                self._write_latest(self._latest)
            self._file.flush()
        except (OSError, RuntimeError, ValueError) as error:
            raise StorageError(
                f"{self.path} cannot be written: {error}.",
                "free disk space; the epochs committed before are in the file",
            ) from error
        self._pending.clear()
        self._committed = time.monotonic()

    def close(self, status: str) -> None:
        """Commit and close; a run in memory stays readable for `save_copy`.

        Args:
            status: ``"finished"``, ``"interrupted"`` or ``"failed"``.
        """
        self.commit()
        self._file.attrs["status"] = status
        self._file.attrs["ended"] = datetime.now(UTC).isoformat()
        self._file.flush()
        if self.path is not None:
            self._file.close()

    def save_copy(self, path: str | os.PathLike[str], *, overwrite: bool) -> None:
        """Write the run so far to another file.

        Raises:
            StorageError: The file exists and `overwrite` is False, or cannot be written.
        """
        target = Path(path)
        _refuse_existing(target, overwrite=overwrite)
        partial = target.with_name(f".{target.name}.{os.getpid()}.partial")
        try:
            if self.path is not None:
                shutil.copyfile(self.path, partial)
            else:
                self._file.flush()
                partial.write_bytes(self._file.id.get_file_image())
            partial.replace(target)
        except OSError as error:
            raise StorageError(
                f"{target} cannot be written: {error}.", "choose a folder that you may write to"
            ) from error
        finally:
            partial.unlink(missing_ok=True)

    def _write_header(self, header: RunHeader) -> None:
        file = self._file
        mark(file, RUN)
        file.attrs["status"] = "running"
        file.attrs["seed"] = header.seed
        file.attrs["started"] = datetime.now(UTC).isoformat()
        file.attrs["command"] = json.dumps(sys.argv)
        file.attrs["platform"] = platform.platform()
        packages = ("ebana-core", "numpy", "h5py")
        versions = {name: version(name) for name in packages} | {
            "python": platform.python_version()
        }
        file.attrs["versions"] = json.dumps(versions)
        file.attrs["model"] = json.dumps(header.model)
        file.attrs["settings"] = json.dumps(header.settings)
        file.attrs["node_names"] = json.dumps(list(header.node_names))
        file.attrs["layers"] = json.dumps(list(header.layers))
        initial = typed_group(file, "initial", "ebana-parameters")
        for name, values in header.initial.items():
            add_array(initial, name, values, unit=header.parameter_units[name])
        rows = add_series(
            file, "epochs", (len(COLUMNS),), unit="see columns", dims=("epoch", "column")
        )
        rows.attrs["columns"] = json.dumps(COLUMNS)
        batches = typed_group(file, "batches", "ebana-batches")
        add_series(batches, "loss", (), unit="loss", dims=("batch",))
        add_series(batches, "accuracy", (), unit="1", dims=("batch",))
        typed_group(file, "parameters", "ebana-parameter-history")
        typed_group(file, "phases", "ebana-phases")
        typed_group(file, "programmed", "ebana-programmed")

    def _write_arrays(self, record: EpochRecord) -> None:
        if record.parameters is not None:
            self._save("parameters", record.epoch, record.parameters, self._units, ("epoch",))
        for phase, content in record.phases.items():
            self._write_phase(phase, record.epoch, content)
        if record.programmed:
            units = dict.fromkeys(record.programmed, "device")
            self._save("programmed", record.epoch, record.programmed, units, ("epoch",))

    def _write_phase(self, phase: str, epoch: int, content: PhaseRecord) -> None:
        if content.voltages is not None:
            self._save(
                f"phases/{phase}/voltages",
                epoch,
                {"voltages": content.voltages},
                {"voltages": "V"},
                ("epoch", "sample", "node"),
                keep="voltages",
            )
        if content.power:
            units = dict.fromkeys(content.power, "W")
            self._save(
                f"phases/{phase}/power",
                epoch,
                content.power,
                units,
                ("epoch", "sample"),
                keep="power",
            )

    def _save(
        self,
        place: str,
        epoch: int,
        arrays: Mapping[str, Any],
        units: Mapping[str, str],
        dims: tuple[str, ...],
        keep: str = "",
    ) -> None:
        """Append arrays to their series, or replace them where only the last is kept."""
        group = self._file.require_group(place)
        if "type" not in group.attrs:
            mark(group, "ebana-series")
        if "saved_epochs" not in group:
            add_series(group, "saved_epochs", (), unit="1", dims=("epoch",))
        if keep in self._keep_last:
            for name in ("saved_epochs", *arrays):
                if name in group:
                    group[name].resize(0, axis=0)
        for name, values in arrays.items():
            array = np.asarray(values)
            if name not in group:
                add_series(group, name, array.shape, unit=units[name], dims=dims)
            append(group[name], [array])
        append(group["saved_epochs"], [epoch])

    def _write_latest(self, latest: LatestState) -> None:
        if "latest" in self._file:
            del self._file["latest"]
        group = typed_group(self._file, "latest", "ebana-state")
        group.attrs["epoch"], group.attrs["step"] = latest.epoch, latest.step
        parameters = typed_group(group, "parameters", "ebana-parameters")
        for name, values in latest.parameters.items():
            add_array(parameters, name, values, unit=self._units[name])
        slots = typed_group(group, "slots", "ebana-slots")
        for name, values in latest.slots.items():
            add_array(slots, name.replace("/", SEPARATOR), values, unit="optimizer")


def _refuse_existing(path: Path, *, overwrite: bool) -> None:
    if path.exists() and not overwrite:
        raise StorageError(
            f"{path} exists.", "choose another name, or pass overwrite=True to replace it"
        )


def _create(path: Path | None, *, overwrite: bool) -> h5py.File:
    if path is None:
        return h5py.File(f"memory-{uuid4().hex}", "w", driver="core", backing_store=False)
    _refuse_existing(path, overwrite=overwrite)
    try:
        return h5py.File(path, "w")
    except OSError as error:
        raise StorageError(
            f"{path} cannot be created: {error}.",
            "choose an existing folder that you may write to; close programs that hold the file",
        ) from error


def _row(record: EpochRecord) -> list[float]:
    score = record.validation
    return [
        record.epoch,
        record.train.loss,
        record.train.accuracy,
        float("nan") if score is None else score.loss,
        float("nan") if score is None else score.accuracy,
        record.seconds["training"],
        record.seconds["validation"],
    ]
