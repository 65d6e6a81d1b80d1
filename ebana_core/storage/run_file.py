"""The run file while it is written: one HDF5 file, one writer, any number of readers."""

import errno
import json
import os
import re
import time
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any, final
from uuid import uuid4

import attrs
import h5py
import numpy as np

from ebana_core.errors import FormatError, StorageError
from ebana_core.storage.copying import copy_committed, last_commit
from ebana_core.storage.hdf5 import (
    LIBVER,
    append,
    new_file,
    open_typed,
    partial_path,
    text_of,
    write_rows,
    write_slot,
)
from ebana_core.storage.header import write_header
from ebana_core.storage.layout import PARTIAL, RUN, STATE_BYTES, STATUSES, VERSIONS, Commit
from ebana_core.storage.lock import FileLock
from ebana_core.storage.record import EpochRecord, LatestState, PartialEpoch, RunHeader
from ebana_core.storage.rows import epoch_row
from ebana_core.storage.state import SEPARATOR
from ebana_core.storage.superblock import file_size_limit, shorten_promise

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
        self._rows: dict[str, int] = {}
        self._size = 0
        if self.path is None:
            name = f"memory-{uuid4().hex}"
            self._file = h5py.File(name, "w", driver="core", backing_store=False, libver=LIBVER)
            write_header(self._file, header)
        else:
            self._create(self.path, header, overwrite=overwrite, resume=resume)
        # Kept open: a dataset that is closed while a write fails would fail once more.
        self._sets = _datasets(self._file)
        found = last_commit(self._file)
        self._commit = found or Commit(0, 0, 0, 0, time.time())
        self._committed = self._written = time.monotonic()
        if found is None:  # a run that is killed in its first epoch has begun
            self.commit()

    def _create(self, path: Path, header: RunHeader, *, overwrite: bool, resume: bool) -> None:
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
                    require_writable(source, path, header)
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
        self._latest, self._rows = latest, {}
        now = time.monotonic()
        duration, self._written = now - self._written, now
        # What a part of the epoch left gives way to the next one's.
        was_partial = self._commit.partial_batches > 0
        # Waiting for another epoch would take longer than the promise allows.
        is_late = now - self._committed + duration >= COMMIT_SECONDS
        return self.commit() if is_checkpoint or was_partial or is_late else []

    @property
    def seconds_uncommitted(self) -> float:
        """Time since the last commit, s; 0 for a run in memory, which nothing can save."""
        return 0.0 if self.path is None else time.monotonic() - self._committed

    def commit(
        self, status: str = "running", partial: PartialEpoch | None = None
    ) -> list[EpochRecord]:
        """Write what is pending, then promise it; return it.

        Args:
            status: Of the run.
            partial: What the batches of the epoch that is under way left, to be promised too.

        Raises:
            StorageError: The file cannot be written; what was committed stays.
        """
        try:
            self.check()
            if self._lock is not None:
                self._lock.renew()
            done, self._pending = self._pending, []
            commit = attrs.evolve(self._commit, status=STATUSES.index(status), time=time.time())
            if done:
                commit = self._with_epochs(commit, done)
            if partial is not None:
                commit = self._with_part(commit, partial)
            self._file.flush()
            append(self._sets["commits"], [commit.row])
            self._file.flush()
        except (OSError, RuntimeError, ValueError) as error:
            self._give_up()
            if isinstance(error, StorageError):
                raise
            raise self._told(error) from error
        self._commit, self._committed = commit, time.monotonic()
        if self.path is not None:
            self._size = self.path.stat().st_size
        return done

    def _with_epochs(self, commit: Commit, records: list[EpochRecord]) -> Commit:
        slot = commit.free_slot
        self._write_epochs(records, slot)
        return attrs.evolve(
            commit,
            epochs=commit.epochs + len(records),
            batches=commit.batches + sum(len(record.batch_losses) for record in records),
            slot=slot,
            partial_slot=-1,
            partial_batches=0,
        )

    def _with_part(self, commit: Commit, partial: PartialEpoch) -> Commit:
        slot = commit.free_slot
        self._write_latest(partial.latest, slot)
        for place, array in {"scores": partial.scores, **partial.arrays}.items():
            first = self._rows.get(place, 0)
            write_rows(self._sets[f"{PARTIAL}/{place}"], first, array[first:])
            self._rows[place] = len(array)
        return attrs.evolve(commit, partial_slot=slot, partial_batches=partial.n_batches)

    def _told(self, error: Exception) -> StorageError:
        """Say in words what kept the file from being written."""
        found = re.search(r"errno = (\d+)", str(error))
        number = int(found[1]) if found else getattr(error, "errno", None)
        reasons = {
            errno.ENOSPC: ("the disk is full", "free disk space"),
            errno.EDQUOT: ("the quota of the user is used up", "delete files, or raise the quota"),
            errno.EFBIG: (
                f"it may not grow beyond {self._size_limit()}",
                "raise the limit on the size of files (ulimit -f), or record less",
            ),
        }
        problem, fix = reasons.get(
            number or 0, (f"{error}", "see that its folder can be written and has free space")
        )
        kept = f"{self._commit.epochs} epochs"
        if self._commit.partial_batches:
            kept += f" and {self._commit.partial_batches} batches"
        return StorageError(
            f"{self.path} cannot be written: {problem}.",
            f"{fix}; the {kept} committed before are in it, and fit(..., resume=True) goes on",
        )

    def _size_limit(self) -> str:
        limit = file_size_limit()
        return "what its file system allows" if limit is None else f"{limit} bytes"

    def _give_up(self) -> None:
        """Write no more: what HDF5 still holds back goes nowhere, and closing cannot fail."""
        self._is_broken = True
        if self.path is not None:
            number = self._file.id.get_vfd_handle()
            with suppress(OSError):  # readers expect the size that HDF5 meant to write
                shorten_promise(number)
            nowhere = os.open(os.devnull, os.O_RDWR)
            os.dup2(nowhere, number)
            os.close(nowhere)

    def check(self) -> None:
        """See that the file is still the one that is written; a few microseconds.

        Raises:
            StorageError: It is gone, another stands in its place, or it was cut.
        """
        if self.path is None or self._lock is None or self._is_broken:
            return
        problem = ""
        if not self._lock.holds(self.path):
            problem = "is gone while it is written, or another stands in its place"
        elif self.path.stat().st_size < self._size:
            problem = f"was cut while it is written: it had {self._size} bytes"
        if problem:
            self._give_up()
            raise StorageError(
                f"{self.path} {problem}.",
                "do not move, delete, replace or change the file or its folder during a fit",
            )

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
                    write_slot(self._sets[place], slot, arrays[-1])
                else:
                    append(self._sets[place], arrays)
            if self._plans[next(iter(saving[0].saved[topic]))].is_last_only:
                write_slot(self._sets[f"saved/{topic}"], slot, epochs[-1])
            else:
                append(self._sets[f"saved/{topic}"], epochs)
        assert self._latest is not None
        self._write_latest(self._latest, slot)

    def _write_latest(self, latest: LatestState, slot: int) -> None:
        for name, values in latest.parameters.items():
            write_slot(self._sets[f"latest/parameters/{name}"], slot, values)
        for name, values in latest.slots.items():
            place = f"latest/slots/{name.replace('/', SEPARATOR)}"
            write_slot(self._sets[place], slot, values)
        text = json.dumps({"epoch": latest.epoch, **latest.plain}).encode()
        if len(text) > STATE_BYTES:
            raise StorageError(
                f"The plain state of the run takes {len(text)} bytes, of {STATE_BYTES}.",
                "let callbacks return less from `state`",
            )
        plain = np.frombuffer(text.ljust(STATE_BYTES), dtype=np.uint8)
        write_slot(self._sets["latest/plain"], slot, plain)


def _datasets(file: h5py.File) -> dict[str, h5py.Dataset]:
    found: dict[str, h5py.Dataset] = {}

    def visit(name: str, item: Any) -> None:
        if isinstance(item, h5py.Dataset):
            found[name] = item

    file.visititems(visit)
    return found


def committed(file: h5py.File, path: str | os.PathLike[str]) -> Commit:
    """Return the last commit of a run file; of one whose writer never made one, that of no epoch.

    Raises:
        StorageError: No commit is whole.
    """
    found = last_commit(file)
    if found is None and not file["commits"].shape[0]:
        return Commit(0, 0, 0, 0, datetime.fromisoformat(text_of(file, "started")).timestamp())
    if found is None:
        raise StorageError(
            f"{os.fspath(path)} holds no whole commit.", "start the run anew: overwrite=True"
        )
    return found


def require_writable(file: h5py.File, path: str | os.PathLike[str], header: RunHeader) -> None:
    """Refuse to go on with a run of an older format, or one that lacks what would be written.

    Raises:
        FormatError: Names the version or the place.
    """
    version, newest = int(file.attrs["version"]), VERSIONS[RUN][1]
    if version != newest:
        raise FormatError(
            f"{os.fspath(path)} was begun in format version {version}, which this ebana reads; "
            f"it writes version {newest}.",
            "start another run from its values: model = Model.load(path), then fit(run=...)",
        )
    places = [plan.place for plan in header.series]
    places += [f"latest/parameters/{name}" for name in header.initial]
    places += [f"latest/slots/{name.replace('/', SEPARATOR)}" for name in header.slots]
    for place in places:
        if place not in file:
            raise FormatError(
                f"{os.fspath(path)} lacks {place!r}, which the run goes on to write.",
                "start another run from its values: model = Model.load(path), then fit(run=...)",
            )


def _close_quietly(file: h5py.File) -> None:
    with suppress(OSError, RuntimeError):  # the commit that met a full disk said so
        file.close()
