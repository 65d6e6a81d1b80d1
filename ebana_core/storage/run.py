"""A run as somebody else analyses it: typed access to one HDF5 file, arrays read on demand."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, final

from ebana_core.arrays import Array
from ebana_core.circuit.elements import IntArray
from ebana_core.storage.analysis import dataset, frame, history
from ebana_core.storage.comparison import compared, opened
from ebana_core.storage.notebook import run_table
from ebana_core.storage.phase import Phase, read_phase
from ebana_core.storage.record import PartialEpoch
from ebana_core.storage.recorded import Recorded
from ebana_core.storage.run_reader import RunReader

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

    def __init__(self, reader: RunReader) -> None:
        self._reader = reader
        self.path: Path = reader.path
        self.seed, self.started = reader.seed, reader.started
        self.platform, self.version = reader.platform, reader.version

    @classmethod
    def open(cls, path: str | os.PathLike[str], *, probe: bool = True) -> Self:
        """Open a run file, also one that is being written or whose writer was killed.

        Args:
            path: The file.
            probe: Look through it in a process of its own first, so that a damaged one does no
                harm here; a fifth of a second.

        Raises:
            StorageError: It does not exist or is damaged.
            FormatError: It is not a run file, or is of another version.
        """
        return cls(RunReader.open(path, probe=probe))

    def refresh(self) -> None:
        """See what was committed since the file was opened."""
        self._reader.refresh()

    @property
    def status(self) -> str:
        return self._reader.status

    @property
    def n_epochs(self) -> int:
        return self._reader.n_epochs

    @property
    def ended(self) -> float:
        """Time of the last commit, s since 1970."""
        return self._reader.commit.time

    @property
    def settings(self) -> Mapping[str, Any]:
        return self._reader.settings

    @property
    def model(self) -> Mapping[str, Any]:
        return dict(self._reader.text("model"))

    @property
    def versions(self) -> Mapping[str, str]:
        return dict(self._reader.text("versions"))

    @property
    def command(self) -> list[str]:
        """Words of the command that made it."""
        return list(self._reader.text("command"))

    @property
    def coordinates(self) -> Mapping[str, list[str]]:
        """Dimension ("node", "layer", "output") to the names along it."""
        return self._reader.coordinates

    @property
    def scores(self) -> dict[str, Array]:
        """Column to one number per epoch: losses, accuracies, seconds, operating points."""
        return self._reader.scores

    @property
    def score_units(self) -> dict[str, str]:
        """Column of `scores` to its unit; ``"loss"`` for losses, whose unit the loss gives."""
        return self._reader.score_units

    @property
    def batches(self) -> dict[str, Array]:
        """``loss`` and ``accuracy`` of every batch in order."""
        return self._reader.batches

    @property
    def history(self) -> "pd.DataFrame":
        """One row per epoch, as a pandas DataFrame.

        Raises:
            MissingLibraryError: pandas is not installed.
        """
        return history(self._reader)

    def to_xarray(self) -> "xr.Dataset":
        """Return all that was recorded with named dimensions, coordinates and units.

        Raises:
            MissingLibraryError: xarray is not installed.
        """
        return dataset(self._reader)

    @staticmethod
    def compare(paths: Sequence[str | os.PathLike[str]]) -> "pd.DataFrame":
        """Return one row per run: settings that differ (``"settings.d1.lr"``), scores, time in s.

        Raises:
            MissingLibraryError: pandas is not installed.
            StorageError: A file cannot be read.
            DataError: No file is named, or one twice.
        """
        with opened(Run.open, paths) as runs:
            return frame(compared(runs))

    @property
    def parameters(self) -> dict[str, Array]:
        """Parameter name to its values after the last epoch, SI units."""
        return self._reader.parameters

    @property
    def initial(self) -> dict[str, Array]:
        """Parameter name to its values before the first epoch."""
        return self._reader.initial

    @property
    def slots(self) -> dict[str, Array]:
        """Optimizer slot (``"d1.conductance/momentum"``) to its values after the last epoch."""
        return self._reader.slots

    @property
    def state(self) -> dict[str, Any]:
        """Plain data after the last epoch: ``epoch``, ``step``, ``rate_factor``, ``callbacks``."""
        return self._reader.state

    @property
    def partial(self) -> PartialEpoch | None:
        """Committed batches of the epoch after the last finished one; None: there are none."""
        return self._reader.partial

    def units(self) -> dict[str, str]:
        """Return parameter name to SI unit."""
        return self._reader.units

    @property
    def places(self) -> list[str]:
        """Places of all recorded arrays, for `recorded`."""
        return self._reader.places

    def recorded(self, place: str) -> Recorded:
        """Return a recorded array, for example of ``"parameters/d1.conductance"``.

        Raises:
            UnknownNameError: The run did not record it; lists what it did.
        """
        return self._reader.recorded(place)

    @property
    def samples(self) -> IntArray | None:
        """Rows of the data set that phases are saved of; None: all."""
        return self._reader.samples

    @property
    def wiring(self) -> dict[str, Any]:
        """Nodes and elements of the circuit, as plain data; see FORMAT.md.

        Raises:
            UnknownNameError: The run recorded no phases, or is of version 1.
        """
        return self._reader.wiring

    def phase(self, name: str = "free", epoch: int | None = None) -> Phase:
        """Return a phase of a recorded epoch with the values that were in force.

        Args:
            name: Of the phase: ``"free"``, ``"nudged"``, ``"plus"``, ``"minus"``.
            epoch: One of those whose phases were recorded; None: the last.

        Raises:
            UnknownNameError: It was not recorded, or in version 1, which lacks the values.
        """
        return read_phase(self._reader, name, epoch)

    def voltages(self, phase: str = "free") -> Recorded:
        """Return the node voltages of a phase, ``(n_saved, n_samples, n_nodes)``, V."""
        return self.recorded(f"phases/{phase}/voltages")

    def power(self, phase: str = "free") -> Recorded:
        """Return the power that layers take up, ``(n_saved, n_samples, n_layers)``, W."""
        self._reader.warn_of_first_batch()
        return self.recorded(f"phases/{phase}/power")

    def currents(self, element: str, phase: str = "free") -> Recorded:
        """Return branch currents of an element, ``(n_saved, n_samples, n_branches)``, A."""
        self._reader.warn_of_first_batch()
        return self.recorded(f"phases/{phase}/currents/{element}")

    def injected(self, output: str, phase: str = "nudged") -> Recorded:
        """Return the nudge of an output, ``(n_saved, n_samples, n_predictions)``, A."""
        return self.recorded(f"phases/{phase}/injected/{output}")

    def parameter_history(self, name: str) -> Recorded:
        """Return a parameter after the saved epochs, ``(n_saved, *shape)``, SI unit."""
        return self.recorded(f"parameters/{name}")

    def close(self) -> None:
        """Close the file."""
        self._reader.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _repr_html_(self) -> str:
        return run_table(self._reader)

    def __repr__(self) -> str:
        part = self._reader.commit.partial_batches
        more = f" and {part} batches" if part else ""
        return f"Run({str(self.path)!r}, {self.status}, {self.n_epochs} epochs{more})"
