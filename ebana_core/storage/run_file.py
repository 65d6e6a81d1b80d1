"""The run file while it is written: one HDF5 file, one writer, any number of readers."""

import json
import os
import time
from contextlib import suppress
from pathlib import Path
from typing import Any, final
from uuid import uuid4

import h5py
import numpy as np

from ebana_core.errors import StorageError
from ebana_core.paths import checked_target
from ebana_core.storage.copying import copy_committed, last_commit
from ebana_core.storage.hdf5 import LIBVER, append, new_file, open_typed, partial_path
from ebana_core.storage.header import write_header
from ebana_core.storage.layout import RUN, STATE_BYTES, STATUSES, Commit
from ebana_core.storage.lock import FileLock
from ebana_core.storage.record import EpochRecord, LatestState, RunHeader
from ebana_core.storage.rows import epoch_row
from ebana_core.storage.state import SEPARATOR

COMMIT_SECONDS = 0.5
"""Epochs are committed together at least this often: a commit costs as long as a short epoch."""


@final
class RunFile:
    """Writes one run. With ``path=None`` it lives in memory until `save_copy`.

    Args:
        path: File to create.
        header: What is known at the start.
        overwrite: Replace an existing file.
        resume: Go on with an existing file, from its last commit.

    Raises:
        StorageError: The file exists and neither `overwrite` nor `resume` is True, another
            process writes it, or it cannot be created.
    """

    def __init__(
        self,
        path: str | os.PathLike[str] | None,
        header: RunHeader,
        *,
        overwrite: bool = False,
        resume: bool = False,
    ) -> None:
        self.path = None if path is None else Path(path)
        self._pending: list[EpochRecord] = []
        self._latest: LatestState | None = None
        self._plans = {plan.place: plan for plan in header.series}
        self._outputs = tuple(header.coordinates["output"])
        self._reports = tuple(header.reports)
        self._lock: FileLock | None = None
        self._is_broken = False
        if self.path is None:
            name = f"memory-{uuid4().hex}"
            self._file = h5py.File(name, "w", driver="core", backing_store=False, libver=LIBVER)
            write_header(self._file, header)
        else:
            self._create(self.path, header, overwrite=overwrite, resume=resume)
        # Kept open: a dataset that is closed while a write fails would fail once more.
        self._sets = _datasets(self._file)
        found = last_commit(self._file)
        self._commit = found or Commit(0, 0, 1, 0, time.time())
        self._committed = self._written = time.monotonic()

    def _create(self, path: Path, header: RunHeader, *, overwrite: bool, resume: bool) -> None:
        checked_target(path)
        if path.exists():
            if not (overwrite or resume):
                raise StorageError(
                    f"{path} exists.",
                    "choose another name, pass overwrite=True to replace it, or resume=True",
                )
            FileLock.require_free(path)
        partial = partial_path(path)
        try:
            self._file = h5py.File(partial, "w", libver=LIBVER)
            if resume and path.exists():
                with open_typed(path, RUN) as source:
                    copy_committed(source, self._file, committed(source, path))
            else:
                write_header(self._file, header)
            self._file.swmr_mode = True  # before it takes its place: a kill in between lost a run
            self._lock = FileLock(partial)
            partial.replace(path)
        except StorageError:
            self._abandon(partial)
            raise
        except (OSError, RuntimeError) as error:
            self._abandon(partial)
            raise StorageError(
                f"{path} cannot be created: {error}.",
                "choose an existing folder with free space that you may write to",
            ) from error

    def _abandon(self, partial: Path) -> None:
        partial.unlink(missing_ok=True)
        if self._lock is not None:
            self._lock.release()
        if hasattr(self, "_file"):
            _close_quietly(self._file)

    def write(
        self, record: EpochRecord, latest: LatestState, *, is_checkpoint: bool = False
    ) -> list[EpochRecord]:
        """Take a finished epoch; return the epochs that are now committed, often none.

        Raises:
            StorageError: The file cannot be written; what was committed stays.
        """
        self._pending.append(record)
        self._latest = latest
        now = time.monotonic()
        duration, self._written = now - self._written, now
        # Waiting for another epoch would take longer than the promise allows.
        if is_checkpoint or now - self._committed + duration >= COMMIT_SECONDS:
            return self.commit()
        return []

    def commit(self, status: str = "running") -> list[EpochRecord]:
        """Write what is pending, then promise it; return it.

        Raises:
            StorageError: The file cannot be written; what was committed stays.
        """
        kept = self._commit.epochs
        try:
            self._file_is_there()
            done, self._pending = self._pending, []
            slot = self._commit.slot
            if done:
                slot = 1 - slot
                self._write_epochs(done, slot)
                self._file.flush()
            self._commit = Commit(
                self._commit.epochs + len(done),
                self._commit.batches + sum(len(record.batch_losses) for record in done),
                slot,
                STATUSES.index(status),
                time.time(),
            )
            append(self._sets["commits"], [self._commit.row])
            self._file.flush()
        except (OSError, RuntimeError, ValueError) as error:
            self._give_up()
            if isinstance(error, StorageError):
                raise
            raise StorageError(
                f"{self.path} cannot be written: {error}.",
                f"free disk space; the {kept} epochs committed before are in it",
            ) from error
        self._committed = time.monotonic()
        return done

    def _give_up(self) -> None:
        """Write no more: what HDF5 still holds back goes nowhere, and closing cannot fail."""
        self._is_broken = True
        if self.path is not None:
            number = self._file.id.get_vfd_handle()
            with suppress(OSError):  # readers expect the size that HDF5 meant to write
                os.ftruncate(number, max(self._file.id.get_filesize(), os.fstat(number).st_size))
            nowhere = os.open(os.devnull, os.O_RDWR)
            os.dup2(nowhere, number)
            os.close(nowhere)

    def _file_is_there(self) -> None:
        if self.path is None or self._lock is None:
            return
        if not self._lock.holds(self.path):
            raise StorageError(
                f"{self.path} is gone while it is written, or another stands in its place.",
                "do not move, delete or replace the file or its folder during a fit",
            )
        self._lock.renew()

    def close(self, status: str) -> list[EpochRecord]:
        """Commit and close; a run in memory stays readable for `save_copy`.

        Args:
            status: ``"finished"``, ``"interrupted"`` or ``"failed"``.
        """
        try:
            return [] if self._is_broken else self.commit(status)
        finally:
            if self.path is not None:
                _close_quietly(self._file)
            if self._lock is not None:
                self._lock.release()

    def save_copy(self, path: str | os.PathLike[str], *, overwrite: bool) -> None:
        """Write the committed run to another file.

        Raises:
            StorageError: The file exists and `overwrite` is False, or cannot be written.
        """
        if Path(path).exists() and not overwrite:
            raise StorageError(
                f"{path} exists.", "choose another name, or pass overwrite=True to replace it"
            )
        if self.path is None:
            with new_file(path) as target:
                copy_committed(self._file, target, self._commit)
            return
        with open_typed(self.path, RUN) as source, new_file(path) as target:
            copy_committed(source, target, committed(source, self.path))

    def _write_epochs(self, records: list[EpochRecord], slot: int) -> None:
        rows = [epoch_row(record, self._outputs, self._reports) for record in records]
        append(self._sets["epochs"], rows)
        append(
            self._sets["batches"],
            [
                pair
                for record in records
                for pair in zip(record.batch_losses, record.batch_accuracies, strict=True)
            ],
        )
        topics = {topic for record in records for topic in record.saved}
        for topic in sorted(topics):
            saving = [record for record in records if topic in record.saved]
            epochs = [record.epoch for record in saving]
            for place in saving[0].saved[topic]:
                arrays = [record.saved[topic][place] for record in saving]
                if self._plans[place].is_last_only:
                    self._sets[place][slot] = arrays[-1]
                else:
                    append(self._sets[place], arrays)
            if self._plans[next(iter(saving[0].saved[topic]))].is_last_only:
                self._sets[f"saved/{topic}"][slot] = epochs[-1]
            else:
                append(self._sets[f"saved/{topic}"], epochs)
        assert self._latest is not None
        self._write_latest(self._latest, slot)

    def _write_latest(self, latest: LatestState, slot: int) -> None:
        for name, values in latest.parameters.items():
            self._sets[f"latest/parameters/{name}"][slot] = values
        for name, values in latest.slots.items():
            self._sets[f"latest/slots/{name.replace('/', SEPARATOR)}"][slot] = values
        text = json.dumps({"epoch": latest.epoch, **latest.plain}).encode()
        if len(text) > STATE_BYTES:
            raise StorageError(
                f"The plain state of the run takes {len(text)} bytes, of {STATE_BYTES}.",
                "let callbacks return less from `state`",
            )
        self._sets["latest/plain"][slot] = np.frombuffer(text.ljust(STATE_BYTES), dtype=np.uint8)


def _datasets(file: h5py.File) -> dict[str, h5py.Dataset]:
    found: dict[str, h5py.Dataset] = {}

    def visit(name: str, item: Any) -> None:
        if isinstance(item, h5py.Dataset):
            found[name] = item

    file.visititems(visit)
    return found


def committed(file: h5py.File, path: str | os.PathLike[str]) -> Commit:
    """Return the last commit of a run file.

    Raises:
        StorageError: There is none.
    """
    found = last_commit(file)
    if found is None:
        raise StorageError(
            f"{os.fspath(path)} holds no committed epoch.", "start the run anew: overwrite=True"
        )
    return found


def _close_quietly(file: h5py.File) -> None:
    with suppress(OSError, RuntimeError):  # the commit that met a full disk said so
        file.close()
