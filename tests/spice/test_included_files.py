"""Files within files, sections, and files that change while a process reads them again."""

import os
from pathlib import Path

import pytest

from ebana_core.errors import CircuitError, StorageError, UnknownNameError
from ebana_core.spice import read_library
from ebana_core.spice.files import read_bytes
from ebana_core.spice.library import LibraryShelf
from tests.support.library_files import GOOD, numbers

NUMBERS = (("is", 3e-9), ("n", 1.7), ("rs", 2.0))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "some.lib"


def test_files_within_files_and_sections(tmp_path: Path, path: Path) -> None:
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / "Inner.lib").write_text(".lib tt\n.model dt d(is=4n)\n.endl\n" + GOOD)
    path.write_text(
        '.include "below\\inner.lib"\n'
        ".lib 'below/Inner.lib' tt\n"
        ".lib ss\n.model ds d(is=5n)\n.endl ss\n"
        ".lib ff\n.model ds d(is=6n)\n.endl\n"
        ".model own d(is=7n)\n.lib below/inner.lib\n"
    )
    library = read_library(path)
    assert library.model_names() == ["dx", "dt", "own", "dx"][:3]
    assert library.sections == ("ss", "ff")
    assert dict(library.model("dt").numbers) == {"is": 4e-9}
    assert library.model("dt").place == "Inner.lib, line 2"
    assert library.model("own").place == "some.lib, line 9"
    with pytest.raises(UnknownNameError, match=r"'ds'.*sections \['ss', 'ff'\]"):
        library.model("ds")
    assert dict(read_library(path, section="FF").model("ds").numbers) == {"is": 6e-9}
    with pytest.raises(CircuitError, match=r"no section 'tt'; it has \['ff', 'ss'\]"):
        read_library(path, section="tt")


def test_a_section_uses_another_one_of_its_file(path: Path) -> None:
    path.write_text(
        ".lib tt\n.param r=1k\n.lib some.lib core\n.endl\n"
        ".lib ff\n.param r=2k\n.lib 'some.lib' core\n.endl\n"
        ".lib core\n.subckt s a\nR1 a 0 {r}\n.ends\n.lib some.lib core\n.endl\n"
    )
    found = [read_library(path, section=name).subcircuit("s") for name in ("tt", "ff")]
    assert [own.lines[0].words for own in found] == [("1000.0",), ("2000.0",)]
    (problem,) = read_library(path, section="core").problems
    assert (
        "some.lib, line 13: it closes a circle of files: some.lib (core) -> some.lib (core)"
        in problem
    )


def test_a_circle_of_files_is_told_file_by_file(tmp_path: Path, path: Path) -> None:
    path.write_text(".include one.lib\n.subckt s a\nR1 a 0 1\n.ends\n")
    (tmp_path / "one.lib").write_text(".include two.lib\n")
    (tmp_path / "two.lib").write_text("* nothing else\n.include one.lib\n")
    (problem,) = read_library(path).problems
    assert problem == (
        "two.lib, line 2: it closes a circle of files: one.lib -> two.lib -> one.lib."
    )


def test_files_nested_too_deep_are_told(tmp_path: Path, path: Path) -> None:
    path.write_text(".include f0.lib\n")
    for k in range(12):
        (tmp_path / f"f{k}.lib").write_text(f".include f{k + 1}.lib\n")
    (problem,) = read_library(path).problems
    assert "is nested too deep: some.lib -> f0.lib -> f1.lib" in problem


def test_what_cannot_be_included_is_told_to_whom_it_concerns(tmp_path: Path, path: Path) -> None:
    inside = tmp_path / "in"
    inside.mkdir()
    (tmp_path / "out.lib").write_text(".model do d(is=1)\n")
    (inside / "loop.lib").write_text(".include loop.lib\n")
    os.mkfifo(inside / "pipe.lib")
    own = inside / "some.lib"
    own.write_text(
        f".include ../out.lib\n.include {tmp_path}/out.lib\n.inc loop.lib\n.inc pipe.lib\n"
        f".inc nowhere.lib\n.include\n{GOOD}"
    )
    assert numbers(own) == NUMBERS
    library = read_library(own)
    assert len(library.problems) == 6
    with pytest.raises(UnknownNameError, match=r"(?s)'do'.*line 1 includes '../out.lib', which"):
        library.model("do")


@pytest.mark.parametrize("name", ["nowhere.lib", "folder", "pipe.lib"])
def test_what_is_no_file_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe.lib")
    with pytest.raises(StorageError, match=name):
        read_library(tmp_path / name)


def test_a_file_that_changes_is_read_again(tmp_path: Path, path: Path) -> None:
    shelf = LibraryShelf(size=2)
    path.write_text(".include inner.lib\n")
    inner = tmp_path / "inner.lib"
    inner.write_text(".model dx d(is=1n)\n")
    first = shelf.read(path)
    assert shelf.read(path) is first
    inner.write_text(".model dx d(is=2n)\n")  # as long as before, perhaps within the same tick
    assert dict(shelf.read(path).model("dx").numbers) == {"is": 2e-9}


def test_a_file_that_was_missing_is_read_when_it_is_there(tmp_path: Path, path: Path) -> None:
    shelf = LibraryShelf()
    path.write_text(".include inner.lib\n")
    with pytest.raises(UnknownNameError, match=r"inner\.lib"):
        shelf.read(path).model("dx")
    assert shelf.read(path) is shelf.read(path)
    (tmp_path / "INNER.lib").write_text(".model dx d(is=1n)\n")
    assert shelf.read(path).model("dx").numbers == (("is", 1e-9),)
    (tmp_path / "inner.lib").write_text(".model dx d(is=2n)\n")
    assert shelf.read(path).model("dx").numbers == (("is", 2e-9),)


def test_a_file_that_stays_the_same_is_read_no_more(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now, reads = [0.0], []
    monkeypatch.setattr(
        "ebana_core.spice.watching.read_bytes", lambda name: reads.append(name) or read_bytes(name)
    )
    shelf = LibraryShelf(clock=lambda: now[0])
    path.write_text(".model dx d(is=1n)\n")
    library = shelf.read(path)
    for now[0] in (1.0, 2.0, 5.5, 6.0, 7.0):  # s; from 5.5 on a change would show in its times
        assert shelf.read(path) is library
    assert len(reads) == 3
    times = path.stat()
    path.write_text(".model dx d(is=2n)\n")
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert dict(shelf.read(path).model("dx").numbers) == {"is": 2e-9}
    path.unlink()
    with pytest.raises(StorageError, match=r"some\.lib"):
        shelf.read(path)


def test_a_shelf_keeps_what_was_read_last(tmp_path: Path) -> None:
    shelf = LibraryShelf(size=2)
    paths = [tmp_path / f"{k}.lib" for k in range(3)]
    for path in paths:
        path.write_text(GOOD)
    first, second, _ = (shelf.read(path) for path in paths)
    assert shelf.read(paths[1]) is second
    assert shelf.read(paths[0]) is not first
