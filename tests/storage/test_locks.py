"""What is told of a file that cannot be locked: that another process has it, or what else."""

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from ebana_core.errors import StorageError
from ebana_core.storage import lock
from ebana_core.storage.lock import FileLock
from ebana_core.training.resuming import find_run
from tests.support.run_files import write_run
from tests.support.runs import small_fit, small_model


def refusing(number: int) -> Callable[..., None]:
    """Return what locks nothing, for a reason that has this number."""

    def refuse(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    return refuse


WRITERS: dict[str, Callable[[Path], object]] = {
    "a run begins": lambda path: write_run(path.with_name("new.h5"), 1),
    "a run is replaced": lambda path: write_run(path, 1, overwrite=True),
    "a run is gone on with": find_run,
    "a model is saved": lambda path: small_model().save(path),
}


@pytest.mark.parametrize("write", WRITERS.values(), ids=WRITERS)
@pytest.mark.parametrize("number", [errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS, errno.EIO])
def test_a_file_system_without_locks_is_told_from_another_process(
    number: int, write: Callable[[Path], object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "run.h5"
    write_run(path, 1)
    before = path.read_bytes()
    monkeypatch.setattr(lock.fcntl, "lockf", refusing(number))
    with pytest.raises(StorageError, match="cannot be kept from other processes") as caught:
        write(path)
    assert os.strerror(number) in caught.value.problem
    assert ".partial" not in caught.value.problem
    assert "disk of this machine" in caught.value.fix
    assert os.listdir(tmp_path) == ["run.h5"]
    assert path.read_bytes() == before


@pytest.mark.parametrize("number", [errno.EAGAIN, errno.EACCES])
def test_another_process_is_told_by_either_word_for_it(
    number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "run.h5"
    path.write_text("")
    monkeypatch.setattr(lock.fcntl, "lockf", refusing(number))
    with pytest.raises(StorageError, match="being written by another process"):
        FileLock.require_free(path)
    with pytest.raises(StorageError, match="being written by another process"):
        FileLock.of_old(path)


def test_a_run_whose_lock_is_lost_is_called_by_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not by that which it had before it was whole."""
    path, asked = tmp_path / "run.h5", lock.lock_at_once
    calls: list[int] = []

    def lose(number: int) -> None:
        calls.append(number)
        if len(calls) > 1:
            raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))
        asked(number)

    # Not of the system, where kernels would wait for it, too.
    monkeypatch.setattr(lock, "lock_at_once", lose)
    with pytest.raises(StorageError) as caught:
        small_fit(path, 2)
    assert caught.value.problem == f"{path} is being written by another process."


def test_a_file_that_is_gone_is_free(tmp_path: Path) -> None:
    FileLock.require_free(tmp_path / "run.h5")
