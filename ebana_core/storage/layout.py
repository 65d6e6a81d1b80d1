"""The layout of a run file: names, types and columns of FORMAT.md."""

import zlib
from collections.abc import Sequence
from typing import Final

import attrs
import numpy as np

from ebana_core.arrays import Array

RUN: Final = "ebana-run"
MODEL: Final = "ebana-model"
STATE: Final = "ebana-state"
CHIPS: Final = "ebana-chip"

VERSIONS: Final = {RUN: (1, 2), MODEL: (1, 1), STATE: (1, 1), CHIPS: (1, 1)}
"""Type of a file to the oldest version that this EBANA reads, and the one that it writes."""

PROGRAMMING = "programming"
"""Topic of what devices record of every update."""
UPDATES = "updates"
"""Topic of the parameters after every update."""
POINTS: Final = "points"
POINTS_LAST: Final = "points_last"
"""Topics and groups of solved points: of all saved epochs, and of the last one."""

SECOND_VALUES: Final = "second_values"
"""Group, within these, of the values of the circuit on which displaced phases were solved."""

PARTIAL: Final = "partial"
"""Group of what a part of an epoch leaves."""

BANKS: Final = 3
"""Of the banks that are written in turn: one holds the state after the last epoch, one that after
the last part of an epoch, one is being written."""

STATUSES: Final = ("running", "finished", "interrupted", "failed")
"""States of a run, which a commit tells; a run that stands still while "running" was killed."""

EPOCH_COLUMNS: Final = (
    ("epoch", "1"),
    ("train_loss", "loss"),
    ("train_accuracy", "1"),
    ("validation_loss", "loss"),
    ("validation_accuracy", "1"),
    ("training_seconds", "s"),
    ("validation_seconds", "s"),
    ("recording_seconds", "s"),
    ("operating_points", "1"),
)
"""Name and unit of the numbers of an epoch; outputs' own scores follow where there are several."""

MEASURES: Final = {"worst_residual": "1", "agreement": "V"}
"""Name and unit of what is measured of the solving of an epoch, if a run asks for it."""

BATCH_COLUMNS: Final = (("loss", "loss"), ("accuracy", "1"))
COMMIT_COLUMNS: Final = (
    ("epochs", "1"),
    ("batches", "1"),
    ("bank", "1"),
    ("status", "1"),
    ("time", "s"),
    ("partial_bank", "1"),
    ("partial_batches", "1"),
    ("checksum", "1"),
)

STATE_BYTES: Final = 16_384
"""Space reserved for the plain data of a run's state, bytes."""


@attrs.frozen
class Commit:
    """A promise: all up to here is in the file.

    Args:
        epochs: Finished epochs.
        batches: Finished batches of these epochs.
        bank: Which bank holds the state after the last of them.
        status: Index into `STATUSES`.
        time: Seconds since 1970.
        partial_bank: Which bank holds the state within the next epoch; -1: none.
        partial_batches: Batches of that epoch that are done; 0: none.
    """

    epochs: int
    batches: int
    bank: int
    status: int
    time: float
    partial_bank: int = -1
    partial_batches: int = 0

    @property
    def has_state(self) -> bool:
        """Whether there is anything to go on from."""
        return self.epochs > 0 or self.partial_batches > 0

    @property
    def row(self) -> Array:
        """The numbers and their checksum. Shape ``(8,)``."""
        numbers = np.array(attrs.astuple(self), dtype=np.float64)
        return np.append(numbers, _checksum(numbers))

    @classmethod
    def last_of(cls, rows: Array) -> "Commit | None":
        """Return the last row that is whole, of version 1 or 2; None where there is none."""
        for row in rows[::-1]:
            numbers = row[:-1]
            if row[-1] == _checksum(numbers) and numbers[3] < len(STATUSES):
                epochs, batches, bank, status = (int(number) for number in numbers[:4])
                partial = (int(number) for number in numbers[5:])
                return cls(epochs, batches, bank, status, float(numbers[4]), *partial)
        return None

    @property
    def free_bank(self) -> int:
        """A bank that promises nothing."""
        return next(k for k in range(BANKS) if k not in (self.bank, self.partial_bank))


def _checksum(numbers: Array) -> float:
    # Never zero, so that a row that was made but not written is no commit.
    return float(1 + zlib.crc32(np.ascontiguousarray(numbers, dtype="<f8").tobytes()))


def output_columns(outputs: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """Return the columns of several outputs' own scores; none for a single output."""
    if len(outputs) < 2:
        return ()
    return tuple(
        (f"{stage}_{figure}:{name}", "loss" if figure == "loss" else "1")
        for stage in ("train", "validation")
        for name in outputs
        for figure in ("loss", "accuracy")
    )
