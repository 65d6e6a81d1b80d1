"""Writing of a commit into a run file: epochs, states, and parts of an epoch."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, final

import attrs
import numpy as np

from ebana_core.errors import StorageError
from ebana_core.later import Library
from ebana_core.storage.datasets import append, write_bank, write_rows
from ebana_core.storage.layout import PARTIAL, STATE_BYTES, Commit
from ebana_core.storage.record import EpochRecord, LatestState, PartialEpoch, RunHeader
from ebana_core.storage.rows import epoch_row
from ebana_core.storage.state import SEPARATOR

if TYPE_CHECKING:
    import h5py
else:
    h5py = Library("h5py")


@final
class Content:
    """The datasets of a run file that is written.

    Args:
        file: The file.
        header: What it was created with.
    """

    def __init__(self, file: h5py.File, header: RunHeader) -> None:
        # Kept open: a dataset that is closed while a write fails would fail once more.
        self._sets = _datasets(file)
        self._saved = {array.place: array for array in header.saved_arrays}
        self._outputs = tuple(header.coordinates["output"])
        self._reports, self._measures = tuple(header.reports), tuple(header.measures)
        self._rows: dict[str, int] = {}

    def promise(self, commit: Commit) -> None:
        """Append the row that says what is there."""
        append(self._sets["commits"], [commit.row])

    def with_epochs(
        self, commit: Commit, records: Sequence[EpochRecord], latest: LatestState
    ) -> Commit:
        """Write finished epochs and the state after them; return what may be promised now."""
        bank = commit.free_bank
        self._write_epochs(records, bank)
        self._write_latest(latest, bank)
        self._rows = {}  # the next epoch begins anew
        return attrs.evolve(
            commit,
            epochs=commit.epochs + len(records),
            batches=commit.batches + sum(len(record.batch_losses) for record in records),
            bank=bank,
            partial_bank=-1,
            partial_batches=0,
        )

    def with_part(self, commit: Commit, partial: PartialEpoch) -> Commit:
        """Write what is new of an epoch that is under way; return what may be promised now."""
        bank = commit.free_bank
        self._write_latest(partial.latest, bank)
        for place, array in {"scores": partial.scores, **partial.arrays}.items():
            first = self._rows.get(place, 0)
            write_rows(self._sets[f"{PARTIAL}/{place}"], first, array[first:])
            self._rows[place] = len(array)
        return attrs.evolve(commit, partial_bank=bank, partial_batches=partial.n_batches)

    def _write_epochs(self, records: Sequence[EpochRecord], bank: int) -> None:
        rows = [
            epoch_row(record, self._outputs, self._reports, self._measures) for record in records
        ]
        append(self._sets["epochs"], rows)
        append(
            self._sets["batches"],
            [
                pair
                for record in records
                for pair in zip(record.batch_losses, record.batch_accuracies, strict=True)
            ],
        )
        topics = {topic for record in records for topic in record.saved}
        for topic in sorted(topics):
            saving = [record for record in records if topic in record.saved]
            epochs = [record.epoch for record in saving]
            for place in saving[0].saved[topic]:
                arrays = [record.saved[topic][place] for record in saving]
                if self._saved[place].is_last_only:
                    write_bank(self._sets[place], bank, arrays[-1])
                else:
                    append(self._sets[place], arrays)
            if self._saved[next(iter(saving[0].saved[topic]))].is_last_only:
                write_bank(self._sets[f"saved/{topic}"], bank, epochs[-1])
            else:
                append(self._sets[f"saved/{topic}"], epochs)

    def _write_latest(self, latest: LatestState, bank: int) -> None:
        for name, values in latest.parameters.items():
            write_bank(self._sets[f"latest/parameters/{name}"], bank, values)
        for name, values in latest.slots.items():
            place = f"latest/slots/{name.replace('/', SEPARATOR)}"
            write_bank(self._sets[place], bank, values)
        plain = np.frombuffer(state_text(latest), dtype=np.uint8)
        write_bank(self._sets["latest/plain"], bank, plain)


def state_text(latest: LatestState) -> bytes:
    """Return what is plain data in a state, as long as a run file has room for.

    Raises:
        StorageError: It is longer.
    """
    text = json.dumps({"epoch": latest.epoch, **latest.plain}).encode()
    if len(text) > STATE_BYTES:
        raise StorageError(
            f"The plain state of the run takes {len(text)} bytes; there is room for {STATE_BYTES}.",
            "let callbacks return less from `state`",
        )
    return text.ljust(STATE_BYTES)


def _datasets(file: h5py.File) -> dict[str, h5py.Dataset]:
    found: dict[str, h5py.Dataset] = {}

    def visit(name: str, item: Any) -> None:
        if isinstance(item, h5py.Dataset):
            found[name] = item

    file.visititems(visit)
    return found
