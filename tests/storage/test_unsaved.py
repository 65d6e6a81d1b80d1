"""A fit without a file keeps what its file would, and no more."""

import weakref
from pathlib import Path

import attrs
import numpy as np
import pytest

from ebana_core import Run
from ebana_core.arrays import Array
from ebana_core.storage.record import EpochRecord, LatestState, SavedArray, Score
from ebana_core.storage.unsaved import UnsavedRun
from tests.support.run_files import header


@pytest.mark.parametrize("is_last_only", [True, False])
def test_what_only_the_last_epoch_keeps_is_let_go(tmp_path: Path, is_last_only: bool) -> None:
    saved = SavedArray(
        topic="power",
        place="phases/free/power",
        shape=(3,),
        unit="W",
        dims=("layer",),
        is_last_only=is_last_only,
    )
    run = UnsavedRun(attrs.evolve(header(), saved_arrays=[saved]))
    score = Score(loss=1.0, accuracy=1.0, per_output={})
    arrays: list[weakref.ref[Array]] = []
    for epoch in (1, 2, 3):
        held = {"power": {saved.place: np.full(3, float(epoch))}} if epoch != 2 else {}
        arrays += [weakref.ref(array) for places in held.values() for array in places.values()]
        record = EpochRecord(epoch=epoch, train=score, validation=None, seconds={}, saved=held)
        run.write(record, LatestState(epoch=epoch, parameters={}, slots={}, plain={}))
        del record, held
    assert [array() is None for array in arrays] == [is_last_only, False]
    run.close("finished")
    run.save_copy(tmp_path / "run.h5", overwrite=False)
    with Run.open(tmp_path / "run.h5") as opened:
        assert opened.n_epochs == 3
        assert opened.power().epochs.tolist() == ([3] if is_last_only else [1, 3])
