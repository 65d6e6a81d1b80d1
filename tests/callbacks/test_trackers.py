"""Weights & Biases and MLflow are told what a fit does, as they want to hear it."""

import sys
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from ebana_core.callbacks import LambdaCallback, MLflowLogger, WandbLogger
from ebana_core.errors import MissingLibraryError
from tests.support.small_fits import small_model, train


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
