"""Callbacks that act when a figure stops getting better."""

import logging
import math
from collections.abc import Mapping
from typing import Any, Literal, final

from ebana_core.callbacks.callback import Callback, Logs
from ebana_core.callbacks.watched import Watched
from ebana_core.checking import check_truth, checked_number, checked_whole

LOGGER = logging.getLogger("ebana")
BELOW_1 = math.nextafter(1.0, 0.0)
"""Largest factor that lowers a rate."""


@final
class EarlyStopping(Callback):
    """Ends a fit when a figure has stopped getting better.

    Args:
        monitor: ``loss``, ``accuracy``, ``val_loss`` or ``val_accuracy``; epochs that are not
            validated do not count for the last two.
        min_delta: Change that counts as better, in the figure's unit.
        patience: Epochs without one after which the fit ends; 0 is as 1.
        mode: ``"min"`` or ``"max"``; ``"auto"``: accuracies rise, losses fall.
        baseline: What the first epochs have to beat; None: anything.
        restore_best: Leave the model with the parameters of the best epoch.

    Attributes:
        stopped_epoch: Epoch after which it ended the fit; 0: it did not.
        best_epoch: Best epoch; 0: none yet.

    Examples:
        >>> import types
        >>> stopping = EarlyStopping("loss", patience=2)
        >>> stopping.set_model(types.SimpleNamespace(stop_training=False), None)
        >>> stopping.on_train_begin()
        >>> for epoch, loss in enumerate([0.3, 0.2, 0.25, 0.22], start=1):
        ...     stopping.on_epoch_end(epoch, {"loss": loss})
        >>> stopping.best_epoch, stopping.stopped_epoch
        (2, 4)
    """

    def __init__(
        self,
        monitor: str = "val_loss",
        *,
        min_delta: float = 0.0,
        patience: int = 0,
        mode: Literal["auto", "min", "max"] = "auto",
        baseline: float | None = None,
        restore_best: bool = False,
    ) -> None:
        self._watched = Watched(
            "EarlyStopping",
            monitor=monitor,
            mode=mode,
            min_delta=min_delta,
            patience=patience,
            baseline=baseline,
        )
        check_truth(restore_best, "EarlyStopping has restore_best")
        self.restore_best = restore_best
        self.stopped_epoch = self.best_epoch = 0
        self._best: Mapping[str, Any] | None = None

    def on_train_begin(self, logs: Logs | None = None) -> None:
        self._watched.begin(self.params)
        self.stopped_epoch = self.best_epoch = 0
        self._best = None

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        is_best = self._watched.see(logs or {})
        if is_best:
            self.best_epoch = epoch
            if self.restore_best:
                self._best = self.model.parameters.snapshot()
        if is_best is False and self._watched.is_over:
            self.stopped_epoch = epoch
            self.model.stop_training = True
            LOGGER.info(
                "epoch %d: stopped, %s was best in epoch %d",
                epoch,
                self._watched.monitor,
                self.best_epoch,
            )

    def on_train_end(self, logs: Logs | None = None) -> None:
        if self._best is not None:
            self.model.restore(self._best)
        elif self.restore_best and self.best_epoch:
            LOGGER.warning(
                "epoch %d was best, before the run was resumed; its parameters are in the run "
                "file where save_parameters kept them",
                self.best_epoch,
            )

    def state(self) -> dict[str, Any]:
        return {**self._watched.state(), "best_epoch": self.best_epoch}

    def restore(self, state: Mapping[str, Any]) -> None:
        self._watched.restore(state)
        self.best_epoch = int(state["best_epoch"])


@final
class ReduceLROnPlateau(Callback):
    """Lowers all learning rates when a figure has stopped getting better.

    Args:
        monitor: As of `EarlyStopping`.
        factor: What learning rates are multiplied with, above 0 and below 1.
        patience: Epochs without a better figure after which it does; 0 is as 1.
        mode: As of `EarlyStopping`.
        min_delta: As of `EarlyStopping`.
        cooldown: Epochs after a reduction that do not count.
        min_factor: Smallest product of all factors.

    Examples:
        >>> ReduceLROnPlateau("loss", factor=0.5, patience=5).factor
        0.5
    """

    def __init__(
        self,
        monitor: str = "val_loss",
        *,
        factor: float = 0.1,
        patience: int = 10,
        mode: Literal["auto", "min", "max"] = "auto",
        min_delta: float = 1e-4,
        cooldown: int = 0,
        min_factor: float = 0.0,
    ) -> None:
        owner = "ReduceLROnPlateau"
        fix = "give a number between 0 and 1"
        self.factor = checked_number(factor, f"{owner} has factor", fix, above=0.0, at_most=BELOW_1)
        self.cooldown = checked_whole(cooldown, f"{owner} has cooldown", at_least=0)
        fix = "give a finite number of at least 0"
        self.min_factor = checked_number(min_factor, f"{owner} has min_factor", fix, at_least=0.0)
        self._watched = Watched(
            owner, monitor=monitor, mode=mode, min_delta=min_delta, patience=patience
        )
        self._cooling = 0

    def on_train_begin(self, logs: Logs | None = None) -> None:
        self._watched.begin(self.params)
        self._cooling = 0

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        is_best = self._watched.see(logs or {})
        if self._cooling:
            self._cooling -= 1
            self._watched.waited = 0
        if is_best is False and self._watched.is_over:
            lowered = max(self.optimizer.rate_factor * self.factor, self.min_factor)
            if lowered < self.optimizer.rate_factor:
                self.optimizer.rate_factor = lowered
                LOGGER.info("epoch %d: learning rates times %g", epoch, lowered)
            self._watched.waited, self._cooling = 0, self.cooldown

    def state(self) -> dict[str, Any]:
        return {**self._watched.state(), "cooling": self._cooling}

    def restore(self, state: Mapping[str, Any]) -> None:
        self._watched.restore(state)
        self._cooling = int(state["cooling"])
