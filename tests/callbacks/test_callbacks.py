"""Callbacks see every stage of a fit, stop it, lower its rates and write its figures."""

import csv
import logging
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ebana_core import Model, losses, optimizers
from ebana_core.callbacks import (
    Callback,
    CSVLogger,
    EarlyStopping,
    LambdaCallback,
    ProgressBar,
    ReduceLROnPlateau,
    TensorBoard,
)
from ebana_core.callbacks.progress import describe_rate
from ebana_core.data import BatchGenerator, DataSet
from ebana_core.errors import ParameterError, StorageError, UnknownNameError
from ebana_core.initializers import RandomUniform
from ebana_core.layers import CurrentLayer, DenseLayer, InputVoltageLayer
from ebana_core.metrics import Metrics
from ebana_core.training.history import Fit


def small_model(lr: float = 1e-7) -> Model:
    x = InputVoltageLayer(units=3, name="x")
    d = DenseLayer(units=4, name="d", lr=lr, initializer=RandomUniform(1e-7, 1e-5))(x)
    return Model(inputs=[x], outputs=[CurrentLayer(name="y")(d)], seed=0)


def data() -> DataSet:
    rng = np.random.default_rng(0)
    return DataSet({"x": rng.uniform(-1, 1, (10, 3))}, {"y": rng.uniform(-0.5, 0.5, (10, 2))})


def train(model: Model, *callbacks: Callback, epochs: int = 3, **settings: Any) -> Fit:
    return model.fit(
        BatchGenerator(data(), batch_size=4),
        losses.MSE(0.0),
        settings.pop("optimizer", None) or optimizers.Adam(model),
        epochs=epochs,
        beta=1e-8,
        metrics=Metrics(model, verbose=False),
        callbacks=callbacks,
        **settings,
    )


class Told(Callback):
    """Remembers what it is told."""

    def __init__(self) -> None:
        self.calls: list[tuple[Any, ...]] = []

    def on_train_begin(self, logs: Any = None) -> None:
        self.calls.append(("begin", self.params["epochs"], self.params["steps"]))

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self.calls.append(("epoch", epoch))

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self.calls.append(("batch", batch, *sorted(logs)))

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self.calls.append(("end of epoch", epoch, *sorted(logs)))

    def on_train_end(self, logs: Any = None) -> None:
        self.calls.append(("end",))


def test_every_stage_is_told_in_order() -> None:
    told, model = Told(), small_model()
    train(model, told, epochs=1, test_dataloader=data())
    batches = [("batch", n, "accuracy", "loss") for n in (1, 2, 3)]
    figures = ("accuracy", "loss", "points_per_second", "seconds", "val_accuracy", "val_loss")
    assert told.calls == [
        ("begin", 1, 3),
        ("epoch", 1),
        *batches,
        ("end of epoch", 1, *figures),
        ("end",),
    ]
    assert told.model is model


def test_a_callback_of_functions_stops_a_fit() -> None:
    model, ended = small_model(), []

    def stop(epoch: int, logs: Any) -> None:
        model.stop_training = epoch == 2

    callback = LambdaCallback(on_epoch_end=stop, on_train_end=ended.append)
    assert len(train(model, callback, epochs=5)) == 2
    assert ended == [None]
    assert len(train(model, epochs=3)) == 3


def test_early_stopping_waits_and_brings_back_the_best_epoch() -> None:
    model = small_model(lr=2e-6)  # far too fast: it soon gets worse
    kept: list[np.ndarray] = []
    keep = LambdaCallback(
        on_epoch_end=lambda epoch, logs: kept.append(model.parameters["d.conductance"])
    )
    stopping = EarlyStopping("loss", patience=3, restore_best=True)
    fit = train(model, keep, stopping, epochs=200)
    best = int(np.argmin(fit.losses))
    assert stopping.best_epoch == best + 1
    assert stopping.stopped_epoch == len(fit) == best + 1 + 3
    assert (model.parameters["d.conductance"] == kept[best]).all()


def test_early_stopping_counts_validated_epochs_only() -> None:
    model, stopping = small_model(lr=0.0), EarlyStopping("val_accuracy", patience=2)
    metrics = Metrics(model, verbose=False, validate_every={"epoch_num": 3})
    fit = model.fit(
        BatchGenerator(data(), batch_size=4),
        losses.MSE(0.0),
        optimizers.Adam(model),
        epochs=50,
        beta=1e-8,
        test_dataloader=data(),
        metrics=metrics,
        callbacks=[stopping],
    )
    assert len(fit) == 9


def test_learning_rates_fall_on_a_plateau() -> None:
    model = small_model(lr=0.0)
    optimizer = optimizers.Adam(model)
    callback = ReduceLROnPlateau("loss", factor=0.5, patience=2, cooldown=1, min_factor=0.2)
    factors: list[float] = []
    note = LambdaCallback(on_epoch_end=lambda epoch, logs: factors.append(optimizer.rate_factor))
    train(model, callback, note, epochs=9, optimizer=optimizer)
    assert factors == [1.0, 1.0, 0.5, 0.5, 0.5, 0.25, 0.25, 0.25, 0.2]


def test_the_factor_multiplies_every_learning_rate() -> None:
    slow, fast = small_model(lr=1e-8), small_model(lr=1e-7)
    optimizer = optimizers.SGD(fast)
    optimizer.rate_factor = 0.1
    train(fast, optimizer=optimizer)
    train(slow, optimizer=optimizers.SGD(slow))
    assert fast.parameters["d.conductance"] == pytest.approx(
        slow.parameters["d.conductance"], rel=1e-12, abs=0
    )


@pytest.mark.parametrize(
    ("kind", "settings", "match"),
    [
        (EarlyStopping, {"mode": "up"}, "mode='up'"),
        (EarlyStopping, {"patience": -1}, "patience=-1"),
        (EarlyStopping, {"min_delta": float("nan")}, "min_delta=nan"),
        (ReduceLROnPlateau, {"factor": 1.0}, "factor=1.0"),
    ],
)
def test_settings_without_sense_are_refused(
    kind: type[Callback], settings: dict[str, Any], match: str
) -> None:
    with pytest.raises(ParameterError, match=match):
        kind("loss", **settings)  # type: ignore[call-arg] # both take it


def test_a_figure_that_does_not_exist_is_named() -> None:
    with pytest.raises(UnknownNameError, match=r"'los'.*points_per_second"):
        train(small_model(), EarlyStopping("los"))


def test_figures_are_written_as_csv(tmp_path: Path) -> None:
    path, model = tmp_path / "fit.csv", small_model()
    fit = train(model, CSVLogger(path), epochs=2)
    train(model, CSVLogger(path, append=True), epochs=1, test_dataloader=data())
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["epoch"] for row in rows] == ["1", "2", "1"]
    assert [float(row["loss"]) for row in rows[:2]] == fit.losses
    assert rows[0]["val_loss"] == ""
    assert float(rows[2]["val_loss"]) > 0


def test_a_csv_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="lost"):
        train(small_model(), CSVLogger(tmp_path / "lost" / "fit.csv"))


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no full disk at hand")
def test_a_full_disk_is_told_of_the_csv_file() -> None:
    with pytest.raises(StorageError, match="/dev/full cannot be written: No space left"):
        train(small_model(), CSVLogger("/dev/full"))


@pytest.mark.parametrize("append", [False, True])
def test_no_csv_file_takes_the_place_of_a_recorded_training(append: bool, tmp_path: Path) -> None:
    path = tmp_path / "run.h5"
    train(small_model(), run=path, epochs=1)
    before = path.read_bytes()
    with pytest.raises(StorageError, match="is an HDF5 file, such as a recorded training"):
        train(small_model(), CSVLogger(path, append=append))
    assert path.read_bytes() == before


def test_figures_and_parameters_are_written_for_tensorboard(tmp_path: Path) -> None:
    fit = train(small_model(), TensorBoard(tmp_path), epochs=2)
    (events,) = tmp_path.iterdir()
    written = events.read_bytes()
    assert b"loss" in written
    assert b"d.conductance" in written
    assert np.float32(fit.losses[-1]).tobytes() in written


def test_figures_that_are_not_defined_are_left_out_of_tensorboard(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    callback, written = TensorBoard(tmp_path, histogram_freq=0), []
    callback.on_train_begin()
    monkeypatch.setattr(callback._writer, "add_scalar", lambda *call: written.append(call))
    callback.on_epoch_end(3, {"loss": 0.5, "accuracy": float("nan"), "val_loss": float("inf")})
    callback.on_train_end()
    assert written == [("loss", 0.5, 3)]


def test_without_a_terminal_epochs_are_lines(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="ebana"):
        train(small_model(), ProgressBar(), epochs=2, test_dataloader=data())
    lines = [record.getMessage() for record in caplog.records]
    assert [line[:9] for line in lines] == ["epoch 1/2", "epoch 2/2"]
    assert "val loss" in lines[0]


@pytest.mark.parametrize(
    ("rate", "text"),
    [(3.2, "3.2 points/s"), (45_678.0, "45.7k points/s"), (2.5e6, "2.5M points/s")],
)
def test_rates_are_short(rate: float, text: str) -> None:
    assert describe_rate(rate) == text
