"""What goes wrong while a run is written: told once, with what was committed intact."""

import errno
import os
import shutil
import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from ebana_core import Run
from ebana_core.callbacks import Callback
from ebana_core.errors import FormatError, ParameterError, StorageError
from ebana_core.storage.probe import WRITTEN
from ebana_core.storage.repair import repair
from ebana_core.storage.superblock import END_OF_FILE, SIZE, lookup3
from tests.support.project import ENVIRONMENT, ROOT
from tests.support.runs import small_fit

FULL = """
import resource, signal, sys
from pathlib import Path
from ebana_core.errors import StorageError
from ebana_core.storage.repair import repair
from tests.support.runs import Report, small_fit
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (800_000, 800_000))
try:
    small_fit(Path(sys.argv[1]), 1_000_000, callbacks=[Report(0.0)])
except StorageError as error:
    print(error, file=sys.stderr)
    sys.exit(7)
"""


def promising(data: bytes, size: int, flags: int) -> bytes:
    """Return an HDF5 file that says that it has a size, and who writes it."""
    block = data[:11] + bytes([flags]) + data[12:END_OF_FILE]
    block += struct.pack("<Q", size) + data[END_OF_FILE + 8 : SIZE - 4]
    return block + struct.pack("<I", lookup3(block)) + data[SIZE:]


def test_a_run_that_is_about_to_grow_is_read_and_one_that_was_cut_is_not(tmp_path: Path) -> None:
    """A writer tells the new length before the file has it."""
    path = tmp_path / "run.h5"
    small_fit(path, 2)
    whole = path.read_bytes()
    path.write_bytes(promising(whole, len(whole) + 16384, WRITTEN))
    with Run.open(path) as run:
        assert run.n_epochs == 2
    path.write_bytes(promising(whole, len(whole) + 16384, 0))
    with pytest.raises(StorageError, match="truncated file"):
        Run.open(path)


def test_a_limit_on_files_is_named_and_what_was_committed_is_read(tmp_path: Path) -> None:
    path = tmp_path / "run.h5"
    done = subprocess.run(
        [sys.executable, "-c", FULL, str(path)],
        capture_output=True,
        text=True,
        env=ENVIRONMENT,
        cwd=ROOT,
        timeout=120,
    )
    assert done.returncode == 7, done.stderr
    assert "may not grow beyond 800000 bytes" in done.stderr
    assert "ulimit -f" in done.stderr
    assert "disk" not in done.stderr  # which has space
    reported = [int(line) for line in done.stdout.split()]
    with Run.open(path) as run:
        assert run.n_epochs >= reported[-1]
        kept, last = run.parameters["d.conductance"], run.parameter_history("d.conductance")[-1]
        assert np.array_equal(kept, last)
        assert len(run.voltages()) == run.n_epochs
    repaired = repair(path, tmp_path / "repaired.h5")
    assert repaired.n_epochs >= reported[-1] >= 1
    assert not repaired.lost
    with Run.open(tmp_path / "repaired.h5") as run:
        assert run.n_epochs == repaired.n_epochs
        assert len(run.scores["train_loss"]) == run.n_epochs


def _delete(path: Path) -> None:
    shutil.rmtree(path.parent)


def _replace(path: Path) -> None:
    path.with_name("other.h5").write_bytes(path.read_bytes())
    path.with_name("other.h5").replace(path)


def _cut(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


class Spoil(Callback):
    """Does something to the file of the run after a batch of its only epoch."""

    def __init__(self, path: Path, spoil: Callable[[Path], None]) -> None:
        self.path, self.spoil, self.batches = path, spoil, 0

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self.batches = batch
        if batch == 2:
            self.spoil(self.path)


@pytest.mark.parametrize(
    ("spoil", "words"),
    [(_delete, "is gone"), (_replace, "another stands in its place"), (_cut, "was cut")],
)
def test_a_spoilt_file_is_told_at_once(
    tmp_path: Path, spoil: Callable[[Path], None], words: str
) -> None:
    path = tmp_path / "runs" / "run.h5"
    path.parent.mkdir()
    watching = Spoil(path, spoil)
    with pytest.raises(StorageError, match=words) as caught:
        small_fit(path, 1, callbacks=[watching], batch_size=1)
    assert str(path) in caught.value.problem
    assert watching.batches == 2  # of six


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.ENOSPC, "the disk is full"),
        (errno.EDQUOT, "the quota of the user is used up"),
        (errno.EFBIG, "what its file system allows"),
        (errno.EIO, "errno = 5"),
    ],
)
def test_why_a_write_failed_is_told(
    tmp_path: Path, number: int, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> None:
        raise OSError(f"Can't write data (file write failed: errno = {number}, ...)")

    path = tmp_path / "run.h5"
    small_fit(path, 2)
    monkeypatch.setattr("ebana_core.storage.content.epoch_row", fail)
    with pytest.raises(StorageError, match=words) as caught:
        small_fit(path, 4, resume=True)
    assert "the 2 epochs committed before are in it" in caught.value.fix
    with Run.open(path) as run:
        assert run.n_epochs == 2


def test_a_folder_that_is_not_there_is_told_before_the_first_epoch(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="cannot be written"):
        small_fit(tmp_path / "none" / "run.h5", 1)
    assert not (tmp_path / "none").exists()


def test_a_run_that_cannot_go_on_leaves_nothing_half_written(tmp_path: Path) -> None:
    path = tmp_path / "run.h5"
    small_fit(path, 1)
    with h5py.File(path, "r+") as file:
        del file["phases/free/voltages"]
    for _ in range(2):  # the file is free again
        with pytest.raises(FormatError, match="lacks 'phases/free/voltages'"):
            small_fit(path, 2, resume=True)
    assert [entry.name for entry in tmp_path.iterdir()] == ["run.h5"]


class Forgetful(Callback):
    """Remembers what no file holds, from the second epoch on."""

    epochs: set[int]

    def on_train_begin(self, logs: Any = None) -> None:
        self.epochs = set()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self.epochs.add(epoch)

    def state(self) -> dict[str, Any]:
        return {"epochs": self.epochs} if len(self.epochs) > 1 else {}


def test_a_state_that_no_file_holds_is_named_and_other_epochs_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "run.h5"
    with pytest.raises(ParameterError, match=r"Forgetful.state returns .*\{1, 2\}"):
        small_fit(path, 3, callbacks=[Forgetful()])
    with Run.open(path) as run:
        assert (run.status, run.n_epochs) == ("failed", 1)


def test_foreign_and_cut_files_are_told(tmp_path: Path) -> None:
    path = tmp_path / "run.h5"
    path.write_text("no HDF5")
    with pytest.raises(StorageError, match="cannot be read"):
        Run.open(path)
    with pytest.raises(StorageError, match="does not exist"):
        Run.open(tmp_path / "none.h5")
    small_fit(path, 3, overwrite=True)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(StorageError):
        Run.open(path)
