"""The finished epochs of a fit, in memory."""

import math
import os
from collections.abc import Iterator
from typing import SupportsIndex, final, overload

import attrs
import numpy as np

from ebana_core.checking import as_whole, check_truth, shown
from ebana_core.errors import ParameterError, StorageError, UnknownNameError
from ebana_core.paths import checked_target
from ebana_core.storage.record import EpochRecord, Score
from ebana_core.storage.run_file import RunFile
from ebana_core.storage.unsaved import UnsavedRun
from ebana_core.tables import html_table

MAX_ROWS = 12
"""Epochs that a notebook shows, evenly spread."""


@final
class Fit:
    """The finished epochs of a `fit`, in order; of a resumed run all of them.

    Attributes:
        epochs: One record per finished epoch.
    """

    def __init__(self) -> None:
        self.epochs: list[EpochRecord] = []
        self._file: RunFile | UnsavedRun | None = None

    def attach(self, file: RunFile | UnsavedRun) -> None:
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

    @property
    def history(self) -> dict[str, list[float]]:
        """Figure to its value after every epoch, as Keras names them.

        ``loss``, ``accuracy`` and ``seconds`` (training); where a test set was given ``val_loss``
        and ``val_accuracy``, nan in epochs that were not validated. An accuracy that the loss does
        not define is nan.
        """
        found = {
            "loss": self.losses,
            "accuracy": self.accuracies,
            "seconds": [record.seconds.get("training", math.nan) for record in self.epochs],
        }
        scores = [record.validation for record in self.epochs]
        if any(score is not None for score in scores):
            found["val_loss"] = [math.nan if s is None else s.loss for s in scores]
            found["val_accuracy"] = [math.nan if s is None else s.accuracy for s in scores]
        return found

    def save(self, path: str | os.PathLike[str], *, overwrite: bool) -> None:
        """Write the run so far to a file; see `Model.save_history`."""
        if self._file is None:
            raise ParameterError("The fit did not begin.", "fit the model first")
        check_truth(overwrite, "overwrite")
        target = checked_target(path)
        if target.exists() and not overwrite:
            raise StorageError(
                f"{os.fspath(path)} exists.",
                "choose another name, or pass overwrite=True to replace it",
            )
        self._file.save_copy(target, overwrite=overwrite)

    @overload
    def __getitem__(self, index: SupportsIndex) -> EpochRecord: ...

    @overload
    def __getitem__(self, index: slice) -> list[EpochRecord]: ...

    def __getitem__(self, index: SupportsIndex | slice) -> EpochRecord | list[EpochRecord]:
        """Return a finished epoch, the last as -1, or those of a slice.

        Raises:
            UnknownNameError: There is no such epoch, or it is no place.
        """
        if isinstance(index, slice):
            return self.epochs[index]
        n, place = len(self.epochs), as_whole(index)
        if place is None or not -n <= place < n:
            raise UnknownNameError(
                f"No epoch {shown(index)}; {n} are finished.", "give its place, from 0, or a slice"
            )
        return self.epochs[place]

    def __iter__(self) -> Iterator[EpochRecord]:
        return iter(self.epochs)

    def __len__(self) -> int:
        return len(self.epochs)

    def _repr_html_(self) -> str:
        chosen = np.unique(np.linspace(0, len(self) - 1, MAX_ROWS).round().astype(int))
        rows: list[tuple[str, ...]] = []
        rows.append(("epoch", "loss", "accuracy", "validation loss", "validation accuracy", "s"))
        for record in (self.epochs[k] for k in chosen if self.epochs):
            scores = (record.train, record.validation)
            cells = [text for score in scores for text in _told(score)]
            rows.append((str(record.epoch), *cells, f"{record.seconds.get('training', 0.0):.3g}"))
        return html_table(rows, left=0)

    def __repr__(self) -> str:
        if not self.epochs:
            return "Fit(no finished epoch)"
        last = self.epochs[-1]
        return f"Fit({len(self)} epochs, loss {last.train.loss:.4g})"


def _told(score: Score | None) -> tuple[str, str]:
    if score is None:
        return "", ""
    return f"{score.loss:.5g}", "" if np.isnan(score.accuracy) else f"{score.accuracy:.2%}"
