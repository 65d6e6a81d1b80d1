"""The bootstrap chooses the newest Python that really runs."""

import importlib.util
import os
from pathlib import Path
from types import ModuleType

import pytest

from tests.support.project import ROOT

SCRIPT = ROOT / "tools" / "bootstrap.py"


@pytest.fixture
def bootstrap(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(SCRIPT.parent))
    spec = importlib.util.spec_from_file_location("bootstrap", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def fake(folder: Path, name: str, prints: str, code: int = 0) -> None:
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\necho '{prints}'\nexit {code}\n")
    path.chmod(0o755)


def test_the_newest_python_wins_wherever_it_stands(bootstrap: ModuleType, tmp_path: Path) -> None:
    fake(tmp_path / "a", "python3.11", "3.11")
    fake(tmp_path / "b", "python3", "3.13")
    path = os.pathsep.join(str(tmp_path / name) for name in "ab")
    assert bootstrap.newest_python(path) == str(tmp_path / "b" / "python3")


def test_a_shim_that_fails_is_no_python(bootstrap: ModuleType, tmp_path: Path) -> None:
    fake(tmp_path / "a", "python3.14", "3.14", code=127)
    fake(tmp_path / "a", "python3.12", "3.12")
    assert bootstrap.newest_python(str(tmp_path / "a")).endswith("python3.12")


@pytest.mark.parametrize("version", ["3.10", "3.15", "2.7"])
def test_other_versions_are_not_used(bootstrap: ModuleType, tmp_path: Path, version: str) -> None:
    fake(tmp_path / "a", "python3", version)
    assert bootstrap.newest_python(str(tmp_path / "a")) is None


def test_a_moved_environment_runs_its_scripts(bootstrap: ModuleType, tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    fake(old, "nothing", "")
    fake(old / "bin", "tool", "")
    (old / "bin" / "tool").write_text(f"#!{old}/bin/python\n")
    bootstrap.moved(old, new)
    assert (new / "bin" / "tool").read_text() == f"#!{new}/bin/python\n"
    assert not old.exists()


def test_no_python_says_what_to_install(
    bootstrap: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SystemExit, match=r"No Python 3\.11 to 3\.14 found"):
        bootstrap.make_environment()


def test_a_failed_installation_leaves_no_environment(
    bootstrap: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> bool:
        (tmp_path / ".venv.new" / "bin").mkdir(parents=True)
        raise bootstrap.subprocess.CalledProcessError(1, "pip")

    monkeypatch.setattr(bootstrap, "ROOT", tmp_path)
    monkeypatch.setattr(bootstrap, "with_uv", fail)
    with pytest.raises(SystemExit, match="Setting up the environment failed"):
        bootstrap.make_environment()
    assert list(tmp_path.iterdir()) == []


def test_a_uv_that_cannot_install_leaves_the_work_to_pip(
    bootstrap: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "env"
    fake(tmp_path / "tools", "uv", "")
    (tmp_path / "tools" / "uv").write_text(f"#!/bin/sh\n/bin/mkdir -p {target}\n[ $1 = venv ]\n")
    monkeypatch.setenv("PATH", str(tmp_path / "tools"))
    assert not bootstrap.with_uv("python3", target)
    assert not target.exists()
