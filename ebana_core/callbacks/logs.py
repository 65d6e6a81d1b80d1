"""Callbacks that write the figures of a fit for other programs."""

import csv
import math
import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, final

from ebana_core.callbacks.callback import Callback, Logs
from ebana_core.callbacks.settings import checked_path
from ebana_core.checking import check_truth, checked_whole, shown
from ebana_core.errors import MissingLibraryError, ParameterError, StorageError

COLUMNS = (
    "epoch",
    "loss",
    "accuracy",
    "val_loss",
    "val_accuracy",
    "seconds",
    "points_per_second",
)


HDF5 = b"\x89HDF\r\n\x1a\n"
"""First bytes of a recorded training, a saved model or a chip."""


@final
class CSVLogger(Callback):
    """Writes one line per epoch to a CSV file; what an epoch does not have is empty.

    Args:
        filename: The file.
        separator: Between columns.
        append: Go on with an existing file, which keeps its head.

    Raises:
        ParameterError: A setting is not right.
        StorageError: The file cannot be written.

    Examples:
        >>> CSVLogger("epochs.csv", separator=";").separator
        ';'
    """

    def __init__(
        self, filename: str | os.PathLike[str], separator: str = ",", append: bool = False
    ) -> None:
        fix = "give the path of a file, such as 'xor.csv'"
        self.path = Path(checked_path(filename, "CSVLogger has filename", fix))
        check_truth(append, "CSVLogger has append")
        if not isinstance(separator, str) or len(separator) != 1 or separator in '"\r\n':
            raise ParameterError(
                f"CSVLogger has separator={shown(separator)}.",
                "give one character, which is neither a quote nor the end of a line",
            )
        self.separator, self.append = separator, append
        self._file: IO[str] | None = None
        self._writer: Any = None

    def on_train_begin(self, logs: Logs | None = None) -> None:
        self._check_no_hdf5()
        try:
            goes_on = self.append and self.path.exists() and self.path.stat().st_size > 0
            self._file = self.path.open("a" if self.append else "w", newline="")
        except OSError as error:
            raise self._unwritten(error) from error
        self._writer = csv.writer(self._file, delimiter=self.separator)
        if not goes_on:
            self._write(COLUMNS)

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        assert self._file is not None
        figures = {"epoch": epoch, **(logs or {})}
        self._write([figures.get(column, "") for column in COLUMNS])

    def on_train_end(self, logs: Logs | None = None) -> None:
        if self._file is not None:
            file, self._file = self._file, None
            with suppress(OSError):  # what could not be written was told
                file.close()

    def _check_no_hdf5(self) -> None:
        """Refuse to write over, or behind, a recorded training."""
        if not self.path.is_file():  # a pipe would wait
            return
        try:
            with self.path.open("rb") as file:
                first = file.read(len(HDF5))
        except OSError as error:
            raise self._unwritten(error) from error
        if first == HDF5:
            raise StorageError(
                f"{self.path} is an HDF5 file, such as a recorded training.",
                "give CSVLogger another file, such as 'xor.csv'",
            )

    def _write(self, row: Sequence[Any]) -> None:
        assert self._file is not None
        try:
            self._writer.writerow(row)
            self._file.flush()
        except OSError as error:
            self.on_train_end()  # nothing more is written
            raise self._unwritten(error) from error

    def _unwritten(self, error: OSError) -> StorageError:
        return StorageError(
            f"{self.path} cannot be written: {error.strerror}.",
            "choose another file, in a folder with free space that you may write to",
        )


@final
class TensorBoard(Callback):
    """Writes the figures of every epoch, and the values of every parameter, for TensorBoard.

    Args:
        log_dir: Folder of the event files.
        histogram_freq: Epochs between histograms of the parameters; 0: none.

    Raises:
        MissingLibraryError: tensorboardX is not installed.
        ParameterError: A setting is not right.

    Examples:
        >>> board = TensorBoard("logs", histogram_freq=0)  # the fit opens the folder
        >>> board.histogram_freq
        0
    """

    def __init__(self, log_dir: str | os.PathLike[str], histogram_freq: int = 1) -> None:
        try:
            from tensorboardX import SummaryWriter
        except ImportError as error:
            raise MissingLibraryError(
                "TensorBoard's event files need tensorboardX, which is not installed.",
                "pip install ebana-core[tensorboard]",
            ) from error
        self._new_writer = SummaryWriter
        fix = "give the path of a folder, such as 'logs'"
        self.log_dir = checked_path(log_dir, "TensorBoard has log_dir", fix)
        self.histogram_freq = checked_whole(
            histogram_freq, "TensorBoard has histogram_freq", at_least=0
        )
        self._writer: Any = None

    def on_train_begin(self, logs: Logs | None = None) -> None:
        self._writer = self._new_writer(self.log_dir)

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        for name, value in (logs or {}).items():
            if math.isfinite(value):  # a loss may define no accuracy
                self._writer.add_scalar(name, value, epoch)
        if self.histogram_freq and epoch % self.histogram_freq == 0:
            for name, values in self.model.parameters.snapshot().items():
                self._writer.add_histogram(name, values, epoch)

    def on_train_end(self, logs: Logs | None = None) -> None:
        if self._writer is not None:
            self._writer.close()
            self._writer = None
