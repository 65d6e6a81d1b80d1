"""The beginning of a run file: what is known before the first epoch."""

from __future__ import annotations

import json
import os
import platform
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from ebana_core.errors import FormatError
from ebana_core.later import Library
from ebana_core.storage.chip_file import add_chips
from ebana_core.storage.datasets import (
    add_array,
    add_banks,
    add_rows,
    add_series,
    append,
    axes,
    set_text,
    write_arrays,
)
from ebana_core.storage.hdf5 import mark, typed_group
from ebana_core.storage.layout import (
    BATCH_COLUMNS,
    COMMIT_COLUMNS,
    EPOCH_COLUMNS,
    MEASURES,
    PARTIAL,
    RUN,
    STATE_BYTES,
    VERSIONS,
    Commit,
    output_columns,
)
from ebana_core.storage.record import RunHeader, SavedArray
from ebana_core.storage.state import SEPARATOR

if TYPE_CHECKING:
    import h5py
else:
    h5py = Library("h5py")

ROWS = {"commits": "commit", "epochs": "epoch", "batches": "batch"}
"""Table to the name of its rows' dimension."""
JSON_ATTRIBUTES = ("command", "versions", "model", "settings", "coordinates")
"""Datasets of a run file that hold JSON."""


def write_header(file: h5py.File, header: RunHeader) -> None:
    """Create every dataset of a run: none can be added once others read along."""
    mark(file, RUN)
    file.attrs["seed"] = header.seed
    set_text(file, "started", datetime.now(UTC).isoformat())
    set_text(file, "platform", platform.platform())
    texts: dict[str, Any] = {
        "command": sys.argv,
        "versions": header.versions,
        "model": header.model,
        "settings": header.settings,
        "coordinates": header.coordinates,
    }
    for name in JSON_ATTRIBUTES:
        write_json(file, name, texts[name])
    if header.chips:
        add_chips(file, header.chips, header.units)
    if header.wiring is not None:
        write_json(file, "wiring", header.wiring)
    _table(file, "commits", "commits", COMMIT_COLUMNS)
    # A run that is killed in its first epoch has begun.
    append(file["commits"], [Commit(0, 0, 0, 0, time.time()).row])
    columns = (
        *EPOCH_COLUMNS,
        *output_columns(header.coordinates["output"]),
        *((name, MEASURES[name]) for name in header.measures),
        *header.reports.items(),
    )
    _table(file, "epochs", "epochs", columns)
    _table(file, "batches", "batches", BATCH_COLUMNS)
    write_arrays(typed_group(file, "initial", "ebana-parameters"), header.initial, header.units)
    _write_latest_banks(file, header)
    _write_series(file, header)
    _write_partial(file, header)
    if header.samples is not None:
        add_array(file, "samples", np.array(header.samples), unit="1", dims=("sample",))


def check_writable(file: h5py.File, path: str | os.PathLike[str], header: RunHeader) -> None:
    """Refuse to go on with a run of an older format, or one that lacks what would be written.

    Raises:
        FormatError: Names the version or the place.
    """
    version, newest = int(file.attrs["version"]), VERSIONS[RUN][1]
    if version != newest:
        raise FormatError(
            f"{os.fspath(path)} was begun in format version {version}, which this ebana reads; "
            f"it writes version {newest}.",
            "start another run from its values: model = Model.load(path), then fit(run=...)",
        )
    places = [array.place for array in header.saved_arrays]
    places += [f"latest/parameters/{name}" for name in header.initial]
    places += [f"latest/slots/{name.replace('/', SEPARATOR)}" for name in header.slots]
    for place in places:
        if place not in file:
            raise FormatError(
                f"{os.fspath(path)} lacks {place!r}, which the run goes on to write.",
                "start another run from its values: model = Model.load(path), then fit(run=...)",
            )


def write_json(file: h5py.File, name: str, value: Any) -> None:
    """Write plain data beside the groups: attributes hold 64 KiB, a configuration may not fit."""
    text = np.frombuffer(json.dumps(value).encode(), dtype=np.uint8)
    add_array(file, name, text, unit="JSON", dims=("byte",))


def read_json(file: h5py.File, name: str) -> Any:
    """Return plain data that `write_json` wrote."""
    return json.loads(np.asarray(file[name][()], dtype=np.uint8).tobytes())


def _table(file: h5py.File, name: str, rows: str, columns: Any) -> None:
    dims = (ROWS[rows], "column")
    table = add_series(file, name, (len(columns),), unit="see columns", dims=dims)
    set_text(table, "columns", json.dumps(columns))
    set_text(table, "rows", rows)


def _write_latest_banks(file: h5py.File, header: RunHeader) -> None:
    latest = typed_group(file, "latest", "ebana-state-banks")
    parameters = typed_group(latest, "parameters", "ebana-parameters")
    for name, values in header.initial.items():
        dims = axes(name, values.ndim)
        add_banks(parameters, name, values.shape, unit=header.units[name], dims=dims)
    slots = typed_group(latest, "slots", "ebana-slots")
    for name, values in header.slots.items():
        place, dims = name.replace("/", SEPARATOR), axes(name.split("/")[0], values.ndim)
        add_banks(slots, place, values.shape, unit="optimizer", dims=dims)
    add_banks(latest, "plain", (STATE_BYTES,), unit="JSON", dims=("byte",), dtype=np.uint8)


def _write_partial(file: h5py.File, header: RunHeader) -> None:
    """Create what takes the batches of an epoch that is not finished; empty until it is long."""
    partial = typed_group(file, PARTIAL, "ebana-partial-epoch")
    n_columns = 2 + 2 * len(header.coordinates["output"])
    add_rows(partial, "scores", (n_columns,), unit="see columns", dims=("batch", "column"))
    for array in header.saved_arrays:
        if array.topic != "parameters":
            *folders, name = array.place.split("/")
            group = _folder(partial, folders)
            add_rows(group, name, array.shape[1:], unit=array.unit, dims=array.dims)


def _folder(group: h5py.Group, folders: Sequence[str]) -> h5py.Group:
    for folder in folders:
        group = group[folder] if folder in group else typed_group(group, folder, "ebana-series")
    return group


def _write_series(file: h5py.File, header: RunHeader) -> None:
    saved = typed_group(file, "saved", "ebana-saved-epochs")
    for array in header.saved_arrays:
        if array.topic not in saved:
            if array.is_last_only:
                add_banks(saved, array.topic, (), unit="1")
            else:
                epochs = add_series(saved, array.topic, (), unit="1", dims=("saved",))
                set_text(epochs, "rows", f"saved:{array.topic}")
        _add_series(file, array)


def _add_series(file: h5py.File, array: SavedArray) -> None:
    *folders, name = array.place.split("/")
    group = _folder(file, folders)
    if array.is_last_only:
        add_banks(group, name, array.shape, unit=array.unit, dims=array.dims)
    else:
        dims = ("saved", *array.dims)
        series = add_series(group, name, array.shape, unit=array.unit, dims=dims)
        set_text(series, "rows", f"saved:{array.topic}")
    set_text(group[name], "topic", array.topic)
