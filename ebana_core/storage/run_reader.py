"""Reads a run file: what is committed of it, arrays only where they are asked for."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, final

import numpy as np

from ebana_core.arrays import Array, IntArray
from ebana_core.checking import shown
from ebana_core.errors import FormatError, UnknownNameError
from ebana_core.later import Library
from ebana_core.storage.copying import committed
from ebana_core.storage.datasets import text_of
from ebana_core.storage.hdf5 import open_checked, read_arrays, read_table, reading
from ebana_core.storage.header import JSON_ATTRIBUTES, read_json
from ebana_core.storage.latest import fresh, read_bank, read_partial
from ebana_core.storage.layout import BANKS, EPOCH_COLUMNS, RUN, STATUSES, Commit
from ebana_core.storage.record import PartialEpoch
from ebana_core.storage.recorded import Recorded, find_recorded
from ebana_core.storage.state import SEPARATOR
from ebana_core.user_warnings import warn

if TYPE_CHECKING:
    import h5py
else:
    h5py = Library("h5py")


@final
class RunReader:
    """An open run file. `ebana_core.Run` shows what it reads under the names that users know.

    Attributes:
        path: The file.
        seed: Of the order of samples and device noise.
        started: Time in UTC, ISO 8601.
        platform: What the run was started on.
        version: Of the format.
        commit: The last promise that the file makes.
    """

    def __init__(self, file: h5py.File, path: Path) -> None:
        self._file, self.path = file, path
        self._texts: dict[str, Any] = {name: read_json(file, name) for name in JSON_ATTRIBUTES}
        self.seed, self.started = int(file.attrs["seed"]), text_of(file, "started")
        self.platform, self.version = text_of(file, "platform"), int(file.attrs["version"])
        self.commit: Commit = committed(file, path)

    @classmethod
    def open(cls, path: str | os.PathLike[str], *, probe: bool = True) -> Self:
        """Open a run file; see `Run.open`."""
        file = open_checked(path, (RUN,), probe=probe)
        try:
            with reading(path):
                reader = cls(file, Path(path))
                reader._check()
                return reader
        except BaseException:
            file.close()
            raise

    def _check(self) -> None:
        """Refuse a run whose parts do not fit each other."""
        texts = self._texts
        fits = (
            all(isinstance(texts[name], dict) for name in JSON_ATTRIBUTES if name != "command")
            and isinstance(texts["model"].get("layers"), dict)
            and all(isinstance(texts["coordinates"].get(k), list) for k in ("node", "layer"))
        )
        short = [
            name
            for name, n in (("epochs", self.commit.epochs), ("batches", self.commit.batches))
            if self._file[name].shape[0] < n
        ]
        # Behind these stand the scores of several outputs and what layers report.
        columns = [name for name, _ in EPOCH_COLUMNS]
        fits = fits and list(self.scores)[: len(columns)] == columns
        if not fits or short or self.commit.bank not in range(BANKS):
            what = f"fewer {short[0]} than it promises" if short else "no header of a run"
            raise FormatError(f"{self.path} holds {what}.", "`ebana runs repair` saves the rest")

    def refresh(self) -> None:
        """See what was committed since the file was opened."""
        with reading(self.path):
            # HDF5 keeps what it has read, sizes too, until it is told to look again.
            for name in ("commits", "epochs", "batches"):
                self._file[name].id.refresh()
            self.commit = committed(self._file, self.path)

    def text(self, name: str) -> Any:
        """Return plain data of the header, by one of the names in `JSON_ATTRIBUTES`."""
        return self._texts[name]

    @property
    def coordinates(self) -> Mapping[str, list[str]]:
        """Dimension to the names along it."""
        return dict(self._texts["coordinates"])

    @property
    def settings(self) -> Mapping[str, Any]:
        """Arguments of `fit`, as plain data."""
        return dict(self._texts["settings"])

    @property
    def status(self) -> str:
        """How the run stands, one of `STATUSES`."""
        return STATUSES[self.commit.status]

    @property
    def n_epochs(self) -> int:
        """Epochs in the file."""
        return self.commit.epochs

    @property
    def scores(self) -> dict[str, Array]:
        """Column to one number per epoch."""
        with reading(self.path):
            return read_table(self._file["epochs"], self.commit.epochs)

    @property
    def score_units(self) -> dict[str, str]:
        """Column of `scores` to its unit."""
        with reading(self.path):
            return dict(json.loads(text_of(self._file["epochs"], "columns")))

    @property
    def batches(self) -> dict[str, Array]:
        """Column to one number per batch."""
        with reading(self.path):
            return read_table(self._file["batches"], self.commit.batches)

    @property
    def initial(self) -> dict[str, Array]:
        """Parameter name to its values before the first epoch."""
        with reading(self.path):
            return read_arrays(self._file["initial"])

    @property
    def parameters(self) -> dict[str, Array]:
        """Parameter name to its values after the last epoch."""
        return self._latest("parameters") if self.n_epochs else self.initial

    @property
    def slots(self) -> dict[str, Array]:
        """Optimizer slot to its values after the last epoch."""
        found = self._latest("slots") if self.n_epochs else {}
        return {name.replace(SEPARATOR, "/"): values for name, values in found.items()}

    def _latest(self, kind: str) -> dict[str, Array]:
        with reading(self.path):
            return read_bank(self._file, kind, self.commit.bank)

    @property
    def state(self) -> dict[str, Any]:
        """Plain data after the last epoch."""
        if not self.commit.epochs:
            return {"epoch": 0, "step": 0, "rate_factor": 1.0, "callbacks": {}}
        with reading(self.path):
            plain = fresh(self._file, "latest/plain")
            text = np.asarray(plain[self.commit.bank], dtype=np.uint8)
            return dict(json.loads(text.tobytes()))

    @property
    def partial(self) -> PartialEpoch | None:
        """Committed batches of the epoch after the last finished one; None: there are none.

        Raises:
            StorageError: The file is damaged there.
        """
        with reading(self.path):
            return read_partial(self._file, self.commit)

    @property
    def units(self) -> dict[str, str]:
        """Parameter name to SI unit."""
        with reading(self.path):
            return {name: text_of(item, "unit") for name, item in self._file["initial"].items()}

    @property
    def places(self) -> list[str]:
        """Places of all recorded arrays."""
        found: list[str] = []

        def visit(name: str, item: Any) -> None:
            if "topic" in item.attrs and isinstance(item, h5py.Dataset):
                found.append(name)

        with reading(self.path):
            self._file.visititems(visit)
        return found

    def recorded(self, place: str) -> Recorded:
        """Return a recorded array; see `Run.recorded`."""
        with reading(self.path):
            if (
                not isinstance(place, str)
                or place not in self._file
                or "topic" not in self._file[place].attrs
            ):
                raise UnknownNameError(
                    f"{self.path} did not record {shown(place)}; it recorded {self.places}.",
                    "record it with the policies of Metrics",
                )
            return find_recorded(self._file, place, self.commit, self.path)

    def warn_of_first_batch(self) -> None:
        """Say that powers and currents of version 1 belong to one batch's values only."""
        if self.version == 1 and self.commit.batches > self.n_epochs:
            warn(
                f"{self.path} is of format version 1: powers and branch currents of all batches "
                "of an epoch were computed with the values of its first batch.",
            )

    @property
    def samples(self) -> IntArray | None:
        """Rows of the data set that phases are saved of; None: all."""
        with reading(self.path):
            if "samples" not in self._file:
                return None
            return np.asarray(self._file["samples"][()], dtype=np.intp)

    @property
    def wiring(self) -> dict[str, Any]:
        """Nodes and elements of the circuit; see `Run.wiring`."""
        with reading(self.path):
            if "wiring" not in self._file:
                raise UnknownNameError(
                    f"{self.path} holds no phase with the values that were in force.",
                    "record save_output_voltages, save_power_params or save_branch_currents with "
                    "an ebana that writes format version 2",
                )
            return dict(read_json(self._file, "wiring"))

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
