"""A figure of the logs that a callback waits for to get better."""

import math
from collections.abc import Mapping
from typing import Any, Literal

from ebana_core.callbacks.settings import check_text
from ebana_core.checking import check_word, checked_number, checked_whole
from ebana_core.errors import DataError, UnknownNameError

VALIDATED = ("val_loss", "val_accuracy")
"""Figures of epochs that were validated."""


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

    def begin(self, params: Mapping[str, Any]) -> None:
        """Forget all epochs, and refuse a fit whose logs will never hold the figure.

        Args:
            params: What the fit tells its callbacks.

        Raises:
            UnknownNameError: The figure is one of validation, and there is no test set.
        """
        self.restart()
        if self.monitor in VALIDATED and params.get("test_samples") == 0:
            raise UnknownNameError(
                f"{self.owner} monitors {self.monitor!r}, and fit was given no test set.",
                f"give fit(test_dataloader=(x, y)), or monitor {self.monitor[4:]!r}",
            )

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
            DataError: It is not a number, as an accuracy is where the loss measures none.
        """
        if self.monitor not in logs:
            if self.monitor in VALIDATED:
                return None
            raise UnknownNameError(
                f"{self.owner} monitors {self.monitor!r}; the logs hold {sorted(logs)}.",
                "monitor one of these, or val_loss and val_accuracy with a test set",
            )
        value = self.sign * logs[self.monitor]
        if math.isnan(value):  # no epoch would ever be better
            raise DataError(
                f"{self.owner} monitors {self.monitor!r}, which is nan.",
                "monitor a loss; or give a loss that measures accuracy, such as "
                "MSE(output_midpoint=0.5)",
            )
        if value > self.best + self.min_delta or self.best == -math.inf:
            self.best, self.waited = value, 0
            return True
        self.waited += 1
        return False
