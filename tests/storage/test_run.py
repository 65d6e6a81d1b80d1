"""What others read from a run: typed access, labelled arrays, tables."""

import json
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import xarray as xr

from ebana_core import Model, Run, losses, optimizers
from ebana_core.callbacks import Callback
from ebana_core.data import BatchGenerator
from ebana_core.errors import (
    DataError,
    ParameterError,
    StorageError,
    UnknownNameError,
)
from ebana_core.initializers import RandomUniform
from ebana_core.layers import CurrentLayer, DenseLayer, InputVoltageLayer
from ebana_core.metrics import Metrics
from ebana_core.storage import run_file
from tests.support.project import ROOT
from tests.support.runs import N_SAMPLES, small_data, small_fit, small_model

ARCHIVE = ROOT / "tests" / "data" / "run_version_1.h5"


def test_the_archived_run_stays_readable() -> None:
    facts = json.loads(ARCHIVE.with_suffix(".json").read_text())
    with Run.open(ARCHIVE) as run:
        assert run.status == facts["status"]
        assert run.scores["train_loss"].tolist() == facts["train_loss"]
        assert run.parameters["d.conductance"].tolist() == facts["conductance"]
        assert run.voltages("free").shape == tuple(facts["voltages"])
    model = Model.load(ARCHIVE)
    assert model.parameters["d.conductance"].tolist() == facts["conductance"]


def test_currents_and_chosen_samples_are_recorded(tmp_path: Path) -> None:
    model = small_model()
    metrics = Metrics(
        model,
        verbose=False,
        save_output_voltages={"epoch_num": 2},
        save_branch_currents="last",
        save_injected_currents="every",
        current_layers=["d"],
        samples=[1, 4],
    )
    small_fit(tmp_path / "run.h5", 3, model, metrics=metrics)
    with Run.open(tmp_path / "run.h5") as run:
        voltages, currents = run.voltages("free"), run.currents("d", "nudged")
        assert voltages.epochs.tolist() == [2, 3]
        assert voltages.shape == (2, 2, 7)
        assert voltages[0][:, :3] == pytest.approx(
            small_data().inputs["x"][[1, 4]], rel=1e-12, abs=0
        )
        assert currents.shape == (1, 2, 12)
        injected = run.injected("y")
        assert injected.shape == (3, 2, 2)
        # What flows into the output nodes through the crossbar leaves through the nudge.
        entering = currents[0].reshape(2, 3, 4).sum(axis=1)
        assert entering[:, 0] == pytest.approx(-injected[-1][:, 0], abs=1e-18)
        assert run.currents("d").unit == "A"


INDEXES: list[Any] = [
    0,
    -1,
    slice(None),
    slice(1, None),
    slice(None, None, -2),
    [0, 2],
    [],
    [True, False, True, True],
    None,
    (..., 0),
    (1, 2, 0),
    ([0, 2], [1, 3]),
    ([0, 1], slice(None), [0, 1]),
    np.array([[0, 1], [2, 3]]),
]


def test_recorded_arrays_are_indexed_as_numpy_does(tmp_path: Path) -> None:
    small_fit(tmp_path / "run.h5", 4)
    with Run.open(tmp_path / "run.h5") as run:
        found = run.voltages("free")
        everything = found[:]
        for index in INDEXES:
            assert np.array_equal(found[index], everything[index]), index


def test_what_was_not_recorded_is_named(tmp_path: Path) -> None:
    small_fit(tmp_path / "run.h5", 1)
    with Run.open(tmp_path / "run.h5") as run:
        with pytest.raises(UnknownNameError, match="phases/free/voltages"):
            run.currents("d")
        with pytest.raises(UnknownNameError, match="did not record"):
            run.recorded("epochs")
    with pytest.raises(UnknownNameError, match="current_layers with 'nothing'"):
        small_fit(None, 1, metrics=Metrics(verbose=False, current_layers=["nothing"]))
    with pytest.raises(DataError, match="samples up to 6"):
        small_fit(None, 1, metrics=Metrics(verbose=False, samples=[6]))
    with pytest.raises(ParameterError, match="ascending"):
        Metrics(samples=[2, 1])


def test_tables_and_labels(tmp_path: Path) -> None:
    for seed in (1, 2):
        small_fit(tmp_path / f"{seed}.h5", 3, small_model(seed))
    with Run.open(tmp_path / "1.h5") as run:
        history, labelled = run.history, run.to_xarray()
        assert history.index.tolist() == [1, 2, 3]
        assert history["train_loss"].tolist() == run.scores["train_loss"].tolist()
        voltages = labelled["phases/free/voltages"]
        assert voltages.dims == ("voltages_epoch", "sample", "node")
        assert voltages.attrs["units"] == "V"
        one = voltages.sel(node="d[3]", voltages_epoch=2).values
        assert np.array_equal(one, run.voltages("free")[1][:, 6])
        assert labelled["d.conductance"].attrs["units"] == "S"
        assert labelled["history/d.conductance"].shape == (3, 3, 4)
        assert labelled["phases/nudged/power"].sizes["layer"] == 3
        assert labelled.sizes["sample"] == N_SAMPLES
    labelled.to_netcdf(tmp_path / "1.nc", engine="scipy")
    with xr.open_dataset(tmp_path / "1.nc", engine="scipy") as stored:
        assert stored.identical(labelled)
        assert stored["phases/free/voltages"].dims == voltages.dims
        assert stored["node"].values.tolist() == labelled["node"].values.tolist()
    table = Run.compare([tmp_path / "1.h5", tmp_path / "2.h5"])
    assert table["seed"].tolist() == [1, 2]
    assert table["epochs"].tolist() == [3, 3]
    assert "settings.rule" not in table  # both have the same


def test_a_comparison_shows_the_last_scores_and_the_best(tmp_path: Path) -> None:
    model = small_model()
    metrics = Metrics(model, verbose=False, validate_every={"epoch_num": 2})
    options = {"metrics": metrics, "test_dataloader": small_data(), "loss": losses.MSE(0.1)}
    _, _, history = small_fit(tmp_path / "1.h5", 5, model, **options)
    row = Run.compare([tmp_path / "1.h5"]).iloc[0]
    last = history.epochs[-1]
    assert row["train_loss"] == last.train.loss != history.epochs[1].train.loss
    assert row["train_accuracy"] == last.train.accuracy
    seen = [epoch.validation.accuracy for epoch in history.epochs if epoch.validation is not None]
    assert len(seen) == 3
    assert row["validation_accuracy"] == seen[-1]
    assert row["best_validation_accuracy"] == max(seen)


def test_several_outputs_keep_scores_of_their_own(tmp_path: Path) -> None:
    x = InputVoltageLayer(units=3, name="x")
    init = RandomUniform(1e-7, 1e-5)
    ends = [
        CurrentLayer(name=n)(DenseLayer(units=2, name=f"d{n}", lr=0.0, initializer=init)(x))
        for n in "ab"
    ]
    model = Model(inputs=[x], outputs=ends, seed=0)
    data = small_data()
    targets = {"a": data.outputs["y"][:, :1], "b": data.outputs["y"][:, 1:]}  # type: ignore[index]
    history = model.fit(
        BatchGenerator(type(data)(data.inputs, targets), batch_size=3),
        losses.MSE(0.0),
        optimizers.SGD(model),
        beta=1e-6,
        metrics=Metrics(model, verbose=False),
        run=tmp_path / "run.h5",
    )
    with Run.open(tmp_path / "run.h5") as run:
        own = history.epochs[0].train.per_output
        assert run.scores["train_loss:a"][0] == own["a"][0]
        assert run.scores["train_loss:b"][0] == own["b"][0]


@pytest.mark.parametrize("options", [{}, {"swmr": True}])
def test_a_file_that_h5py_holds_open_is_read(tmp_path: Path, options: dict[str, bool]) -> None:
    model, optimizer, history = small_fit(tmp_path / "run.h5", 2)
    model.save(tmp_path / "model.h5")
    optimizer.save_state(tmp_path / "state.h5")
    for name, read in (("run.h5", Model.load), ("model.h5", Model.load), ("state.h5", None)):
        with h5py.File(tmp_path / name, "r", **options) as file:
            if read is None:
                optimizer.load_state(tmp_path / name)
            else:
                found = read(tmp_path / name).parameters["d.conductance"]
                assert np.array_equal(found, model.parameters["d.conductance"])
            assert len(file) > 0  # still open
    with h5py.File(tmp_path / "run.h5", "r", **options), Run.open(tmp_path / "run.h5") as run:
        assert run.scores["train_loss"].tolist() == history.losses


def test_a_file_that_h5py_changes_is_not_read_and_the_error_says_so(tmp_path: Path) -> None:
    small_fit(tmp_path / "run.h5", 2)
    with (
        h5py.File(tmp_path / "run.h5", "r+"),
        pytest.raises(StorageError, match="open for writing, in this process or another"),
    ):
        Run.open(tmp_path / "run.h5")


def test_epochs_of_a_fit_are_indexed(tmp_path: Path) -> None:
    _, _, history = small_fit(None, 4)
    assert history[-1] is history.epochs[3]
    assert [record.epoch for record in history[1:3]] == [2, 3]
    assert history[np.int64(0)].epoch == 1
    with pytest.raises(UnknownNameError, match="No epoch 4; 4 are finished"):
        history[4]


class Commits(Callback):
    """Remembers what was committed, and when epochs ended."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, int]] = []

    def on_epoch_end(self, epoch: int, logs: object = None) -> None:
        self.calls.append(("end", epoch))

    def on_commit(self, epoch: int, logs: object = None) -> None:
        self.calls.append(("commit", epoch))


def test_commits_are_grouped_and_complete(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # However long an epoch takes: the first of a process imports and compiles what it needs.
    monkeypatch.setattr(run_file, "COMMIT_SECONDS", 1e9)
    watching = Commits()
    small_fit(tmp_path / "run.h5", 30, callbacks=[watching])
    assert [epoch for what, epoch in watching.calls if what == "commit"] == list(range(1, 31))
    assert watching.calls.index(("commit", 1)) > watching.calls.index(("end", 2))
    with Run.open(tmp_path / "run.h5") as run:  # six samples in batches of four
        assert {len(column) for column in run.batches.values()} == {30 * 2}
    checked = Commits()
    metrics = Metrics(verbose=False, save_parameters={"epoch_num": 10})
    small_fit(tmp_path / "checked.h5", 30, callbacks=[checked], metrics=metrics)
    assert checked.calls.index(("commit", 10)) < checked.calls.index(("end", 11))
