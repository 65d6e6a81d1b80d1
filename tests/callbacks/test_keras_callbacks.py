"""The callbacks that users of Keras look for: checkpoints, schedules, ends, trackers, lines."""

import logging
import math
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest

from ebana_core import Model, losses, optimizers
from ebana_core.arrays import Array
from ebana_core.callbacks import (
    Callback,
    LambdaCallback,
    LearningRateScheduler,
    MLflowLogger,
    ModelCheckpoint,
    ProgressBar,
    TerminateOnNaN,
    WandbLogger,
)
from ebana_core.errors import (
    MissingLibraryError,
    NotFiniteError,
    ParameterError,
    StorageError,
    UnknownNameError,
)
from ebana_core.initializers import RandomUniform
from ebana_core.layers import CurrentLayer, DenseLayer, InputVoltageLayer
from ebana_core.model import Fit
from ebana_core.storage.run import Run

RNG = np.random.default_rng(0)
X, Y = RNG.uniform(-1, 1, (10, 3)), RNG.uniform(-0.5, 0.5, (10, 2))


def small_model(lr: float = 1e-7) -> Model:
    x = InputVoltageLayer(units=3, name="x")
    d = DenseLayer(units=4, name="d", lr=lr, initializer=RandomUniform(1e-7, 1e-5))(x)
    return Model(inputs=[x], outputs=[CurrentLayer(name="y")(d)], seed=0)


def train(model: Model, *callbacks: Callback, epochs: int = 3, **settings: Any) -> Fit:
    given = {"loss_fn": "mse", "optimizer": "adam", "beta": 1e-8, "verbose": False, **settings}
    return model.fit(X, Y, epochs=epochs, callbacks=callbacks, batch_size=4, **given)


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


class FakeTracker:
    """Takes the calls that the loggers make, as wandb 0.31 and mlflow 3.17 themselves do."""

    def __init__(self, *begun: Any, **settings: Any) -> None:
        self.calls: list[Any] = [("begun", begun, settings)]
        self.config = SimpleNamespace(update=lambda config: self.calls.append(("config", config)))

    def __getattr__(self, name: str) -> Any:
        def called(*given: Any, **settings: Any) -> Any:
            self.calls.append((name, given, settings))
            info = SimpleNamespace(run_id="r1")
            return SimpleNamespace(info=info, experiment_id="e1")

        return called


@pytest.fixture
def trackers(monkeypatch: pytest.MonkeyPatch) -> list[FakeTracker]:
    """Put modules in the places of wandb and mlflow that remember what they are called with."""
    made: list[FakeTracker] = []

    def make(*given: Any, **settings: Any) -> FakeTracker:
        made.append(FakeTracker(*given, **settings))
        return made[-1]

    for name, attribute in (("wandb", "init"), ("mlflow", "MlflowClient")):
        module = ModuleType(name)
        setattr(module, attribute, make)
        monkeypatch.setitem(sys.modules, name, module)
    return made


def test_wandb_is_told_of_every_epoch(trackers: list[FakeTracker]) -> None:
    fit = train(small_model(), WandbLogger("own", name="n", config={"note": 1}), epochs=2)
    (_, _, begun), *logged, finished = trackers[0].calls
    assert begun["project"] == "own"
    assert begun["config"] == {
        "epochs": 2, "steps": 3, "samples": 10, "optimizer": "Adam", "seed": 0, "note": 1
    }  # fmt: skip
    assert [(name, settings["step"]) for name, _, settings in logged] == [("log", 1), ("log", 2)]
    assert [given[0]["loss"] for _, given, _ in logged] == fit.losses
    assert all("accuracy" not in given[0] for _, given, _ in logged)  # which this loss lacks
    assert finished == ("finish", (), {"exit_code": 0})


def test_a_run_of_wandb_that_was_given_stays_open(trackers: list[FakeTracker]) -> None:
    run = FakeTracker()
    train(small_model(), WandbLogger(run=run), epochs=1)
    assert [call[0] for call in run.calls] == ["begun", "config", "log"]
    assert not trackers


def test_mlflow_is_told_of_every_epoch_and_of_a_failure(trackers: list[FakeTracker]) -> None:
    def fail(epoch: int, logs: Any) -> None:
        raise RuntimeError("late")

    train(small_model(), MLflowLogger("own", tracking_uri="file:x"), epochs=2)
    with pytest.raises(RuntimeError, match="late"):
        train(small_model(), MLflowLogger("own"), LambdaCallback(on_epoch_end=fail), epochs=2)
    whole, failed = (tracker.calls for tracker in trackers)
    assert whole[0] == ("begun", ("file:x",), {})
    steps = [call[2]["step"] for call in whole if call[:2][0] == "log_metric"]
    assert sorted(set(steps)) == [1, 2]
    assert whole[-1] == ("set_terminated", ("r1", "FINISHED"), {})
    assert failed[-1] == ("set_terminated", ("r1", "FAILED"), {})


@pytest.mark.parametrize(("name", "make"), [("wandb", WandbLogger), ("mlflow", MLflowLogger)])
def test_a_tracker_that_is_missing_is_named(
    name: str, make: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(MissingLibraryError) as caught:
        make()
    assert caught.value.fix == f"pip install {name}"
