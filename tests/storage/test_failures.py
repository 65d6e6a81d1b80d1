"""What goes wrong while a run is written: told once, with what was committed intact."""

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ebana_core import Run
from ebana_core.callbacks import Callback
from ebana_core.errors import StorageError
from ebana_core.storage.repair import repair
from tests.storage.runs import small_fit
from tests.storage.test_resume import ENVIRONMENT, ROOT

FULL = """
import resource, signal, sys
from pathlib import Path
from ebana_core.errors import StorageError
from ebana_core.storage.repair import repair
from tests.storage.runs import Report, small_fit
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (3_000_000, 3_000_000))
try:
    small_fit(Path(sys.argv[1]), 1_000_000, callbacks=[Report()])
except StorageError as error:
    print(error, file=sys.stderr)
    sys.exit(7)
"""


def test_a_full_disk_keeps_what_was_committed(tmp_path: Path) -> None:
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
    assert "free disk space" in done.stderr
    reported = [int(line) for line in done.stdout.split()]
    with pytest.raises(StorageError, match="truncated"):
        Run.open(path)  # this limit does not let the writer mend the size, a full disk does
    repaired = repair(path, tmp_path / "repaired.h5")
    assert repaired.n_epochs >= reported[-1] >= 1
    assert not repaired.lost
    with Run.open(tmp_path / "repaired.h5") as run:
        assert run.n_epochs == repaired.n_epochs
        assert len(run.scores["train_loss"]) == run.n_epochs


class Lose(Callback):
    """Deletes the folder of the run after an epoch."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        if epoch == 2:
            shutil.rmtree(self.folder)


def test_a_lost_folder_is_told(tmp_path: Path) -> None:
    folder = tmp_path / "runs"
    folder.mkdir()
    with pytest.raises(StorageError, match="is gone while it is written"):
        small_fit(folder / "run.h5", 3, callbacks=[Lose(folder)])


def test_a_folder_that_is_not_there_is_told_before_the_first_epoch(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="cannot be created"):
        small_fit(tmp_path / "none" / "run.h5", 1)
    assert not (tmp_path / "none").exists()


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
