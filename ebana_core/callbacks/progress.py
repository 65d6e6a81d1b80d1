"""Progress for people: a live bar on a terminal or in a notebook, lines elsewhere."""

import logging
import math
import sys
import time
from collections.abc import Mapping
from importlib.util import find_spec
from typing import Any, final

from ebana_core.callbacks.callback import Callback, Logs
from ebana_core.callbacks.notebook_bar import NotebookBar

LOGGER = logging.getLogger("ebana")
WIDE = 100
"""Columns from which the bar also shows operating points per second."""
DRAWN_EVERY = 0.1
"""Seconds between two looks at the batches of an epoch."""
PRINTED_EVERY = 1.0
"""Least seconds between two lines where there is no terminal: thousands of short epochs would drown
whatever else a script prints."""


def describe(logs: Mapping[str, float]) -> str:
    """Return logs as one line, leaving out values that are not numbers."""
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


def describe_rate(points_per_second: float) -> str:
    """Return operating points per second in a few characters."""
    for unit, size in (("M", 1e6), ("k", 1e3)):
        if points_per_second >= size:
            return f"{points_per_second / size:.3g}{unit} points/s"
    return f"{points_per_second:.3g} points/s"


@final
class ProgressBar(Callback):
    """A live bar on a terminal or in a notebook; elsewhere lines.

    The bar shows the epoch, losses and accuracies, operating points per second, and the time
    left. Without a terminal the first and the last epoch are printed to the standard error, and
    others a second apart. A program that listens to the logger ``ebana`` gets these lines there
    instead: every validated epoch at level INFO, any other at DEBUG. Either way an epoch is told
    once it is safe in the run file.

    Examples:
        >>> from ebana_core.callbacks import CallbackList
        >>> shown = CallbackList([ProgressBar()])  # which `fit` adds by itself where it is verbose
    """

    def __init__(self) -> None:
        self._bar: Any = None
        self._n_epochs = self._n_batches = 1
        self._done = 0
        self._drawn, self._printed = 0.0, -math.inf
        self._latest: dict[str, float] = {}

    def on_train_begin(self, logs: Logs | None = None) -> None:
        self._n_epochs, self._n_batches = self.params["epochs"], self.params["steps"]
        self._done, self._latest = self.params.get("finished", 0), {}
        self._printed = -math.inf
        # Only here: most programs that import EBANA draw no bar.
        from rich.console import Console

        console = Console(file=sys.stderr)
        is_live = console.is_terminal and not console.is_dumb_terminal
        if is_live or console.is_jupyter:
            from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

            bar = Progress(
                TextColumn("epoch {task.fields[epoch]}/{task.fields[epochs]}"),
                BarColumn(bar_width=None),
                TextColumn("{task.description}"),
                TimeRemainingColumn(compact=True),
                console=console,
                expand=True,
            )
            # Where rich needs ipywidgets, it would draw nothing and warn.
            has_widgets = is_live or find_spec("ipywidgets") is not None
            self._bar = bar if has_widgets else NotebookBar(bar)
            bar.add_task(
                "",
                total=self._n_epochs * self._n_batches,
                completed=self._done * self._n_batches,
                epoch=self._done,
                epochs=self._n_epochs,
            )
            self._bar.start()

    def on_train_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        if self._bar is None or time.monotonic() - self._drawn < DRAWN_EVERY:
            return
        self._drawn = time.monotonic()
        completed = self._done * self._n_batches + batch
        self._bar.update(self._bar.task_ids[0], completed=completed)

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        logs = logs or {}
        self._done = epoch
        if self._bar is not None:
            self._latest |= logs  # a validation stays in view until the next one
            parts = [describe_briefly(self._latest)]
            if self._bar.console.width >= WIDE and logs.get("points_per_second"):
                parts.append(describe_rate(logs["points_per_second"]))
            self._bar.update(
                self._bar.task_ids[0],
                completed=epoch * self._n_batches,
                description=", ".join(parts),
                epoch=epoch,
            )

    def on_commit(self, epoch: int, logs: Logs | None = None) -> None:
        if self._bar is not None:
            return
        logs, now = logs or {}, time.monotonic()
        is_last = epoch == self._n_epochs or (epoch == self._done and self.model.stop_training)
        level = logging.INFO if "val_loss" in logs or is_last else logging.DEBUG
        LOGGER.log(level, "epoch %d/%d: %s", epoch, self._n_epochs, describe(logs))
        is_due = is_last or now - self._printed >= PRINTED_EVERY
        if is_due and not LOGGER.isEnabledFor(logging.INFO):
            print(f"epoch {epoch}/{self._n_epochs}: {describe(logs)}", file=sys.stderr, flush=True)
            self._printed = now

    def on_train_end(self, logs: Logs | None = None) -> None:
        if self._bar is not None:
            self._bar.stop()
            self._bar = None
