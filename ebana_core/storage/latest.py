"""The present in a run file: states in banks, and an epoch that is under way."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ebana_core.arrays import Array
from ebana_core.later import Library
from ebana_core.storage.datasets import dims_of
from ebana_core.storage.hdf5 import read_arrays
from ebana_core.storage.layout import PARTIAL, Commit
from ebana_core.storage.record import LatestState, PartialEpoch
from ebana_core.storage.state import SEPARATOR

if TYPE_CHECKING:
    import h5py
else:
    h5py = Library("h5py")


def fresh(file: h5py.File, place: str) -> h5py.Dataset:
    """Return a dataset as large as its writer has made it since it was looked at."""
    dataset = file[place]
    dataset.id.refresh()
    return dataset


def read_bank(file: h5py.File, kind: str, bank: int) -> dict[str, Array]:
    """Return the arrays of a bank by name, of ``"parameters"`` or ``"slots"``."""
    for name in file["latest"][kind]:
        fresh(file, f"latest/{kind}/{name}")
    return read_arrays(file["latest"][kind], bank)


def read_partial(file: h5py.File, commit: Commit) -> PartialEpoch | None:
    """Return what is committed of the epoch that is under way; None: nothing.

    Raises:
        ValueError, KeyError, IndexError: The file is damaged there.
    """
    if not commit.partial_batches:
        return None
    bank = commit.partial_bank
    text = np.asarray(fresh(file, "latest/plain")[bank], dtype=np.uint8)
    plain = json.loads(text.tobytes())
    scores = np.asarray(fresh(file, f"{PARTIAL}/scores")[: commit.partial_batches])
    if len(scores) < commit.partial_batches:
        raise ValueError("fewer batches than were committed")
    slots = read_bank(file, "slots", bank)
    return PartialEpoch(
        latest=LatestState(
            epoch=int(plain["epoch"]),
            parameters=read_bank(file, "parameters", bank),
            slots={name.replace(SEPARATOR, "/"): values for name, values in slots.items()},
            plain=plain,
        ),
        scores=scores,
        arrays=_recorded_rows(file[PARTIAL], plain["rows"]),
    )


def _recorded_rows(partial: h5py.Group, rows: Mapping[str, int]) -> dict[str, Array]:
    """Return the first rows of all that is recorded of an epoch that is under way."""
    found: dict[str, Array] = {}

    def visit(name: str, item: Any) -> None:
        if isinstance(item, h5py.Dataset) and name != "scores":
            item.id.refresh()
            found[name] = np.asarray(item[: int(rows[dims_of(item)[0]])])

    partial.visititems(visit)
    return found
