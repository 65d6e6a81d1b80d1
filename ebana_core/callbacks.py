"""Callbacks: objects that `fit` tells about its progress."""

import logging
import sys
from collections.abc import Mapping
from typing import final

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

LOGGER = logging.getLogger("ebana")


class Callback:
    """Watches a `fit`. Every method does nothing by default; exceptions stop the fit."""

    def on_train_begin(self, n_epochs: int) -> None:
        """Called once before the first epoch."""

    def on_epoch_end(self, epoch: int, logs: Mapping[str, float]) -> None:
        """Called after each epoch, counted from 1.

        Args:
            epoch: Finished epoch.
            logs: ``loss``, ``accuracy``, ``seconds`` (training) and, where the epoch was
                validated, ``val_loss`` and ``val_accuracy``.
        """

    def on_train_end(self) -> None:
        """Called once after the last epoch, also when fit is interrupted or fails."""


def describe(logs: Mapping[str, float]) -> str:
    """Return logs as one line, without what is not a number."""
    shown = {
        "loss": "{:.4g}",
        "accuracy": "{:.1%}",
        "val_loss": "{:.4g}",
        "val_accuracy": "{:.1%}",
    }
    parts = [
        f"{name.replace('_', ' ')} {form.format(logs[name])}"
        for name, form in shown.items()
        if name in logs and logs[name] == logs[name]
    ]
    return ", ".join(parts)


def describe_briefly(logs: Mapping[str, float]) -> str:
    """Return logs in about 45 characters, validation in (), so that a bar fits beside them."""
    parts = []
    for name, form in (("loss", "{:.3g}"), ("accuracy", "{:.0%}")):
        value, validated = (logs.get(key, float("nan")) for key in (name, f"val_{name}"))
        if value == value:
            text = f"{name} {form.format(value)}"
            extra = f" (val {form.format(validated)})" if validated == validated else ""
            parts.append(text + extra)
    return ", ".join(parts)


@final
class ProgressBar(Callback):
    """A live bar on a terminal; elsewhere log lines of logger ``ebana``.

    Without a terminal every validated epoch is a line at level INFO, any other at DEBUG.
    """

    def __init__(self) -> None:
        self._bar: Progress | None = None
        self._n_epochs = 0
        self._latest: dict[str, float] = {}

    def on_train_begin(self, n_epochs: int) -> None:
        self._n_epochs, self._latest = n_epochs, {}
        console = Console(file=sys.stderr)
        if console.is_terminal and not console.is_dumb_terminal:
            self._bar = Progress(
                TextColumn("epoch {task.completed}/{task.total}"),
                BarColumn(bar_width=None),
                TextColumn("{task.description}"),
                TimeRemainingColumn(compact=True),
                console=console,
                expand=True,
            )
            self._bar.add_task("", total=n_epochs)
            self._bar.start()

    def on_epoch_end(self, epoch: int, logs: Mapping[str, float]) -> None:
        if self._bar is not None:
            self._latest |= logs  # a validation stays in view until the next one
            text = describe_briefly(self._latest)
            self._bar.update(self._bar.task_ids[0], completed=epoch, description=text)
            return
        is_shown = "val_loss" in logs or epoch == self._n_epochs
        level = logging.INFO if is_shown else logging.DEBUG
        LOGGER.log(level, "epoch %d/%d: %s", epoch, self._n_epochs, describe(logs))

    def on_train_end(self) -> None:
        if self._bar is not None:
            self._bar.stop()
            self._bar = None
