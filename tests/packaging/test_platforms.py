"""Systems other than this one, simulated: what they lack cannot be imported, and is not missed."""

import os
import signal
from pathlib import Path

from ebana_core import Run
from tests.support.pages import blocks
from tests.support.platforms import BROWSER, WINDOWS, printed, started

TRAINS = """
import time
from pathlib import Path
from ebana_core import Run
from ebana_core.callbacks import LambdaCallback
from ebana_core.errors import StorageError
from tests.support.runs import small_fit
path = Path({path!r})
"""

WHOLE_RUN = (
    TRAINS
    + """
def look(batch, logs):
    with Run.open(path) as run:
        print(run.status, run.n_epochs, sorted(item.name for item in path.parent.iterdir()))

small_fit(path, 2, callbacks=[LambdaCallback(on_train_batch_end=look)])
small_fit(path, 3, resume=True)
with Run.open(path) as run:
    print(run.status, run.n_epochs, [item.name for item in path.parent.iterdir()])
"""
)


def test_a_run_is_written_read_and_resumed_without_the_locks_of_unix(tmp_path: Path) -> None:
    lines = printed(WINDOWS, WHOLE_RUN.format(path=str(tmp_path / "run.h5")))
    assert lines[0] == "running 0 ['.run.h5.lock', 'run.h5']"
    assert lines[-1] == "finished 3 ['run.h5']"


WAITS = (
    TRAINS
    + """
def wait(epoch, logs):
    print("batch", flush=True)
    time.sleep(60.0)

small_fit(path, 2, callbacks=[LambdaCallback(on_train_batch_end=wait)])
"""
)
SECOND = (
    TRAINS
    + """
try:
    small_fit(path, 2, overwrite=True)
    print("done")
except StorageError as error:
    print(error)
"""
)


def test_a_second_process_is_refused_until_the_first_is_killed(tmp_path: Path) -> None:
    path = str(tmp_path / "run.h5")
    with started(WINDOWS, WAITS.format(path=path)) as first:
        try:
            assert first.stdout is not None
            assert first.stdout.readline() == "batch\n"
            (refused, *_) = printed(WINDOWS, SECOND.format(path=path))
            assert "is being written by another process" in refused
            with Run.open(path) as run:
                assert run.status == "running"
        finally:
            os.kill(first.pid, signal.SIGKILL)
    with Run.open(path) as run:
        assert run.status == "running"
    assert printed(WINDOWS, SECOND.format(path=path)) == ["done"]


XOR = (
    "\n".join(blocks("docs/platforms.md"))
    + """
import sys
from ebana_core.errors import MissingLibraryError
try:
    model.save_history("run.h5")
except MissingLibraryError as error:
    print(error.fix)
print(*(name for name in ("h5py", "cffi", "PySpice", "numba") if sys.modules.get(name)))
"""
)


def test_xor_is_trained_on_native_in_a_browser() -> None:
    assert printed(BROWSER, XOR)[-3:] == [
        "100 [0, 1, 1, 0]",
        "pip install h5py",
        "",
    ]
