"""The plugin project that `ebana new-plugin` writes: complete, tidy, or refused."""

import subprocess
import sys
from pathlib import Path

import pytest

from ebana_core.cli.new_plugin import Kind, write_plugin
from ebana_core.errors import NameClashError, StorageError
from tests.support.project import ROOT

RUFF = Path(sys.executable).parent / "ruff"


@pytest.mark.parametrize("kind", Kind)
def test_the_project_is_formatted_as_this_one(tmp_path: Path, kind: Kind) -> None:
    pytest.importorskip("ruff")
    project = write_plugin("ebana-some-thing", tmp_path, kind)
    settings = ["--config", str(ROOT / "pyproject.toml")]
    for command in (["format", "--check"], ["check", "--ignore", "N806,D103"]):
        done = subprocess.run([RUFF, *command, *settings, project], capture_output=True, text=True)
        assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("name", ["Tunnel", "a--b", "-x", "ebana", "x/../y", "a_b", "", "ebana-1x"])
def test_unsafe_names_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(NameClashError, match="The plugin is named"):
        write_plugin(name, tmp_path)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("name", "kind", "words"),
    [
        ("ebana-adam", Kind.OPTIMIZER, "The optimizer 'Adam' of 'ebana-adam' is provided by"),
        ("ebana-adjoint", Kind.RULE, "The rule 'Adjoint' of 'ebana-adjoint' is provided by"),
        ("ebana-native", Kind.BACKEND, "The backend 'native' of 'ebana-native' is provided by"),
    ],
)
def test_things_that_there_are_are_refused(
    tmp_path: Path, name: str, kind: Kind, words: str
) -> None:
    with pytest.raises(NameClashError, match=words):
        write_plugin(name, tmp_path, kind)
    assert not list(tmp_path.iterdir())


def test_a_device_that_there_is_and_a_folder_that_there_is_are_refused(tmp_path: Path) -> None:
    with pytest.raises(NameClashError, match="'dense' of 'ebana-dense' is provided by"):
        write_plugin("ebana-dense", tmp_path)
    write_plugin("ebana-pear", tmp_path)
    with pytest.raises(StorageError, match="exists already"):
        write_plugin("ebana-pear", tmp_path)
    with pytest.raises(StorageError, match="cannot be written"):
        write_plugin("ebana-plum", tmp_path / "none")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("numpy", "'numpy' is installed already"),
        ("ebana-core", "'ebana_core' is installed already"),
        ("ebana-diode-mos", "'ebana_diode_mos' is installed already"),
        ("json", "would hide Python's own module"),
        ("test", "would hide Python's own module"),
        ("class", "is a keyword of Python"),
        ("ebana-lambda", "'lambda' of 'ebana-lambda' is a keyword of Python"),
    ],
)
def test_names_that_are_taken_are_refused(tmp_path: Path, name: str, words: str) -> None:
    with pytest.raises(NameClashError, match=words):
        write_plugin(name, tmp_path)
    assert not list(tmp_path.iterdir())


def test_the_readme_says_what_else_there_is(tmp_path: Path) -> None:
    readme = (write_plugin("ebana-some-device", tmp_path) / "README.md").read_text()
    for word in ("drops", "may_fall", "ends", "plugins.md"):
        assert word in readme
