"""A kernel is compiled by one process, and the others wait for what it makes."""

import importlib
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.support.project import ENVIRONMENT

pytest.importorskip("numba")

from numba import float64

from ebana_core import kernels, system_locks
from ebana_core.kernels import _lock_of, turn

KERNEL = """
from ebana_core.kernels import kernel

@kernel(error_model="numpy")
def doubled(x):
    return 2 * x
"""
WAITING = """
import sys
sys.path.insert(0, sys.argv[1])
from waited_for import doubled
print("ready", flush=True)
doubled(1.0)
print(sum(doubled.stats.cache_hits.values()), sum(doubled.stats.cache_misses.values()))
"""


def test_who_comes_second_waits_and_loads_what_the_first_compiled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "waited_for.py").write_text(KERNEL)
    monkeypatch.syspath_prepend(tmp_path)
    doubled = importlib.import_module("waited_for").doubled
    words = [sys.executable, "-c", WAITING, str(tmp_path)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True, env=ENVIRONMENT) as process:
        assert process.stdout is not None
        with turn(_lock_of(doubled)) as is_held:
            assert is_held
            assert process.stdout.readline() == "ready\n"
            time.sleep(0.3)  # it would have compiled by then
            type(doubled).compile(doubled, (float64,))  # as who holds the lock does
        assert process.stdout.read() == "1 0\n"


def test_kernels_that_call_each_other_wait_together_no_longer_than_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calling = KERNEL + "\n@kernel()\ndef twice_doubled(x):\n    return doubled(doubled(x))\n"
    (tmp_path / "called.py").write_text(calling)
    monkeypatch.syspath_prepend(tmp_path)
    twice_doubled, now, asked = importlib.import_module("called").twice_doubled, [0.0], list[int]()

    def wait(seconds: float) -> None:
        now[0] += seconds

    def refuse(number: int) -> None:
        asked.append(number)
        raise BlockingIOError

    clock = SimpleNamespace(monotonic=lambda: now[0], sleep=wait)
    monkeypatch.setattr(kernels, "time", clock)
    monkeypatch.setattr(kernels, "lock_at_once", refuse)
    assert twice_doubled(1.0) == 4.0
    assert now[0] == pytest.approx(kernels.PATIENCE, rel=0.0, abs=2 * kernels.PAUSE)
    assert len(set(asked)) == 2


def test_who_holds_a_lock_is_alone_and_a_killed_holder_keeps_nobody_waiting(tmp_path: Path) -> None:
    file = tmp_path / "a.lock"
    program = (
        "import fcntl, sys, time; file = open(sys.argv[1], 'w'); "
        "fcntl.lockf(file, fcntl.LOCK_EX); print(flush=True); time.sleep(60)"
    )
    words = [sys.executable, "-S", "-c", program, str(file)]
    with subprocess.Popen(words, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        began = time.monotonic()
        with turn(file, patience=0.05) as is_held:
            assert not is_held  # and the wait ended
        assert time.monotonic() - began >= 0.05
        process.kill()
        process.wait()
        with turn(file) as is_held:
            assert is_held


@pytest.mark.parametrize("place", ["nowhere/a.lock", "."])
def test_where_nothing_can_be_locked_nobody_waits(tmp_path: Path, place: str) -> None:
    with turn(tmp_path / place) as is_held:
        assert not is_held
    # What numba says of a kernel is not told as a failure of the lock.
    with pytest.raises(ValueError, match="no such type") as caught, turn(tmp_path / place):
        raise ValueError("no such type")
    assert caught.value.__context__ is None


@pytest.mark.parametrize(("n_refused", "expected"), [(2, True), (10**6, False)])
def test_windows_locks_otherwise(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, n_refused: int, expected: bool
) -> None:
    left = [n_refused]

    def locking(number: int, mode: int, n_bytes: int) -> None:
        left[0] -= 1
        if left[0] >= 0:
            raise PermissionError(13, "another process has it")

    monkeypatch.setattr(system_locks, "fcntl", None)
    windows = SimpleNamespace(LK_NBLCK=2, locking=locking)
    monkeypatch.setattr(system_locks, "msvcrt", windows)
    with turn(tmp_path / "a.lock", patience=0.1) as is_held:
        assert is_held is expected


def test_a_system_without_locks_compiles_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("fcntl", "msvcrt"):
        monkeypatch.setattr(system_locks, name, None)
    with turn(tmp_path / "a.lock") as is_held:
        assert not is_held
