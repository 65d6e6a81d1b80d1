"""The run file while it is written: one HDF5 file, one writer, any number of readers."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, final

import attrs

from ebana_core.errors import StorageError
from ebana_core.later import Library
from ebana_core.paths import checked_target
from ebana_core.storage.beginning import begin
from ebana_core.storage.content import Content, state_text
from ebana_core.storage.copying import committed, copy_committed
from ebana_core.storage.failure import failure
from ebana_core.storage.hdf5 import close_quietly, new_file, open_typed
from ebana_core.storage.known import remember_written
from ebana_core.storage.layout import RUN, STATUSES
from ebana_core.storage.record import EpochRecord, LatestState, PartialEpoch, RunHeader
from ebana_core.storage.superblock import shorten_promise

if TYPE_CHECKING:
    import h5py
else:
    h5py = Library("h5py")

COMMIT_SECONDS = 0.5
"""Epochs are committed together at least this often: a commit costs as long as a short epoch."""


@final
class RunFile:
    """Writes one run.

    Args:
        path: File to create.
        header: What is known at the start.
        overwrite: Replace an existing file.
        since: Go on with an existing file, from its commit of that time; see `begin`.

    Raises:
        StorageError: The file exists and is to be neither replaced nor gone on with, another
            process writes it or went on with it since, or it cannot be created.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        header: RunHeader,
        *,
        overwrite: bool = False,
        since: float | None = None,
    ) -> None:
        target = checked_target(path)
        self.path = Path(path)
        self._pending: list[EpochRecord] = []
        self._latest: LatestState | None = None
        self._is_broken = False
        self._file, self._lock = begin(self.path, target, header, overwrite=overwrite, since=since)
        try:
            self._content = Content(self._file, header)
            self._commit = committed(self._file, self.path)
        except BaseException:
            self._release()
            raise
        self._committed = self._written = time.monotonic()
        self._size = self.path.stat().st_size

    def _release(self) -> None:
        self._lock.release()
        close_quietly(self._file)

    def write(
        self, record: EpochRecord, latest: LatestState, *, is_checkpoint: bool = False
    ) -> list[EpochRecord]:
        """Take a finished epoch; return the epochs that are now committed, often none.

        Raises:
            StorageError: The file cannot be written; what was committed stays.
        """
        state_text(latest)  # what has no room there must not keep earlier epochs out
        self._pending.append(record)
        self._latest = latest
        now = time.monotonic()
        duration, self._written = now - self._written, now
        # What a part of the epoch left gives way to the next one's.
        was_partial = self._commit.partial_batches > 0
        # Waiting for another epoch would take longer than the promise allows.
        is_late = now - self._committed + duration >= COMMIT_SECONDS
        return self.commit() if is_checkpoint or was_partial or is_late else []

    @property
    def seconds_uncommitted(self) -> float:
        """Time since the last commit, s."""
        return time.monotonic() - self._committed

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
        if partial is not None:
            state_text(partial.latest)
        try:
            self.check()
            self._lock.renew()
            done, self._pending = self._pending, []
            commit = attrs.evolve(self._commit, status=STATUSES.index(status), time=time.time())
            if done:
                assert self._latest is not None
                commit = self._content.with_epochs(commit, done, self._latest)
            if partial is not None:
                commit = self._content.with_part(commit, partial)
            # First the data, then the promise: a kill in between costs nothing that was promised.
            self._file.flush()
            self._content.promise(commit)
            self._file.flush()
        except (OSError, RuntimeError, ValueError) as error:
            self._give_up()
            if isinstance(error, StorageError):
                raise
            raise failure(self.path, error, self._commit) from error
        self._commit, self._committed = commit, time.monotonic()
        self._size = self.path.stat().st_size
        return done

    def _give_up(self) -> None:
        """Write no more: what HDF5 still holds back goes nowhere, and closing cannot fail."""
        self._is_broken = True
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
        if self._is_broken:
            return
        problem = ""
        if not self._lock.holds(self.path):
            problem = "is gone while it is written, or another stands in its place"
        # HDF5 itself gives space back where this process opens and closes the file once more.
        elif self.path.stat().st_size < min(self._size, self._file.id.get_filesize()):
            problem = f"was cut while it is written: it had {self._size} bytes"
        if problem:
            self._give_up()
            raise StorageError(
                f"{self.path} {problem}.",
                "do not move, delete, replace or change the file or its folder during a fit",
            )

    def close(self, status: str) -> list[EpochRecord]:
        """Commit and close.

        Args:
            status: ``"finished"``, ``"interrupted"`` or ``"failed"``.
        """
        try:
            return [] if self._is_broken else self.commit(status)
        finally:
            close_quietly(self._file)
            if not self._is_broken and self._lock.holds(self.path):
                remember_written(self.path)
            self._lock.release()

    def save_copy(self, path: str | os.PathLike[str], *, overwrite: bool) -> None:
        """Write the committed run to another file.

        Raises:
            StorageError: It cannot be written.
        """
        with (
            open_typed(self.path, RUN) as source,
            new_file(path, replaces_runs=True, is_new=not overwrite) as target,
        ):
            copy_committed(source, target, committed(source, self.path))
