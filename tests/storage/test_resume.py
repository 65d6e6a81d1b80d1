"""A run goes on where it was committed, whatever ended it."""

import importlib
import inspect
import os
import random
import signal
import subprocess
import sys
import threading
from pathlib import Path

import h5py
import numpy as np
import pytest

from ebana_core import Model, Run, losses, optimizers
from ebana_core.arrays import Array
from ebana_core.callbacks import Callback, EarlyStopping, ReduceLROnPlateau
from ebana_core.errors import StorageError
from ebana_core.losses import Loss
from ebana_core.metrics import Metrics
from ebana_core.training.identity import identity
from tests.support import runs
from tests.support.project import ENVIRONMENT, ROOT
from tests.support.runs import functional_fit, small_fit, small_model


def same(model: Model, optimizer: optimizers.Optimizer, run: Run) -> bool:
    return (
        all(np.array_equal(run.parameters[n], v) for n, v in model.parameters.items())
        and all(np.array_equal(run.slots[n], v) for n, v in optimizer.slots.items())
        and run.state["step"] == optimizer.n_steps
    )


@pytest.mark.parametrize("kind", [optimizers.SGD, optimizers.SGDMomentum, optimizers.Adam])
def test_a_resumed_run_equals_an_uninterrupted_one(
    tmp_path: Path, kind: type[optimizers.Optimizer]
) -> None:
    path, model = tmp_path / "run.h5", small_model()
    whole_model = small_model()
    whole = small_fit(None, 7, whole_model, optimizer=kind(whole_model))
    small_fit(path, 3, model, optimizer=kind(model))
    other = small_model()
    resumed = small_fit(path, 7, other, optimizer=kind(other), resume=True)
    assert resumed[2].losses == whole[2].losses
    with Run.open(path) as run:
        assert same(whole[0], whole[1], run)
        assert same(resumed[0], resumed[1], run)
        assert run.scores["train_loss"].tolist() == whole[2].losses
        assert run.voltages().epochs.tolist() == list(range(1, 8))
        assert run.power().epochs.tolist() == [7]


def test_resume_begins_what_was_never_begun_and_rests_when_done(tmp_path: Path) -> None:
    path = tmp_path / "run.h5"
    first = small_fit(path, 2, resume=True)
    again = small_fit(path, 2, resume=True)
    assert again[2].losses == first[2].losses
    assert again[1].n_steps == first[1].n_steps


class Killer(threading.Thread):
    """Kills a process after a number of lines and a random moment."""

    def __init__(self, process: "subprocess.Popen[str]", delay: float) -> None:
        super().__init__()
        self.process, self.delay = process, delay
        self.reported: list[int] = []

    def run(self) -> None:
        timer = threading.Timer(self.delay, os.kill, (self.process.pid, signal.SIGKILL))
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if not self.reported:
                timer.start()
            self.reported.append(int(line))


@pytest.mark.parametrize("number", range(3))
def test_no_reported_epoch_is_lost_to_a_kill(tmp_path: Path, number: int) -> None:
    path, n_epochs = tmp_path / "run.h5", 10_000
    process = subprocess.Popen(
        [sys.executable, "-m", runs.__name__, str(path), str(n_epochs), "0"],
        stdout=subprocess.PIPE,
        text=True,
        env=ENVIRONMENT,
        cwd=ROOT,
    )
    # Longer than a writer waits between two commits, so that several banks are met.
    killer = Killer(process, random.Random(number).uniform(0.0, 1.2))
    killer.start()
    killer.join()
    assert process.wait() == -signal.SIGKILL
    assert process.stdout is not None
    process.stdout.close()
    with h5py.File(path, "r", swmr=True), Run.open(path) as run:
        assert run.status == "running"
        assert run.n_epochs >= killer.reported[-1]
        n_epochs = run.n_epochs
        found = run.scores["train_loss"].tolist()
        kept, last = run.parameters, run.parameter_history("d.conductance")[-1]
    model, _, history = small_fit(None, n_epochs)
    assert found == history.losses
    assert np.array_equal(kept["d.conductance"], model.parameters["d.conductance"])
    assert np.array_equal(last, kept["d.conductance"])
    resumed = small_fit(path, n_epochs + 3, resume=True)
    whole = small_fit(None, n_epochs + 3)
    assert np.array_equal(
        resumed[0].parameters["d.conductance"], whole[0].parameters["d.conductance"]
    )
    assert resumed[2].losses == whole[2].losses


def test_callbacks_remember(tmp_path: Path) -> None:
    def watching() -> list[Callback]:
        return [
            ReduceLROnPlateau("loss", patience=1, factor=0.5, min_delta=1.0),
            EarlyStopping("loss", patience=6, min_delta=1.0),
        ]

    whole = small_fit(tmp_path / "whole.h5", 12, callbacks=watching())
    assert len(whole[2]) < 12
    small_fit(tmp_path / "run.h5", 3, callbacks=watching())
    resumed = small_fit(tmp_path / "run.h5", 12, callbacks=watching(), resume=True)
    assert resumed[2].losses == whole[2].losses
    assert resumed[1].rate_factor == whole[1].rate_factor < 1


def test_other_settings_are_refused_and_the_run_stays(tmp_path: Path) -> None:
    path = tmp_path / "run.h5"
    small_fit(path, 2)
    before = path.read_bytes()
    other = small_model()
    with pytest.raises(StorageError, match="other optimizer: optimizer was 'Adam', now 'SGD'"):
        small_fit(path, 3, other, optimizer=optimizers.SGD(other), resume=True)
    with pytest.raises(StorageError, match="other policies"):
        small_fit(path, 3, metrics=Metrics(verbose=False), resume=True)
    with pytest.raises(StorageError, match="other seed"):
        small_fit(path, 3, small_model(seed=4), resume=True)
    with pytest.raises(StorageError, match="without a run"):
        small_fit(None, 3, resume=True)
    assert path.read_bytes() == before


class Scaled(Loss):
    """A loss of a user's own that keeps a setting aside."""

    def __init__(self, scale: float) -> None:
        object.__setattr__(self, "scale", scale)

    def value(self, prediction: Array, target: Array) -> Array:
        return self.scale * (prediction - target) ** 2

    def gradient(self, prediction: Array, target: Array) -> Array:
        return 2 * self.scale * (prediction - target)


def test_changed_losses_and_optimizers_are_refused(tmp_path: Path) -> None:
    path, model = tmp_path / "run.h5", small_model()
    small_fit(path, 2, model, loss=Scaled(0.5))
    with pytest.raises(StorageError, match=r"other losses: .*scale=0\.5.*scale=0\.7"):
        small_fit(path, 3, loss=Scaled(0.7), resume=True)
    edited = type("Scaled", (losses.MSE,), {})
    with pytest.raises(StorageError, match="other losses"):
        small_fit(path, 3, loss=edited(0.5), resume=True)
    other = small_model()
    with pytest.raises(StorageError, match="other optimizer_settings"):
        small_fit(
            path,
            3,
            other,
            loss=Scaled(0.5),
            optimizer=optimizers.Adam(other, beta_1=0.5),
            resume=True,
        )
    assert len(small_fit(path, 3, loss=Scaled(0.5), resume=True)[2]) == 3


RESUMED = """
import sys
from pathlib import Path
from tests.support.runs import functional_fit
functional_fit(Path(sys.argv[1]), 3)
"""


def test_functions_are_known_in_another_process(tmp_path: Path) -> None:
    path = tmp_path / "run.h5"
    functional_fit(path, 2)
    command = [sys.executable, "-c", RESUMED, str(path)]
    done = subprocess.run(command, env=ENVIRONMENT, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    with Run.open(path, probe=False) as run:
        assert run.n_epochs == 3


def test_the_code_of_a_class_is_part_of_what_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    head = "from ebana_core.arrays import Array\nfrom ebana_core.losses import Loss\n\n\n"
    text = head + inspect.getsource(Scaled)
    found = []
    for number, words in enumerate(
        (("A loss", "The loss"), ("2 * self", "2  *  self"), ("2 *", "3 *"))
    ):
        assert words[0] in text
        (tmp_path / f"losses_{number}.py").write_text(text.replace(*words))
        found.append(identity(importlib.import_module(f"losses_{number}").Scaled(0.5)))
    assert found[0] == found[1] != found[2]


def test_a_file_that_another_process_writes_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "run.h5"
    process = subprocess.Popen(
        [sys.executable, "-m", runs.__name__, str(path), "100000", "0.01"],
        stdout=subprocess.PIPE,
        text=True,
        env=ENVIRONMENT,
        cwd=ROOT,
    )
    try:
        assert process.stdout is not None
        process.stdout.readline()
        for options in ({"overwrite": True}, {"resume": True}):
            with pytest.raises(StorageError, match="written by another process"):
                small_fit(path, 3, **options)
        with Run.open(path) as run:
            seen = run.n_epochs
            assert seen >= 1
            assert len(run.voltages()) == seen
            assert run.places
            for line in process.stdout:
                if int(line) > seen:
                    break
            run.refresh()
            assert run.n_epochs > seen
            assert len(run.voltages()) == run.n_epochs
            last = run.parameter_history("d.conductance")[-1]
            assert np.array_equal(run.parameters["d.conductance"], last)
            assert run.phase("nudged").epoch == run.n_epochs
    finally:
        process.kill()
        process.communicate()
