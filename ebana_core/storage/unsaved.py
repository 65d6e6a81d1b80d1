"""A fit that no file was asked for: its epochs stay in memory, and may be saved later."""

from __future__ import annotations

import os
import time
from typing import final

import attrs

from ebana_core.storage.content import Content
from ebana_core.storage.copying import committed
from ebana_core.storage.hdf5 import new_file
from ebana_core.storage.header import write_header
from ebana_core.storage.layout import STATUSES
from ebana_core.storage.record import EpochRecord, LatestState, PartialEpoch, RunHeader
from ebana_core.storage.run_file import RunFile


def opened_run(
    path: str | os.PathLike[str] | None,
    header: RunHeader,
    *,
    overwrite: bool,
    since: float | None,
) -> RunFile | UnsavedRun:
    """Return what epochs are handed to; see `RunFile`."""
    if path is None:
        return UnsavedRun(header)
    return RunFile(path, header, overwrite=overwrite, since=since)


@final
class UnsavedRun:
    """Keeps the epochs of a fit as they are: to write them costs more than to train a small one.

    Args:
        header: What is known at the start.
    """

    seconds_uncommitted = 0.0
    """Time since the last commit, s: what nothing can save need not be saved soon."""

    def __init__(self, header: RunHeader) -> None:
        self._header = header
        self._last_only = {array.topic for array in header.saved_arrays if array.is_last_only}
        self._records: list[EpochRecord] = []
        self._holders: dict[str, int] = {}  # topic to the place of the epoch that has it
        self._latest: LatestState | None = None
        self._status, self._time = "running", time.time()

    def check(self) -> None:
        """Find nothing wrong."""

    def write(
        self, record: EpochRecord, latest: LatestState, *, is_checkpoint: bool = False
    ) -> list[EpochRecord]:
        """Take a finished epoch; return it, as it waits for nothing."""
        for topic in self._last_only & set(record.saved):
            if topic in self._holders:
                earlier = self._records[self._holders[topic]]
                kept = {name: own for name, own in earlier.saved.items() if name != topic}
                self._records[self._holders[topic]] = attrs.evolve(earlier, saved=kept)
            self._holders[topic] = len(self._records)
        self._records.append(record)
        self._latest, self._time = latest, time.time()
        return [record]

    def commit(
        self, status: str = "running", partial: PartialEpoch | None = None
    ) -> list[EpochRecord]:
        """Return nothing: no epoch waits."""
        return []

    def close(self, status: str) -> list[EpochRecord]:
        """Remember how the fit ended; no epoch waits.

        Args:
            status: ``"finished"``, ``"interrupted"`` or ``"failed"``.
        """
        self._status, self._time = status, time.time()
        return []

    def save_copy(self, path: str | os.PathLike[str], *, overwrite: bool) -> None:
        """Write the run to a file.

        Raises:
            MissingLibraryError: h5py is not installed.
            StorageError: It cannot be written.
        """
        with new_file(path, replaces_runs=True, is_new=not overwrite) as file:
            write_header(file, self._header)
            content, commit = Content(file, self._header), committed(file, path)
            commit = attrs.evolve(commit, status=STATUSES.index(self._status), time=self._time)
            if self._latest is not None:
                commit = content.with_epochs(commit, self._records, self._latest)
            content.promise(commit)
