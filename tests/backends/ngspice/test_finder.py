"""Where libngspice is looked for, and what is said when it is not there."""

import ctypes.util
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from ebana_core.backends.ngspice import finder
from ebana_core.backends.ngspice.finder import find_library, installed_library
from ebana_core.backends.ngspice.library import open_library
from ebana_core.errors import MissingLibraryError

pytestmark = pytest.mark.ngspice


def loaded_file() -> str:
    open_library()
    maps = Path("/proc/self/maps")
    if not maps.exists():
        pytest.skip("this system does not tell which files are loaded")
    lines = maps.read_text().splitlines()
    return next(line.split()[-1] for line in lines if "libngspice.so" in line)


def test_the_environment_variable_names_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    found = installed_library()
    monkeypatch.setenv(finder.PATH_VARIABLE, found)
    assert find_library() == found


@pytest.mark.parametrize("path", ["/no/such/libngspice.so", __file__, "libm"])
def test_a_named_library_that_does_not_open_is_named(
    path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = ctypes.util.find_library("m") or path if path == "libm" else path
    monkeypatch.setenv(finder.PATH_VARIABLE, path)
    with pytest.raises(MissingLibraryError, match=finder.PATH_VARIABLE) as caught:
        find_library()
    assert path in caught.value.problem


def test_a_library_inside_the_environment_is_found_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "libngspice" / "usr" / "lib" / "libngspice.so.0"
    file.parent.mkdir(parents=True)
    file.symlink_to(loaded_file())
    monkeypatch.delenv(finder.PATH_VARIABLE, raising=False)
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    assert find_library() == str(file)


@pytest.mark.parametrize("place", ["Library/bin/ngspice.dll", "libngspice/x64/libngspice-0.dll"])
def test_a_library_of_windows_inside_the_environment_is_tried(
    place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / place).parent.mkdir(parents=True)
    (tmp_path / place).touch()
    monkeypatch.delenv(finder.PATH_VARIABLE, raising=False)
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    monkeypatch.setattr(finder, "_why_not", lambda name: None)
    assert find_library() == str(tmp_path / place)


def test_no_library_at_all_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(finder.PATH_VARIABLE, raising=False)
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    monkeypatch.setattr(finder, "LOADER_NAMES", ())
    monkeypatch.setattr(finder, "HOMEBREW", ())
    assert find_library() is None
    with pytest.raises(MissingLibraryError) as caught:
        installed_library()
    for word in ("libngspice0", "brew", "conda-forge", finder.PATH_VARIABLE):
        assert word in caught.value.fix


def test_importing_neither_opens_nor_searches(apart: Callable[[str], str]) -> None:
    apart(
        "import os\n"
        "os.environ['NGSPICE_LIBRARY_PATH'] = '/no/such/file'\n"
        "import ebana_core.backends.ngspice.library\n"
        "assert 'libngspice' not in open('/proc/self/maps').read()\n"
    )


def test_startup_files_are_not_obeyed(apart: Callable[[str], str], tmp_path: Path) -> None:
    (tmp_path / ".spiceinit").write_text("shell touch obeyed\n")
    apart(
        "import os\n"
        "from ebana_core.backends.ngspice.library import open_library\n"
        "open_library().command('echo hello')\n"
        "assert os.listdir() == ['.spiceinit'], os.listdir()\n"
    )
