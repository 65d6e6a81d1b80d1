"""Where things stand in a run file: names, types and columns of FORMAT.md."""

import zlib
from collections.abc import Sequence
from typing import Final

import attrs
import numpy as np

from ebana_core.arrays import Array

RUN: Final = "ebana-run"
MODEL: Final = "ebana-model"
STATE: Final = "ebana-state"

STATUSES: Final = ("running", "finished", "interrupted", "failed")
"""What a commit says of its run; a run that stands still while "running" was killed."""

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

BATCH_COLUMNS: Final = (("loss", "loss"), ("accuracy", "1"))
COMMIT_COLUMNS: Final = (
    ("epochs", "1"),
    ("batches", "1"),
    ("slot", "1"),
    ("status", "1"),
    ("time", "s"),
    ("checksum", "1"),
)

STATE_BYTES: Final = 16_384
"""Room for what is plain data in the state of a run."""


@attrs.frozen
class Commit:
    """A promise: all up to here is in the file.

    Args:
        epochs: Finished epochs.
        batches: Finished batches.
        slot: Which of two slots holds the latest state.
        status: Index into `STATUSES`.
        time: Seconds since 1970.
    """

    epochs: int
    batches: int
    slot: int
    status: int
    time: float

    @property
    def row(self) -> Array:
        """The numbers and their checksum. Shape ``(6,)``."""
        numbers = np.array([self.epochs, self.batches, self.slot, self.status, self.time])
        return np.append(numbers, _checksum(numbers))

    @classmethod
    def last_of(cls, rows: Array) -> "Commit | None":
        """Return the last row that is whole; None where there is none."""
        for row in rows[::-1]:
            numbers = row[:-1]
            if row[-1] == _checksum(numbers) and numbers[3] < len(STATUSES):
                epochs, batches, slot, status = (int(number) for number in numbers[:4])
                return cls(epochs, batches, slot, status, float(numbers[4]))
        return None


def _checksum(numbers: Array) -> float:
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
