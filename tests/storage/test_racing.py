"""Processes that begin one run file at the same moment, and such that are killed as they begin."""

import os
from pathlib import Path

import pytest

from ebana_core import Run
from ebana_core.errors import StorageError
from ebana_core.training.resuming import find_run
from tests.support.platforms import WINDOWS, printed
from tests.support.run_files import write_run

SYSTEMS = pytest.mark.parametrize("system", ["", WINDOWS], ids=["here", "windows"])

BEGINS = """
import os, pathlib, signal
import h5py  # once, not in every child
from ebana_core import Run
from ebana_core.errors import StorageError
from ebana_core.storage import beginning, lock
from tests.support.run_files import write_run

def setting(way, path):
    if way == "resume":
        with Run.open(path, probe=False) as run:
            return {"since": run.ended}
    return {"new": {}, "resume nothing": {"since": 0.0}, "overwrite": {"overwrite": True}}[way]

def forked(task, *given):
    child = os.fork()
    if child == 0:
        try:
            task(*given)
        finally:
            os._exit(1)
    return child
"""

RACE = """
partial_path = beginning.partial_path

def race(way, path):
    arrived, arrive = os.pipe()
    wait, start = os.pipe()

    def together(target):
        os.write(arrive, b".")
        os.read(wait, 1)  # until nobody can write any more
        return partial_path(target)

    def begin(seed, given):
        os.close(start)
        beginning.partial_path = together
        try:
            write_run(path, 2, seed=seed, **given)
            line = f"begun by {seed}"
        except StorageError as error:
            line = error.problem
        os.write(1, f"{path.name}: {line}\\n".encode())

    given = setting(way, path)
    children = [forked(begin, seed, given) for seed in range(1, 7)]
    for _ in children:
        os.read(arrived, 1)
    os.close(start)
    for child in children:
        os.waitpid(child, 0)

for path in PATHS:
    race(path.stem.split(".")[0], path)
"""

WRITES, WROTE, REPLACED = (
    "is being written by another process.",
    "was written by another process in the meantime.",
    "was replaced by another process in the meantime.",
)
WAYS = {
    "new": {"exists."},
    "resume nothing": {WRITES, WROTE},
    "resume": {WRITES, WROTE, REPLACED},
    "overwrite": {WRITES, REPLACED},
}
"""How a file is begun, to what those may hear who come too late."""


def given(paths: list[Path]) -> str:
    return f"{BEGINS}\nPATHS = [pathlib.Path(path) for path in {[str(path) for path in paths]}]\n"


@SYSTEMS
def test_of_processes_that_begin_at_once_one_gets_the_file(system: str, tmp_path: Path) -> None:
    paths = [tmp_path / f"{way}.{turn}.h5" for way in WAYS for turn in range(1 if system else 2)]
    for path in paths:
        if path.name.startswith(("resume.", "overwrite")):
            write_run(path, 1)
    lines = printed(system, given(paths) + RACE)
    for path in paths:
        way = path.name.split(".")[0]
        told = [line.removeprefix(f"{path.name}: ") for line in lines if line.startswith(path.name)]
        winners = [line for line in told if line.startswith("begun by")]
        assert len(told) == 6
        # Who comes when the first has done may overwrite what that one wrote.
        assert len(winners) == 1 or (way == "overwrite" and winners)
        assert {line.removeprefix(f"{path} ") for line in told if line not in winners} <= WAYS[way]
        with Run.open(path, probe=False) as run:
            assert run.n_epochs == (3 if way == "resume" else 2)
            assert way == "resume" or f"begun by {run.seed}" in winners
    assert sorted(os.listdir(tmp_path)) == sorted(path.name for path in paths)


ASK = """
from ebana_core.storage.hdf5 import mark, new_file

def ask(path, wait, start):
    os.close(start)
    os.read(wait, 1)
    try:
        for _ in range(150):
            lock.FileLock.require_free(path)
            with new_file(path) as file:
                mark(file, "ebana-model")
        os.write(1, b"never met\\n")
    except StorageError as error:
        os.write(1, f"{error}\\n".encode())

for path in PATHS:
    wait, start = os.pipe()
    children = [forked(ask, path, wait, start) for _ in range(3)]
    os.close(start)
    for child in children:
        os.waitpid(child, 0)
"""


@SYSTEMS
def test_processes_that_only_ask_who_writes_a_file_do_not_meet(system: str, tmp_path: Path) -> None:
    path = tmp_path / "model.h5"
    path.write_text("")
    if system:  # left by a killed writer: all of them lock its byte
        (tmp_path / ".model.h5.lock").write_text("")
    assert printed(system, given([path]) + ASK) == ["never met"] * 3


KILL = """
PLACES = {"link": os, "_put_in_place": beginning, "release": lock.FileLock}

def no_second_names(*_):
    raise PermissionError(1, "Operation not permitted")

def begin_and_die(way, step, path, given):
    if (way, step) == ("new", "replace"):
        os.link = no_second_names
    die = lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL)
    setattr(PLACES.get(step, pathlib.Path), step, die)
    write_run(path, 2, **given)

for path in PATHS:
    way, step, _ = path.name.split(".")
    _, status = os.waitpid(forked(begin_and_die, way, step, path, setting(way, path)), 0)
    assert os.WTERMSIG(status) == signal.SIGKILL, path
"""

LEFT: dict[str, int | str | None] = {
    "new._put_in_place": None,
    "new.link": None,
    "new.unlink": 0,
    "new.replace": "is empty",
    "resume._put_in_place": 1,
    "resume.replace": 1,
    "resume.release": 1,
    "overwrite.replace": 1,
    "overwrite.release": 0,
}
"""How a file is begun and the step before which a kill comes, to the epochs that are left, or to
what is said of the file; None: there is none."""


@SYSTEMS
def test_who_is_killed_while_beginning_leaves_nothing_or_what_goes_on(
    system: str, tmp_path: Path
) -> None:
    paths = [tmp_path / f"{step}.h5" for step in LEFT]
    for path in paths:
        if not path.name.startswith("new"):
            write_run(path, 1)
    printed(system, given(paths) + KILL)
    for path in paths:
        left = LEFT[path.stem]
        if path.stem == "overwrite.release" and system:  # an open file would not be replaced
            left = 1
        if isinstance(left, str):
            with pytest.raises(StorageError, match=left) as caught:
                find_run(path)
            assert "delete it" in caught.value.fix
            path.unlink()
        assert path.exists() == isinstance(left, int)
        n_epochs, since = 0, 0.0
        if isinstance(left, int):
            with Run.open(path, probe=False) as run:
                n_epochs, since = run.n_epochs, run.ended if run.n_epochs else 0.0
            assert n_epochs == left
        write_run(path, 2, seed=7, since=since)
        with Run.open(path) as run:
            assert run.n_epochs == n_epochs + 2
            assert run.seed == (0 if n_epochs else 7)  # nothing was done by another one
