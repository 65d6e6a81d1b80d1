"""Arrays of a run, read from the file where they are indexed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, final

import attrs
import numpy as np
from numpy.typing import NDArray

from ebana_core.arrays import Array, IntArray
from ebana_core.checking import as_whole
from ebana_core.later import Library
from ebana_core.storage.copying import count_rows
from ebana_core.storage.datasets import dims_of, text_of
from ebana_core.storage.hdf5 import reading
from ebana_core.storage.latest import fresh
from ebana_core.storage.layout import Commit

if TYPE_CHECKING:
    import h5py
else:
    h5py = Library("h5py")


@final
@attrs.frozen(eq=False, repr=False)
class Recorded:
    """An array that a run recorded; read from the file where it is indexed.

    Args:
        place: In the file, for example ``"phases/free/voltages"``.
        epochs: Epochs it was saved after. Shape ``(n_saved,)``.
        dims: Names of its dimensions, ``"saved"`` first.
        unit: SI unit.
        topic: Whose epochs it shares, for example ``"voltages"``.
    """

    place: str
    epochs: Array
    dims: tuple[str, ...]
    unit: str
    topic: str
    _dataset: h5py.Dataset
    _rows: slice | list[int]
    _path: Path

    @property
    def shape(self) -> tuple[int, ...]:
        """Number of saved epochs, then the shape of one epoch's array."""
        return (len(self.epochs), *self._dataset.shape[1:])

    def __getitem__(self, index: Any) -> Array:
        """Return what numpy would, reading no more than the chosen epochs.

        Raises:
            IndexError: There is no such place, as of any array.
            StorageError: The file is damaged there.
        """
        # An index that does not fit is no fault of the file; this array of one bit is all that
        # it takes to tell.
        np.broadcast_to(np.False_, self.shape)[index]
        parts = index if isinstance(index, tuple) else (index,)
        first: Any = parts[0] if parts else ...
        rest = parts[1:]
        numbers = np.arange(self._dataset.shape[0])[self._rows]
        with reading(self._path):
            if as_whole(first) is not None:
                return np.asarray(np.asarray(self._dataset[int(numbers[first])])[rest])
            if isinstance(first, slice):
                return np.asarray(self._of(numbers[first])[(slice(None), *rest)])
            if not rest and np.ndim(first) == 1:
                return self._of(numbers[first])
            # Arrays are paired, and new axes set in, as NumPy does it: of everything.
            return np.asarray(self._of(numbers)[index])

    def _of(self, numbers: IntArray) -> Array:
        """Return rows of the dataset."""
        if len(numbers) and (np.diff(numbers) == 1).all():
            return np.asarray(self._dataset[int(numbers[0]) : int(numbers[-1]) + 1])
        result = np.empty((len(numbers), *self._dataset.shape[1:]))
        for place, number in enumerate(numbers):
            result[place] = self._dataset[int(number)]
        return result

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        del copy
        return np.asarray(self[:], dtype=dtype)

    def __len__(self) -> int:
        return len(self.epochs)

    def __repr__(self) -> str:
        return f"Recorded({self.place!r}, shape {self.shape}, {self.unit})"


def find_recorded(file: h5py.File, place: str, commit: Commit, path: Path) -> Recorded:
    """Return what a run file recorded at a place, as far as it is committed."""
    dataset = fresh(file, place)
    saved = fresh(file, f"saved/{text_of(dataset, 'topic')}")
    rows: slice | list[int]
    if "rows" in dataset.attrs:
        n_rows = min(count_rows(file, dataset, commit), dataset.shape[0])
        epochs, rows = np.asarray(saved[:n_rows]), slice(0, n_rows)
    else:
        is_there = commit.epochs > 0
        epochs = np.asarray(saved[commit.bank : commit.bank + 1] if is_there else saved[:0])
        rows = [commit.bank] if is_there else []
    return Recorded(
        place,
        epochs.astype(int),
        ("saved", *dims_of(dataset)[1:]),
        text_of(dataset, "unit"),
        text_of(dataset, "topic"),
        dataset,
        rows,
        path,
    )
