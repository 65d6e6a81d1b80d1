"""The callbacks that users of Keras look for: checkpoints, schedules, ends, lines."""

import logging
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ebana_core import Model, losses, optimizers
from ebana_core.arrays import Array
from ebana_core.callbacks import (
    Callback,
    LambdaCallback,
    LearningRateScheduler,
    ModelCheckpoint,
    ProgressBar,
    TerminateOnNaN,
)
from ebana_core.errors import (
    NotFiniteError,
    ParameterError,
    StorageError,
    UnknownNameError,
)
from ebana_core.storage.run import Run
from tests.support.small_fits import X, Y, small_model, train


def test_a_checkpoint_is_the_model_after_its_epoch(tmp_path: Path) -> None:
    model, kept = small_model(), {}
    keep = LambdaCallback(
        on_epoch_end=lambda epoch, logs: kept.update({epoch: model.parameters["d.conductance"]})
    )
    saving = ModelCheckpoint(tmp_path / "new" / "{epoch:02d}-{loss:.2f}.h5", every=2)
    fit = train(model, keep, saving, epochs=5)
    names = [f"{epoch:02d}-{fit.losses[epoch - 1]:.2f}.h5" for epoch in (2, 4)]
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == names
    for epoch, name in zip((2, 4), names, strict=True):
        again = Model.load(tmp_path / "new" / name)
        assert (again.parameters["d.conductance"] == kept[epoch]).all()
    assert saving.latest == tmp_path / "new" / names[1]


def test_the_best_checkpoint_is_that_of_the_best_epoch(tmp_path: Path) -> None:
    model, kept = small_model(lr=2e-6), []  # far too fast: it soon gets worse
    keep = LambdaCallback(
        on_epoch_end=lambda epoch, logs: kept.append(model.parameters["d.conductance"])
    )
    saving = ModelCheckpoint(tmp_path / "best.h5", save_best_only=True)
    fit = train(model, keep, saving, epochs=40, test_dataloader=(X, Y))
    best = int(np.argmin(fit.history["val_loss"]))
    assert best < 39
    again = Model.load(tmp_path / "best.h5")
    assert (again.parameters["d.conductance"] == kept[best]).all()


def test_a_checkpoint_that_cannot_be_written_says_why(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="file"):
        train(small_model(), ModelCheckpoint(tmp_path / "file" / "m.h5"))
    with pytest.raises(UnknownNameError, match="val_loss"):
        train(small_model(), ModelCheckpoint(tmp_path / "{val_loss}.h5"))
    for bad in ("{epoch:x.y}", "{epoch", "{epoch.real.no}"):
        with pytest.raises(ParameterError, match="filepath"):
            train(small_model(), ModelCheckpoint(tmp_path / bad))


def factors(schedule: Any, epochs: int = 4) -> list[float]:
    model, seen = small_model(), []
    optimizer = optimizers.SGD(model)
    look = LambdaCallback(on_epoch_end=lambda epoch, logs: seen.append(optimizer.rate_factor))
    train(model, LearningRateScheduler(schedule), look, epochs=epochs, optimizer=optimizer)
    return seen


def test_a_schedule_sets_the_factor_of_every_epoch() -> None:
    assert factors(lambda epoch: 1 / epoch) == [1, 1 / 2, 1 / 3, 1 / 4]
    assert factors(lambda epoch, present: present / 2) == [1 / 2, 1 / 4, 1 / 8, 1 / 16]
    assert factors(float) == [1, 2, 3, 4]
    halved, full = small_model(), small_model(lr=0.5e-7)
    train(halved, LearningRateScheduler(lambda epoch: 0.5), epochs=2)
    train(full, epochs=2)
    same = pytest.approx(full.parameters["d.conductance"], rel=1e-12, abs=0)
    assert halved.parameters["d.conductance"] == same


@pytest.mark.parametrize("schedule", [0.5, None, lambda: 1, lambda a, b, c: 1, "epoch"])
def test_what_is_no_schedule_is_refused(schedule: Any) -> None:
    with pytest.raises(ParameterError, match="LearningRateScheduler has schedule"):
        LearningRateScheduler(schedule)


@pytest.mark.parametrize("factor", [-1.0, math.nan, None, "1"])
def test_a_schedule_that_returns_no_factor_is_named(factor: Any) -> None:
    with pytest.raises(ParameterError, match=r"SGD.rate_factor"):
        factors(lambda epoch: factor)


class Endless(losses.MSE):
    """A loss that is not finite once the predictions have moved far enough."""

    def value(self, prediction: Array, target: Array) -> Array:
        found = super().value(prediction, target)
        return np.where(self.output_midpoint is not None and len(SEEN) >= 7, np.inf, found)


SEEN: list[int] = []


def test_a_fit_ends_with_its_last_whole_epoch_where_numbers_end(tmp_path: Path) -> None:
    def endless(*callbacks: Callback) -> tuple[Model, Any]:
        SEEN.clear()
        model = small_model()
        count = LambdaCallback(on_train_batch_end=lambda batch, logs: SEEN.append(batch))
        run = {"run": tmp_path / f"{len(callbacks)}.h5"}
        return model, lambda: train(model, count, *callbacks, loss_fn=Endless(0.0), epochs=5, **run)

    model, begin = endless()
    with pytest.raises(NotFiniteError, match="value of Endless"):
        begin()
    # three batches an epoch: the eighth is in the third epoch
    whole = small_model()
    train(whole, loss_fn=losses.MSE(0.0), epochs=2)
    assert (model.parameters["d.conductance"] == whole.parameters["d.conductance"]).all()
    model, begin = endless(TerminateOnNaN())
    assert len(begin()) == 2
    assert (model.parameters["d.conductance"] == whole.parameters["d.conductance"]).all()
    assert Run.open(tmp_path / "1.h5").n_epochs == 2


def test_rates_are_those_of_the_last_whole_epoch_where_numbers_end() -> None:
    def fail(batch: int, logs: Any) -> None:
        if factors[-1] == 0.25:
            raise NotFiniteError("It is nan.", "train slower")

    factors: list[float] = []
    model = small_model()
    optimizer = optimizers.Adam(model)
    begun = LambdaCallback(on_epoch_begin=lambda epoch, logs: factors.append(optimizer.rate_factor))
    halved = LearningRateScheduler(lambda epoch, present: 0.5 * present)
    failing = LambdaCallback(on_train_batch_begin=fail)
    train(model, halved, begun, failing, TerminateOnNaN(), optimizer=optimizer)
    assert factors == [0.5, 0.25]
    assert optimizer.rate_factor == 0.5


def test_history_has_a_value_for_every_epoch() -> None:
    from ebana_core.metrics import Metrics

    model = small_model()
    metrics = Metrics(model, verbose=False, validate_every={"epoch_num": 2})
    fit = train(model, epochs=3, test_dataloader=(X, Y), metrics=metrics, verbose=None)
    assert set(fit.history) == {"loss", "accuracy", "seconds", "val_loss", "val_accuracy"}
    assert fit.history["loss"] == fit.losses
    assert [math.isnan(value) for value in fit.history["val_loss"]] == [True, False, False]
    assert "val_loss" not in train(small_model()).history


def test_without_a_terminal_lines_are_printed(capsys: pytest.CaptureFixture[str]) -> None:
    train(small_model(), ProgressBar(), epochs=2, test_dataloader=(X, Y))
    out, lines = capsys.readouterr()
    assert not out  # what a script prints itself stays alone
    assert [line[:9] for line in lines.splitlines()] == ["epoch 1/2", "epoch 2/2"]
    assert "val loss" in lines


def test_lines_do_not_drown_a_script(capsys: pytest.CaptureFixture[str]) -> None:
    train(small_model(), ProgressBar(), epochs=200)
    lines = capsys.readouterr().err.splitlines()
    assert lines[0].startswith("epoch 1/200")
    assert lines[-1].startswith("epoch 200/200")
    assert len(lines) < 30  # one a second; 200 epochs take less than that


def test_who_listens_to_the_logger_is_not_told_twice(
    capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, logger="ebana"):
        train(small_model(), ProgressBar(), epochs=2)
    assert not capsys.readouterr().err
    assert len(caplog.records) == 1
