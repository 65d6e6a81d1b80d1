"""Callbacks that act when a figure stops getting better."""

import logging
import math
from collections.abc import Mapping
from typing import Any, Literal, final

from ebana_core.callbacks.callback import Callback, Logs
from ebana_core.callbacks.settings import check_text
from ebana_core.checking import check_truth, check_word, checked_number, checked_whole
from ebana_core.errors import UnknownNameError

LOGGER = logging.getLogger("ebana")
BELOW_1 = math.nextafter(1.0, 0.0)
"""Largest factor that lowers a rate."""


class Watched:
    """One figure of the logs, and for how many epochs it has not been better.

    Args:
        owner: Name of the callback, for errors.
        monitor: ``loss``, ``accuracy``, ``val_loss`` or ``val_accuracy``.
        mode: ``"min"`` or ``"max"``; ``"auto"``: accuracies rise, losses fall.
        min_delta: Change that counts as better, in the figure's unit.
        patience: Epochs without one after which the callback acts; 0 is as 1.
        baseline: What the first epochs have to beat; None: anything.
    """

    def __init__(
        self,
        owner: str,
        *,
        monitor: str,
        mode: Literal["auto", "min", "max"],
        min_delta: float,
        patience: int,
        baseline: float | None = None,
    ) -> None:
        check_text(monitor, f"{owner} has monitor", "give the name of a figure, such as 'val_loss'")
        check_word(mode, f"{owner} has mode", ("auto", "min", "max"))
        patience = checked_whole(patience, f"{owner} has patience", at_least=0)
        fix = "give a finite number of at least 0"
        min_delta = checked_number(min_delta, f"{owner} has min_delta", fix, at_least=0.0)
        if baseline is not None:
            baseline = checked_number(
                baseline, f"{owner} has baseline", "give a finite number, or None"
            )
        self.owner, self.monitor, self.patience = owner, monitor, patience
        rises = mode == "max" or (mode == "auto" and "accuracy" in monitor)
        self.sign = 1.0 if rises else -1.0
        self.min_delta, self.baseline = float(min_delta), baseline
        self.restart()

    def restart(self) -> None:
        """Forget all epochs."""
        self.best = -math.inf if self.baseline is None else self.sign * self.baseline
        self.waited = 0

    def state(self) -> dict[str, Any]:
        """Return the best figure and the wait as plain data; JSON has no infinity: None."""
        return {"best": self.best if math.isfinite(self.best) else None, "waited": self.waited}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from what `state` returned."""
        self.best = -math.inf if state["best"] is None else float(state["best"])
        self.waited = int(state["waited"])

    @property
    def is_over(self) -> bool:
        """Whether the figure was not better for `patience` epochs."""
        return self.waited >= max(1, self.patience)

    def see(self, logs: Mapping[str, float]) -> bool | None:
        """Return whether this epoch is the best so far; None where it was not validated.

        Raises:
            UnknownNameError: The logs never hold the figure.
        """
        if self.monitor not in logs:
            if self.monitor in ("val_loss", "val_accuracy"):
                return None
            raise UnknownNameError(
                f"{self.owner} monitors {self.monitor!r}; the logs hold {sorted(logs)}.",
                "monitor one of these, or val_loss and val_accuracy with a test set",
            )
        value = self.sign * logs[self.monitor]
        if value > self.best + self.min_delta or (self.best == -math.inf and value == value):
            self.best, self.waited = value, 0
            return True
        self.waited += 1
        return False


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
        self._watched.restart()
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
        self._watched.restart()
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
