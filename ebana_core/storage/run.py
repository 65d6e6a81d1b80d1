"""A run as somebody else analyses it: typed access to one HDF5 file, arrays read on demand."""

import json
import os
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, final

import h5py
import numpy as np

from ebana_core.arrays import Array
from ebana_core.circuit.elements import IntArray
from ebana_core.errors import FormatError, UnknownNameError
from ebana_core.storage.datasets import text_of
from ebana_core.storage.hdf5 import open_checked, read_arrays, read_table, reading
from ebana_core.storage.header import JSON_ATTRIBUTES, read_json
from ebana_core.storage.latest import fresh, read_partial, read_slot
from ebana_core.storage.layout import EPOCH_COLUMNS, RUN, SLOTS, STATUSES, Commit
from ebana_core.storage.phase import Phase, read_phase
from ebana_core.storage.record import PartialEpoch
from ebana_core.storage.recorded import Recorded, find_recorded
from ebana_core.storage.run_file import committed
from ebana_core.storage.state import SEPARATOR

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr


@final
class Run:
    """One run. Open it with `Run.open`; close it, or use it in a ``with`` statement.

    Attributes:
        path: The file.
        status: ``"running"`` (or killed), ``"finished"``, ``"interrupted"`` or ``"failed"``.
        n_epochs: Epochs in the file.
        seed: Of the order of samples and device noise.
        started: Time in UTC, ISO 8601.
        settings: What `fit` was given, as plain data.
        model: Layers, as plain data.
        versions: Package or plugin to version.
        version: Of the format.
    """

    def __init__(self, file: h5py.File, path: Path) -> None:
        self._file, self.path = file, path
        self._texts: dict[str, Any] = {name: read_json(file, name) for name in JSON_ATTRIBUTES}
        self.seed, self.started = int(file.attrs["seed"]), text_of(file, "started")
        self.platform, self.version = text_of(file, "platform"), int(file.attrs["version"])
        self._commit: Commit = committed(file, path)

    @classmethod
    def open(cls, path: str | os.PathLike[str], *, probe: bool = True) -> Self:
        """Open a run file, also one that is being written or whose writer was killed.

        Args:
            path: The file.
            probe: Look through it in a process of its own first, so that a damaged one does no
                harm here; a fifth of a second.

        Raises:
            StorageError: It does not exist or is damaged.
            FormatError: It is no run file, or of another version.
        """
        file = open_checked(path, (RUN,), probe=probe)
        try:
            with reading(path):
                run = cls(file, Path(path))
                run._check()
                return run
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
            for name, n in (("epochs", self._commit.epochs), ("batches", self._commit.batches))
            if self._file[name].shape[0] < n
        ]
        columns = [name for name, _ in EPOCH_COLUMNS]
        fits = fits and list(self.scores)[: len(columns)] == columns
        if not fits or short or self._commit.slot not in range(SLOTS):
            what = f"fewer {short[0]} than it promises" if short else "no header of a run"
            raise FormatError(f"{self.path} holds {what}.", "`ebana runs repair` saves the rest")

    def refresh(self) -> None:
        """See what was committed since the file was opened."""
        with reading(self.path):
            for name in ("commits", "epochs", "batches"):
                self._file[name].id.refresh()
            self._commit = committed(self._file, self.path)

    @property
    def status(self) -> str:
        return STATUSES[self._commit.status]

    @property
    def n_epochs(self) -> int:
        return self._commit.epochs

    @property
    def ended(self) -> float:
        """Time of the last commit, s since 1970."""
        return self._commit.time

    @property
    def settings(self) -> Mapping[str, Any]:
        return self._mapping("settings")

    @property
    def model(self) -> Mapping[str, Any]:
        return self._mapping("model")

    @property
    def versions(self) -> Mapping[str, str]:
        return self._mapping("versions")

    @property
    def command(self) -> list[str]:
        """Words of the command that made it."""
        return list(self._texts["command"])

    @property
    def coordinates(self) -> Mapping[str, list[str]]:
        """Dimension ("node", "layer", "output") to the names along it."""
        return self._mapping("coordinates")

    def _mapping(self, name: str) -> dict[str, Any]:
        return dict(self._texts[name])

    @property
    def scores(self) -> dict[str, Array]:
        """Column to one number per epoch: losses, accuracies, seconds, operating points."""
        return self._table("epochs", self._commit.epochs)

    @property
    def score_units(self) -> dict[str, str]:
        """Column of `scores` to its unit; ``"loss"`` for losses, whose unit the loss gives."""
        with reading(self.path):
            return dict(json.loads(text_of(self._file["epochs"], "columns")))

    @property
    def batches(self) -> dict[str, Array]:
        """``loss`` and ``accuracy`` of every batch in order."""
        return self._table("batches", self._commit.batches)

    def _table(self, name: str, n_rows: int) -> dict[str, Array]:
        with reading(self.path):
            return read_table(self._file[name], n_rows)

    @property
    def history(self) -> "pd.DataFrame":
        """One row per epoch, as a pandas DataFrame.

        Raises:
            MissingLibraryError: pandas is not installed.
        """
        from ebana_core.storage.analysis import history  # pandas is an extra

        return history(self)

    def to_xarray(self) -> "xr.Dataset":
        """Return all that was recorded with named dimensions, coordinates and units.

        Raises:
            MissingLibraryError: xarray is not installed.
        """
        from ebana_core.storage.analysis import dataset

        return dataset(self)

    @staticmethod
    def compare(paths: Sequence[str | os.PathLike[str]]) -> "pd.DataFrame":
        """Return one row per run: settings that differ, last scores, time.

        Raises:
            MissingLibraryError: pandas is not installed.
            StorageError: A file cannot be read.
        """
        from ebana_core.storage.analysis import compare

        return compare(paths)

    @property
    def parameters(self) -> dict[str, Array]:
        """Parameter name to its values after the last epoch, SI units."""
        return self._latest("parameters")

    @property
    def initial(self) -> dict[str, Array]:
        """Parameter name to its values before the first epoch."""
        with reading(self.path):
            return read_arrays(self._file["initial"])

    @property
    def slots(self) -> dict[str, Array]:
        """Optimizer slot (``"d1.conductance/momentum"``) to its values after the last epoch."""
        return {n.replace(SEPARATOR, "/"): v for n, v in self._latest("slots").items()}

    @property
    def state(self) -> dict[str, Any]:
        """Plain data after the last epoch: ``epoch``, ``step``, ``rate_factor``, ``callbacks``."""
        if not self._commit.epochs:
            return {"epoch": 0, "step": 0, "rate_factor": 1.0, "callbacks": {}}
        with reading(self.path):
            plain = fresh(self._file, "latest/plain")
            text = np.asarray(plain[self._commit.slot], dtype=np.uint8)
            return dict(json.loads(text.tobytes()))

    @property
    def partial(self) -> PartialEpoch | None:
        """What is committed of the epoch after the last finished one; None: nothing.

        Raises:
            StorageError: The file is damaged there.
        """
        with reading(self.path):
            return read_partial(self._file, self._commit)

    def _latest(self, kind: str) -> dict[str, Array]:
        with reading(self.path):
            if not self._commit.epochs:
                return read_arrays(self._file["initial"]) if kind == "parameters" else {}
            return read_slot(self._file, kind, self._commit.slot)

    def units(self) -> dict[str, str]:
        """Return parameter name to SI unit."""
        with reading(self.path):
            return {name: text_of(item, "unit") for name, item in self._file["initial"].items()}

    @property
    def places(self) -> list[str]:
        """Places of all recorded arrays, for `recorded`."""
        found: list[str] = []

        def visit(name: str, item: Any) -> None:
            if "topic" in item.attrs and isinstance(item, h5py.Dataset):
                found.append(name)

        with reading(self.path):
            self._file.visititems(visit)
        return found

    def recorded(self, place: str) -> Recorded:
        """Return a recorded array, for example of ``"parameters/d1.conductance"``.

        Raises:
            UnknownNameError: The run did not record it; lists what it did.
        """
        with reading(self.path):
            if place not in self._file or "topic" not in self._file[place].attrs:
                raise UnknownNameError(
                    f"{self.path} did not record {place!r}; it recorded {self.places}.",
                    "record it with the policies of Metrics",
                )
            return find_recorded(self._file, place, self._commit, self.path)

    @property
    def samples(self) -> IntArray | None:
        """Rows of the data set that phases are saved of; None: all."""
        with reading(self.path):
            if "samples" not in self._file:
                return None
            return np.asarray(self._file["samples"][()], dtype=np.intp)

    @property
    def wiring(self) -> dict[str, Any]:
        """Nodes and elements of the circuit, as plain data; see FORMAT.md.

        Raises:
            UnknownNameError: The run recorded no phases, or is of version 1.
        """
        with reading(self.path):
            if "wiring" not in self._file:
                raise UnknownNameError(
                    f"{self.path} holds no phase with the values that were in force.",
                    "record save_output_voltages, save_power_params or save_branch_currents with "
                    "an ebana that writes format version 2",
                )
            return dict(read_json(self._file, "wiring"))

    def phase(self, name: str = "free", epoch: int | None = None) -> Phase:
        """Return a phase of a recorded epoch with the values that were in force.

        Args:
            name: Of the phase: ``"free"``, ``"nudged"``, ``"plus"``, ``"minus"``.
            epoch: One of those whose phases were recorded; None: the last.

        Raises:
            UnknownNameError: It was not recorded, or in version 1, which lacks the values.
        """
        return read_phase(self, name, epoch)

    def voltages(self, phase: str = "free") -> Recorded:
        """Return the node voltages of a phase, ``(n_saved, n_samples, n_nodes)``, V."""
        return self.recorded(f"phases/{phase}/voltages")

    def power(self, phase: str = "free") -> Recorded:
        """Return the power that layers take up, ``(n_saved, n_samples, n_layers)``, W."""
        self._warn_of_first_batch()
        return self.recorded(f"phases/{phase}/power")

    def currents(self, element: str, phase: str = "free") -> Recorded:
        """Return branch currents of an element, ``(n_saved, n_samples, n_branches)``, A."""
        self._warn_of_first_batch()
        return self.recorded(f"phases/{phase}/currents/{element}")

    def injected(self, output: str, phase: str = "nudged") -> Recorded:
        """Return the nudge of an output, ``(n_saved, n_samples, n_predictions)``, A."""
        return self.recorded(f"phases/{phase}/injected/{output}")

    def _warn_of_first_batch(self) -> None:
        """Say that powers and currents of version 1 belong to one batch's values only."""
        if self.version == 1 and self._commit.batches > self._commit.epochs:
            warnings.warn(
                f"{self.path} is of format version 1: powers and branch currents of all batches "
                "of an epoch were computed with the values of its first batch.",
                stacklevel=3,
            )

    def parameter_history(self, name: str) -> Recorded:
        """Return a parameter after the saved epochs, ``(n_saved, *shape)``, SI unit."""
        return self.recorded(f"parameters/{name}")

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _repr_html_(self) -> str:
        from ebana_core.storage.notebook import run_table  # reads what a Run offers

        return run_table(self)

    def __repr__(self) -> str:
        part = self._commit.partial_batches
        more = f" and {part} batches" if part else ""
        return f"Run({str(self.path)!r}, {self.status}, {self.n_epochs} epochs{more})"
