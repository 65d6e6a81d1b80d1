"""The finished epochs of a fit, in memory."""

import os
from collections.abc import Iterator
from typing import final

import attrs

from ebana_core.errors import ParameterError
from ebana_core.storage.record import EpochRecord
from ebana_core.storage.run_file import RunFile


@final
class Fit:
    """The finished epochs of a `fit`, in order; of a resumed run all of them.

    Attributes:
        epochs: One record per finished epoch.
    """

    def __init__(self) -> None:
        self.epochs: list[EpochRecord] = []
        self._file: RunFile | None = None

    def attach(self, file: RunFile) -> None:
        """Remember where the run is recorded."""
        self._file = file

    def append(self, record: EpochRecord) -> None:
        """Add a finished epoch; its arrays stay in the run file."""
        self.epochs.append(attrs.evolve(record, saved={}))

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
        if self._file is None:
            raise ParameterError("The fit did not begin.", "fit the model first")
        self._file.save_copy(path, overwrite=overwrite)

    def __iter__(self) -> Iterator[EpochRecord]:
        return iter(self.epochs)

    def __len__(self) -> int:
        return len(self.epochs)

    def __repr__(self) -> str:
        if not self.epochs:
            return "Fit(no finished epoch)"
        last = self.epochs[-1]
        return f"Fit({len(self)} epochs, loss {last.train.loss:.4g})"
