"""Several runs side by side: what they were told differently, and how well they learned."""

import json
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import Any, Protocol, TypeVar

import numpy as np

from ebana_core.arrays import Array
from ebana_core.checking import shown
from ebana_core.errors import DataError
from ebana_core.objects import checked_list
from ebana_core.paths import checked_source, in_unicode

Opened = TypeVar("Opened", bound=AbstractContextManager[Any])
SETTINGS = "settings."
"""Before the name of what a run was told."""


class Compared(Protocol):
    """What a comparison reads of a run."""

    @property
    def status(self) -> str: ...
    @property
    def n_epochs(self) -> int: ...
    @property
    def seed(self) -> int: ...
    @property
    def settings(self) -> Mapping[str, Any]: ...
    @property
    def model(self) -> Mapping[str, Any]: ...
    @property
    def scores(self) -> Mapping[str, Array]: ...


def compared(runs: Mapping[str, Compared]) -> list[dict[str, Any]]:
    """Return one row per run: its status, the settings that differ, and its scores.

    The row of a single run holds all settings. A setting that a run does not have is None there.

    Args:
        runs: Name to run.
    """
    told = [dict(_settings(run)) for run in runs.values()]
    names = dict.fromkeys(name for own in told for name in own)
    texts = {name: {json.dumps(own.get(name), default=str) for own in told} for name in names}
    kept = [name for name in names if len(told) == 1 or len(texts[name]) > 1]
    return [
        {
            "run": name,
            "status": run.status,
            "epochs": run.n_epochs,
            "seed": run.seed,
            **{SETTINGS + setting: own.get(setting) for setting in kept},
            **_scores(run),
        }
        for (name, run), own in zip(runs.items(), told, strict=True)
    ]


def status_in_words(status: str, ended: float) -> str:
    """Return the status of a run; one that stands still while running was killed.

    Args:
        status: Of the file.
        ended: Time of its last commit, s since 1970.
    """
    if status != "running":
        return status
    return f"running, last commit {max(0.0, time.time() - ended):.0f} s ago"


def _settings(run: Compared) -> Iterator[tuple[str, Any]]:
    """Yield what `fit` and the network were told, one plain value at a time."""
    # "learning" says once more, for programs, what rule, losses and optimizer say in words.
    yield from _leaves({k: value for k, value in run.settings.items() if k != "learning"}, "")
    network = {name: value for name, value in run.model.items() if name not in ("layers", "seed")}
    yield from _leaves(network, "")
    for name, layer in run.model["layers"].items():
        known = {**layer["settings"], "device": layer["device"], "parents": layer["parents"]}
        yield from _leaves(known, f"{name}.")


def _leaves(tree: Mapping[str, Any], before: str) -> Iterator[tuple[str, Any]]:
    for name, value in tree.items():
        if isinstance(value, Mapping) and value:
            yield from _leaves(value, f"{before}{name}.")
        else:
            yield before + name, value


def _scores(run: Compared) -> dict[str, float]:
    scores = run.scores
    return {
        "train_loss": last_known(scores["train_loss"]),
        "train_accuracy": last_known(scores["train_accuracy"]),
        "validation_loss": last_known(scores["validation_loss"]),
        "validation_accuracy": last_known(scores["validation_accuracy"]),
        "best_validation_accuracy": _best(scores["validation_accuracy"]),
        "training_seconds": float(scores["training_seconds"].sum()),
    }


def last_known(values: Array) -> float:
    """Return the last score of those that were measured; nan where there is none."""
    known = values[~np.isnan(values)]
    return float(known[-1]) if len(known) else np.nan


def _best(values: Array) -> float:
    return float(np.nanmax(values)) if (~np.isnan(values)).any() else np.nan


@contextmanager
def opened(open_run: Callable[[Path], Opened], paths: Sequence[Any]) -> Iterator[dict[str, Opened]]:
    """Open runs, each under a name that tells it from the others: the last parts of its path.

    Args:
        open_run: Opens one.
        paths: Run files.

    Raises:
        StorageError: A file cannot be read.
        DataError: No file is named, or one twice.
    """
    fix = "give a list of run files"
    files = [checked_source(path) for path in checked_list(paths, "paths", fix, error=DataError)]
    if not files:
        raise DataError(f"paths is {shown(paths)}.", fix)
    whole = [os.path.realpath(file) for file in files]
    for file, real in zip(files, whole, strict=True):
        if whole.count(real) > 1:
            raise DataError(f"{file} is named twice.", "name each run once")
    with ExitStack() as stack:
        yield {
            name: stack.enter_context(open_run(file))
            for name, file in zip(_names([file.absolute() for file in files]), files, strict=True)
        }


def _names(files: Sequence[Path]) -> list[str]:
    """Return as many last parts of every path as tell it from the others."""
    for n_parts in range(1, max(len(file.parts) for file in files)):
        names = [in_unicode("/".join(file.parts[-n_parts:])) for file in files]
        if len(set(names)) == len(names):
            return names
    return [in_unicode(str(file)) for file in files]
