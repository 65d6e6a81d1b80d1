"""Resuming a run: model, optimizer and history are set to its last committed epoch."""

import os
from collections.abc import Mapping
from typing import Any

from ebana_core.arrays import Array
from ebana_core.checking import shown
from ebana_core.errors import EbanaError, FormatError, StorageError
from ebana_core.network.configuration import UNSAID
from ebana_core.network.declared import checked_values
from ebana_core.network.plain_data import OBJECT, missing
from ebana_core.paths import checked_target
from ebana_core.registry import Registry
from ebana_core.storage.lock import FileLock
from ebana_core.storage.record import RunHeader
from ebana_core.storage.run import Run
from ebana_core.storage.whole import check_arrays, check_counters
from ebana_core.training.history import Fit
from ebana_core.training.loading import records_of
from ebana_core.training.task import Task

RETOLD = ("epochs", "learning")
"""Settings that are not compared: more epochs may be asked for than the run began with, and what
learns is told by ``rule``, ``losses`` and ``optimizer`` too."""


def find_run(path: str | os.PathLike[str] | None) -> Run | None:
    """Return the run to go on with; None where none was begun or nothing of it was committed.

    Raises:
        StorageError: No file is named, another process writes it, or it is damaged.
    """
    if path is None:
        raise StorageError("resume=True without a run.", "name its file: run=...")
    if not os.path.exists(path):
        return None
    _require_no_writer(path)
    try:
        run = Run.open(path)
    except EbanaError:
        # A file that another process began to write while it was looked through may seem damaged.
        _require_no_writer(path)
        raise
    if run.n_epochs or run.partial is not None:
        return run
    run.close()
    return None


def _require_no_writer(path: str | os.PathLike[str]) -> None:
    FileLock.require_free(checked_target(path))


def go_on(run: Run, task: Task, history: Fit) -> None:
    """Give model, optimizer and history what the run holds of finished epochs, and close it."""
    with run:
        task.values.restore(run.parameters)
        state = run.state
        if run.n_epochs:
            task.optimizer.restore(run.slots, int(state["step"]))
        task.optimizer.rate_factor = float(state["rate_factor"])
        for record in records_of(run, tuple(task.losses)):
            history.append(record)


def require_whole(run: Run, task: Task) -> None:
    """Refuse a run whose state lacks arrays of the model or optimizer, or holds others.

    Raises:
        FormatError: Names the file and the array.
        ParameterError: A value is outside its bounds; names it.
    """
    _check_parameters(run.initial, task, f"{run.path}:/initial")
    _check_parameters(run.parameters, task, f"{run.path}:/latest/parameters")
    if run.n_epochs:
        task.optimizer.check_slots(run.slots, f"{run.path}:/latest/slots")
        _check_plain(run.state, run)
    partial = run.partial
    if partial is not None:
        _check_parameters(partial.latest.parameters, task, f"{run.path}:/latest/parameters")
        task.optimizer.check_slots(partial.latest.slots, f"{run.path}:/latest/slots")
        _check_plain(partial.latest.plain, run)


def _check_parameters(values: Mapping[str, Array], task: Task, place: str) -> None:
    declared = task.values.declared
    check_arrays(
        values, {name: parameter.declaration.shape for name, parameter in declared.items()}, place
    )
    for name, parameter in declared.items():
        try:
            checked_values(parameter, values[name])
        except EbanaError as error:
            error.add_note(f"in {place}")
            raise


def _check_plain(plain: Mapping[str, Any], run: Run) -> None:
    check_counters(plain.get("step"), plain.get("rate_factor"), f"{run.path}:/latest/plain")
    if not isinstance(plain.get("callbacks"), Mapping):
        raise FormatError(
            f"{run.path}:/latest/plain has callbacks {plain.get('callbacks')!r}.",
            "start the run anew: overwrite=True",
        )


def require_same(run: Run, header: RunHeader, registry: Registry) -> None:
    """Refuse to resume a run with other settings than it began with.

    Raises:
        StorageError: Names what differs, and plugins of the run that are not installed.
    """
    own = {"seed": header.seed, "model": header.model, "samples": header.samples}
    mine: dict[str, Any] = {**header.settings, **own}
    rows = None if run.samples is None else run.samples.tolist()
    theirs = {**run.settings, "seed": run.seed, "model": {**UNSAID, **run.model}, "samples": rows}
    # Older run files do not record the test set; it is taken to be the same. They know no chips.
    known = {"test_data": mine["test_data"], "chip": None, "read_noise": None, **theirs}
    differing = [
        key
        for key in mine
        if key not in RETOLD and _normalized(mine[key]) != _normalized(known.get(key))
    ]
    if "optimizer" in differing and "optimizer_settings" in differing:
        differing.remove("optimizer_settings")  # another one has others
    if differing:
        key = differing[0]
        told = f"{theirs.get(key)!r}, now {mine[key]!r}"
        if key == "model":
            told = f"another network{_apart(theirs[key], mine[key])}"
        absent = missing(run.settings.get("learning"), registry).values()
        raise StorageError(
            f"{run.path} was made with other {', '.join(differing)}: {key} was {told[:300]}."
            + "".join(f" {error.problem}" for error in absent),
            next(
                (error.fix for error in absent),
                "give the same settings as when the run began, or start another run",
            ),
        )


def _apart(theirs: Any, mine: Any, place: str = "") -> str:
    """Return where two pieces of plain data differ first, in words; empty: nowhere."""
    if _normalized(theirs) == _normalized(mine):
        return ""
    if not (isinstance(theirs, Mapping) and isinstance(mine, Mapping)):
        return f" in {place}, {shown(theirs)} and now {shown(mine)}"
    for name in dict.fromkeys([*theirs, *mine]):
        told = _apart(theirs.get(name), mine.get(name), f"{place}.{name}" if place else str(name))
        if told:
            return told
    return ""


def _normalized(value: Any) -> Any:
    """Return plain data as it comes back from JSON, without who provides a setting's class.

    Older files do not tell that; versions of layers are compared.
    """
    if isinstance(value, Mapping):
        untold = ("provider", "version") if OBJECT in value else ()
        return {str(key): _normalized(item) for key, item in value.items() if key not in untold}
    return [_normalized(item) for item in value] if isinstance(value, list | tuple) else value
