"""Two that begin one file at the same moment: one gets it, the other is told and takes nothing."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ebana_core import Run
from ebana_core.errors import StorageError
from ebana_core.paths import replacing
from ebana_core.storage import beginning, known, lock
from ebana_core.storage.lock import FileLock
from ebana_core.training.resuming import find_run
from tests.support.run_files import write_run


def meanwhile(monkeypatch: pytest.MonkeyPatch, step: str, happens: Callable[[], object]) -> None:
    """Let something happen once, as soon as the next run file went through a step."""
    own = getattr(beginning, step)

    def stepped(*given: Any, **settings: Any) -> Any:
        monkeypatch.setattr(beginning, step, own)
        result = own(*given, **settings)
        happens()
        return result

    monkeypatch.setattr(beginning, step, stepped)


def epochs(path: Path) -> int:
    with Run.open(path) as run:
        return run.n_epochs


def ended(path: Path) -> float:
    with Run.open(path) as run:
        return run.ended


def no_second_names(*_: object) -> None:
    raise PermissionError(1, "Operation not permitted")


@pytest.mark.parametrize("has_links", [True, False])
@pytest.mark.parametrize(
    ("settings", "words"), [({}, "exists"), ({"since": 0.0}, "by another process in the meantime")]
)
def test_a_new_file_replaces_none_that_came_in_the_meantime(
    settings: dict[str, Any],
    words: str,
    has_links: bool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = tmp_path / "run.h5"
    if not has_links:
        monkeypatch.setattr(os, "link", no_second_names)
    meanwhile(monkeypatch, "write_header", lambda: write_run(path, 3))
    with pytest.raises(StorageError, match=words):
        write_run(path, 1, **settings)
    assert epochs(path) == 3
    assert os.listdir(tmp_path) == ["run.h5"]


@pytest.mark.parametrize("step", ["write_header", "copy_committed"])
def test_a_file_that_is_about_to_be_replaced_is_replaced_once(
    step: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, told = tmp_path / "run.h5", []
    write_run(path, 1)
    setting: dict[str, Any] = (
        {"overwrite": True} if step == "write_header" else {"since": ended(path)}
    )

    def again() -> None:
        with pytest.raises(StorageError, match="is being written") as caught:
            write_run(path, 4, **setting)
        told.append(caught.value)

    meanwhile(monkeypatch, step, again)
    write_run(path, 2, **setting)
    assert told
    assert epochs(path) == (2 if step == "write_header" else 3)


def test_what_another_process_put_there_is_not_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Reading the old file took the lock away, and let the other process in."""
    path, other = tmp_path / "run.h5", tmp_path / "other.h5"
    write_run(path, 1)
    write_run(other, 3)
    meanwhile(monkeypatch, "copy_committed", lambda: shutil.move(other, path))
    with pytest.raises(StorageError, match="replaced by another process"):
        write_run(path, 2, since=ended(path))
    assert epochs(path) == 3
    assert os.listdir(tmp_path) == ["run.h5"]


@pytest.mark.parametrize("was_begun", [True, False])
def test_what_was_committed_since_a_run_was_read_is_neither_lost_nor_taken_over(
    was_begun: bool, tmp_path: Path
) -> None:
    path = tmp_path / "run.h5"
    if was_begun:
        write_run(path, 1)
    read = ended(path) if was_begun else 0.0
    write_run(path, 3, since=read)
    with pytest.raises(StorageError, match="written by another process in the meantime") as caught:
        write_run(path, 5, since=read)
    assert "resume=True" in caught.value.fix
    assert epochs(path) == (4 if was_begun else 3)
    assert os.listdir(tmp_path) == ["run.h5"]


@pytest.mark.parametrize("is_early", [True, False])
def test_who_resumes_what_another_process_writes_hears_of_the_writer(
    is_early: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Looked through while it grows, the file may seem damaged."""
    path = tmp_path / "run.h5"
    shutil.copy(__file__, path)

    def refuse(*_: object) -> None:
        raise BlockingIOError(11, "Resource temporarily unavailable")

    def examined(path: Path) -> str:
        assert not is_early
        monkeypatch.setattr(lock.fcntl, "lockf", refuse)
        return "a chunk lies beyond the end of the file"

    monkeypatch.setattr(known, "examine", examined)
    if is_early:
        monkeypatch.setattr(lock.fcntl, "lockf", refuse)
    with pytest.raises(StorageError, match="is being written by another process"):
        find_run(path)


def test_a_copy_replaces_no_file_that_came_while_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "copy.h5"

    def copy() -> None:
        with replacing(path, is_new=True) as partial:
            partial.write_text("ours")
            path.write_text("theirs")

    with pytest.raises(StorageError, match="exists"):
        copy()
    assert path.read_text() == "theirs"
    assert os.listdir(tmp_path) == ["copy.h5"]


def test_of_two_threads_that_lock_one_file_one_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second asks while the first is about to open the file."""
    path, told, opened = tmp_path / "run.h5", list[StorageError](), os.open
    path.write_text("")

    def second(*given: Any) -> int:
        monkeypatch.setattr(os, "open", opened)
        with pytest.raises(StorageError, match="another fit of this process") as caught:
            FileLock(path)
        told.append(caught.value)
        return opened(*given)

    monkeypatch.setattr(os, "open", second)
    first = FileLock(path)
    assert told
    first.release()
    first.release()
    FileLock(path).release()
