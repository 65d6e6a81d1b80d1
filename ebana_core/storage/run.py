"""A run as somebody else analyses it: typed access to one HDF5 file, arrays read on demand."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, final

from ebana_core.arrays import Array
from ebana_core.later import handed
from ebana_core.paths import checked_target
from ebana_core.storage.analysis import dataset, frame, history
from ebana_core.storage.comparison import compared, opened
from ebana_core.storage.notebook import run_line, run_table
from ebana_core.storage.record import PartialEpoch
from ebana_core.storage.recorded_arrays import RecordedArrays
from ebana_core.storage.run_reader import RunReader

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr
    from matplotlib.figure import Figure


@final
class Run(RecordedArrays):
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

    Examples:
        >>> Run.open("xor.h5").n_epochs  # which ``model.fit(..., run="xor.h5")`` wrote
        2
    """

    def __init__(self, reader: RunReader) -> None:
        super().__init__(reader)
        self.path = reader.path
        self.seed, self.started = reader.seed, reader.started
        self.platform, self.version = reader.platform, reader.version

    @classmethod
    def open(cls, path: str | os.PathLike[str], *, probe: bool = True) -> Self:
        """Open a run file, also one that is being written or whose writer was killed.

        Args:
            path: The file.
            probe: Look through it in a process of its own first, so that a damaged one does no
                harm here; a fifth of a second. What this process wrote, or looked through before,
                is not looked through again while nobody changes it.

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

    def plot(self, picture: str = "scores") -> "Figure":
        """Draw a picture of what the run holds.

        Args:
            picture: ``"scores"``, ``"parameters"`` (before and after), ``"crossbars"`` (over
                epochs), ``"voltages"`` (against the levels of the nodes), ``"changes"`` (by the
                nudge), ``"wires"`` (what they take from cells), ``"power"`` or ``"solving"``
                (worst residual and agreement).

        Raises:
            ParameterError: There is no such picture, or the run lacks its numbers; says how to
                record them.
            MissingLibraryError: matplotlib is not installed.
        """
        figure: Figure = handed("draw_picture")(self, picture)
        return figure

    def report(self, path: str | os.PathLike[str] | None = None) -> Path:
        """Write one interactive page that opens in any browser, and return where it is.

        Args:
            path: An .html file; None: that of the run with the suffix .html.

        Raises:
            ParameterError: `path` cannot be the name of a page.
            MissingLibraryError: plotly is not installed.
            StorageError: The page cannot be written.
        """
        out = self.path.with_suffix(".html") if path is None else checked_target(path)
        handed("write_report")(self, out)
        return out

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
        return run_line(self._reader)
