"""A run that is killed within an epoch goes on there, to the bits of an unbroken one."""

import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ebana_core import Run
from ebana_core.callbacks import Callback
from ebana_core.errors import ParameterError
from ebana_core.storage.content import Content
from ebana_core.storage.run_file import RunFile
from tests.support import killed
from tests.support.killed import EVERY_BATCH, N_BATCHES, long_fit
from tests.support.project import ENVIRONMENT, ROOT
from tests.support.runs import small_fit


def kill_at(path: Path, epoch: int, batch: int, commit_every: float = EVERY_BATCH) -> None:
    """Go on with a run in a process of its own that is killed after a batch of an epoch."""
    words = (path, epoch, batch, commit_every)
    done = subprocess.run(
        [sys.executable, "-m", killed.__name__, *map(str, words)],
        env=ENVIRONMENT,
        cwd=ROOT,
        capture_output=True,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()


TIMES = ("training_seconds", "validation_seconds", "recording_seconds")


def require_equal(path: Path, other: Path) -> None:
    """Compare all numbers of two runs but times, bit by bit."""
    with Run.open(path, probe=False) as mine, Run.open(other, probe=False) as theirs:
        assert mine.status == theirs.status == "finished"
        assert mine.places == theirs.places
        found = [(mine.scores, theirs.scores), (mine.batches, theirs.batches)]
        found += [(mine.parameters, theirs.parameters), (mine.slots, theirs.slots)]
        found += [({p: mine.recorded(p)[:]}, {p: theirs.recorded(p)[:]}) for p in mine.places]
        for ours, their in found:
            for name in set(ours) - set(TIMES):
                assert np.array_equal(ours[name], their[name], equal_nan=True), name
        assert mine.state == theirs.state


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("whole") / "run.h5"
    long_fit(path)
    return path


def test_killed_again_and_again_within_epochs(whole: Path, tmp_path: Path) -> None:
    path = tmp_path / "run.h5"
    for epoch, batch in ((1, 2), (1, 3), (3, 3)):
        kill_at(path, epoch, batch)
        with Run.open(path, probe=False) as run:
            partial = run.partial
            assert run.n_epochs == epoch - 1
            assert partial is not None
            assert (partial.latest.epoch, partial.n_batches) == (epoch, batch)
    _, _, history = long_fit(path, resume=True)
    assert len(history) == 3
    require_equal(path, whole)


def test_killed_before_the_first_commit_a_run_begins(whole: Path, tmp_path: Path) -> None:
    path = tmp_path / "run.h5"
    kill_at(path, 1, 2, commit_every=60.0)
    with Run.open(path) as run:
        assert (run.status, run.n_epochs, run.partial) == ("running", 0, None)
    long_fit(path, resume=True)
    require_equal(path, whole)


def test_killed_between_epochs_a_run_goes_on_there(whole: Path, tmp_path: Path) -> None:
    path = tmp_path / "run.h5"
    kill_at(path, 2, 0)
    with Run.open(path, probe=False) as run:
        assert (run.n_epochs, run.partial) == (1, None)
    long_fit(path, resume=True)
    require_equal(path, whole)


def promised(path: Path) -> dict[str, Any]:
    """Return the states that a run file promises: after its last epoch, and within the next."""
    with Run.open(path, probe=False) as run:
        latest = None if run.partial is None else run.partial.latest
        found: dict[str, Any] = {"epochs": run.n_epochs, "state": run.state}
        found |= run.parameters if run.n_epochs else {}
        found |= run.slots if run.n_epochs else {}
        if latest is not None:
            within = {**latest.parameters, **latest.slots, "state": latest.plain}
            found |= {f"within {name}": value for name, value in within.items()}
        return found


def test_data_without_its_promise_leaves_what_was_promised(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process may be killed when a commit is written and not yet promised."""
    path, copy = tmp_path / "run.h5", tmp_path / "copy.h5"
    commit, promise = RunFile.commit, Content.promise
    before: list[dict[str, Any]] = []
    kinds = set()

    def committing(file: RunFile, *args: Any, **options: Any) -> Any:
        before.append(promised(Path(shutil.copy(path, copy))))
        return commit(file, *args, **options)

    def promising(content: Content, new: Any) -> None:
        found = promised(Path(shutil.copy(path, copy)))
        assert found.keys() == before[-1].keys()
        for name, value in found.items():
            assert np.array_equal(value, before[-1][name]), name
        kinds.add((found["epochs"] > 0, "within state" in found))
        promise(content, new)

    monkeypatch.setattr(RunFile, "commit", committing)
    monkeypatch.setattr(Content, "promise", promising)
    long_fit(path, commit_every=EVERY_BATCH)
    assert len(before) > 2 * N_BATCHES
    assert kinds == {(False, False), (False, True), (True, False), (True, True)}


class Interrupt(Callback):
    """Raises within an epoch, as the key Ctrl-C does."""

    def __init__(self, error: BaseException) -> None:
        self.error = error

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        if batch == 3:
            raise self.error


@pytest.mark.parametrize("error", [KeyboardInterrupt(), RuntimeError("a fault")])
def test_what_was_committed_of_an_epoch_outlives_its_end(
    error: BaseException, whole: Path, tmp_path: Path
) -> None:
    path = tmp_path / "run.h5"
    with pytest.raises(type(error)):
        long_fit(path, callbacks=[Interrupt(error)], commit_every=EVERY_BATCH)
    with Run.open(path, probe=False) as run:
        partial = run.partial
        assert run.status in ("interrupted", "failed")
        assert partial is not None
        assert partial.n_batches == 2
    long_fit(path, resume=True)
    require_equal(path, whole)


def test_chosen_samples_within_an_epoch(tmp_path: Path) -> None:
    path, other = tmp_path / "run.h5", tmp_path / "whole.h5"
    with pytest.raises(RuntimeError):
        long_fit(
            path, samples=[2, 7], callbacks=[Interrupt(RuntimeError())], commit_every=EVERY_BATCH
        )
    long_fit(path, samples=[2, 7], resume=True)
    long_fit(other, samples=[2, 7])
    require_equal(path, other)


class Count(Callback):
    """Remembers the batches that were trained."""

    def __init__(self) -> None:
        self.batches: list[int] = []

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self.batches.append(batch)


def test_no_batch_is_trained_twice(tmp_path: Path) -> None:
    path = tmp_path / "run.h5"
    kill_at(path, 2, 3)
    count = Count()
    long_fit(path, callbacks=[count], resume=True)
    assert count.batches == [4, *range(1, N_BATCHES + 1)]


@pytest.mark.parametrize("value", [0, -1.0, float("nan"), "60", True])
def test_commit_every_is_a_time(value: Any) -> None:
    with pytest.raises(ParameterError, match="commit_every is"):
        small_fit(None, 1, commit_every=value)
