"""What this process wrote, or looked through, is opened at once; what was changed since is not."""

import os
import shutil
import time
from pathlib import Path
from typing import Any

import pytest

from ebana_core import Model, Run
from ebana_core.callbacks import LambdaCallback
from ebana_core.errors import StorageError
from ebana_core.storage import known, probe
from tests.support.runs import small_fit, small_model


class Looking:
    """Counts the processes that look through files."""

    def __init__(self) -> None:
        self.n, self._run = 0, probe.subprocess.run

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        self.n += 1
        return self._run(*args, **kwargs)


@pytest.fixture
def looking(monkeypatch: pytest.MonkeyPatch) -> Looking:
    counter = Looking()
    monkeypatch.setattr(probe.subprocess, "run", counter)
    return counter


def test_a_run_of_this_process_is_opened_while_it_is_written_and_afterwards(
    tmp_path: Path, looking: Looking
) -> None:
    path, seen = tmp_path / "run.h5", []

    def look(epoch: int, logs: Any) -> None:
        with Run.open(path) as run:
            seen.append(run.status)

    small_fit(path, 2, callbacks=[LambdaCallback(on_epoch_end=look)])
    with Run.open(path) as run:
        seen.append(run.status)
    small_model().save(tmp_path / "model.h5")
    Model.load(tmp_path / "model.h5")
    assert seen == ["running", "running", "finished"]
    assert not looking.n


def test_a_change_right_after_the_end_of_a_run_is_looked_at(
    tmp_path: Path, looking: Looking
) -> None:
    """A byte is turned around within the step in which file systems count time."""
    small_fit(tmp_path / "run.h5", 2)
    with open(tmp_path / "run.h5", "r+b") as file:
        file.seek(20)
        byte = file.read(1)
        file.seek(20)
        file.write(bytes([byte[0] ^ 255]))
    with pytest.raises(StorageError, match="cannot be read"):
        Run.open(tmp_path / "run.h5")
    assert looking.n == 1


def test_a_strangers_file_is_looked_through_once_until_it_is_another(
    tmp_path: Path, looking: Looking
) -> None:
    small_fit(tmp_path / "run.h5", 2)
    strange = Path(shutil.copy(tmp_path / "run.h5", tmp_path / "strange.h5"))
    Run.open(strange).close()
    Run.open(strange).close()
    assert looking.n == 2  # it is too new: a change would have the same time
    known._KNOWN[known._number(strange.stat())] = known._stamp(strange.stat())
    Run.open(strange).close()
    assert looking.n == 2
    shutil.copy(tmp_path / "run.h5", tmp_path / "other.h5")
    (tmp_path / "other.h5").replace(strange)
    Run.open(strange).close()
    assert looking.n == 3


def test_an_old_file_is_known_once_it_was_looked_through(
    tmp_path: Path, looking: Looking, monkeypatch: pytest.MonkeyPatch
) -> None:
    small_fit(tmp_path / "run.h5", 2)
    strange = Path(shutil.copy(tmp_path / "run.h5", tmp_path / "strange.h5"))
    now = time.time_ns() + 2 * known.TICK
    monkeypatch.setattr(known.time, "time_ns", lambda: now)
    for _ in range(2):
        Run.open(strange).close()
    assert looking.n == 1


def test_a_file_system_that_counts_whole_seconds_has_every_file_looked_through(
    tmp_path: Path, looking: Looking, monkeypatch: pytest.MonkeyPatch
) -> None:
    tell = os.utime
    monkeypatch.setattr(
        known.os, "utime", lambda path, ns: tell(path, ns=(ns[0], ns[1] // 10**9 * 10**9))
    )
    small_fit(tmp_path / "run.h5", 2)
    Run.open(tmp_path / "run.h5").close()
    assert looking.n == 1
