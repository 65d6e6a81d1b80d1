"""Saves the model while it is trained."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, final

from ebana_core.callbacks.callback import Callback, Logs
from ebana_core.callbacks.settings import checked_path
from ebana_core.callbacks.watched import Watched
from ebana_core.checking import check_truth, checked_whole
from ebana_core.errors import ParameterError, StorageError, UnknownNameError


@final
class ModelCheckpoint(Callback):
    """Saves the model after epochs, for `Model.load`; a file of the same name is replaced.

    Args:
        filepath: Of the file; figures of the epoch are filled in: ``"xor-{epoch:03d}.h5"``, or
            ``"best-{val_loss:.3f}.h5"``. Its folder is made.
        monitor: As of `EarlyStopping`; it counts with `save_best_only`.
        save_best_only: Save epochs only that are better than all before.
        mode: As of `EarlyStopping`.
        min_delta: As of `EarlyStopping`.
        every: Epochs between two that may be saved.

    Raises:
        StorageError: The file cannot be written.
        UnknownNameError: `filepath` names a figure that the epoch does not have.

    Attributes:
        latest: File that was written last; None: none yet.

    Examples:
        >>> best = ModelCheckpoint("best-{val_loss:.3f}.h5", save_best_only=True)
        >>> best.save_best_only
        True
    """

    def __init__(
        self,
        filepath: str | os.PathLike[str],
        monitor: str = "val_loss",
        *,
        save_best_only: bool = False,
        mode: Literal["auto", "min", "max"] = "auto",
        min_delta: float = 0.0,
        every: int = 1,
    ) -> None:
        check_truth(save_best_only, "ModelCheckpoint has save_best_only")
        fix = "give the path of a file, such as 'xor-{epoch:03d}.h5'"
        self.filepath = checked_path(filepath, "ModelCheckpoint has filepath", fix)
        self.save_best_only = save_best_only
        self.every = checked_whole(every, "ModelCheckpoint has every")
        self._watched = Watched(
            "ModelCheckpoint", monitor=monitor, mode=mode, min_delta=min_delta, patience=0
        )
        self.latest: Path | None = None

    def on_train_begin(self, logs: Logs | None = None) -> None:
        if self.save_best_only:
            self._watched.begin(self.params)

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        if epoch % self.every or (self.save_best_only and not self._watched.see(logs or {})):
            return
        path = self._path(epoch, logs or {})
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StorageError(
                f"{path.parent} cannot be made: {error.strerror}.", "choose another folder"
            ) from error
        self.model.save(path)
        self.latest = path

    def _path(self, epoch: int, logs: Logs) -> Path:
        try:
            return Path(self.filepath.format(epoch=epoch, **logs))
        except (KeyError, IndexError) as error:
            raise UnknownNameError(
                f"ModelCheckpoint has filepath={self.filepath!r}; the epoch has the figures "
                f"{['epoch', *logs]}, not {error}.",
                "name one of these; val_loss and val_accuracy need a test set, and are there after "
                "epochs that are validated",
            ) from error
        except (ValueError, AttributeError, TypeError) as error:
            raise ParameterError(
                f"ModelCheckpoint has filepath={self.filepath!r}: {error}.",
                "write figures as {epoch:03d} or {loss:.3f}, and braces twice: {{",
            ) from error

    def state(self) -> dict[str, Any]:
        return self._watched.state()

    def restore(self, state: Mapping[str, Any]) -> None:
        self._watched.restore(state)
