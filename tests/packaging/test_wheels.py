"""The three distributions build, and hold what they should."""

import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from tests.support.sources import copied

PROJECTS = {
    "ebana_core": (".", "core = ebana_core.builtins"),
    "ebana_diode_mos": ("plugins/ebana_diode_mos", "diode_mos = ebana_diode_mos"),
    "ebana_memristor": ("plugins/ebana_memristor", "memristor = ebana_memristor"),
}


pytest.importorskip("setuptools", minversion="77", reason="the extra [test] is not installed")


@pytest.mark.parametrize("package", PROJECTS)
def test_wheel_is_complete(package: str, tmp_path: Path) -> None:
    folder, entry_point = PROJECTS[package]
    source = copied(folder, tmp_path / "source")
    command = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation"]
    subprocess.run([*command, "-w", str(tmp_path), str(source)], check=True)
    (wheel,) = tmp_path.glob(f"{package}*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        assert f"{package}/py.typed" in names
        assert not any(name.startswith(("tests/", "benchmarks/", "examples/")) for name in names)
        (points,) = (name for name in names if name.endswith("entry_points.txt"))
        assert entry_point in archive.read(points).decode()
        (metadata,) = (name for name in names if name.endswith("METADATA"))
        assert "License-Expression: GPL-3.0-or-later" in archive.read(metadata).decode()
        assert any(name.endswith("licenses/LICENSE") for name in names)


def test_the_source_distribution_holds_all_that_its_tests_read(tmp_path: Path) -> None:
    source = copied(".", tmp_path / "source")
    wanted = {str(path.relative_to(source)) for path in source.rglob("*") if path.is_file()}
    build = f"from setuptools import build_meta; build_meta.build_sdist({str(tmp_path)!r})"
    subprocess.run([sys.executable, "-c", build], cwd=source, check=True, capture_output=True)
    (archive,) = tmp_path.glob("*.tar.gz")
    with tarfile.open(archive) as opened:
        held = {name.partition("/")[2] for name in opened.getnames()}
    assert not wanted - held


@pytest.mark.parametrize("package", PROJECTS)
def test_type_checkers_see_an_editable_installation(package: str, tmp_path: Path) -> None:
    """They read path entries; setuptools' default for this layout is an import hook."""
    folder, _ = PROJECTS[package]
    source = copied(folder, tmp_path / "source")
    build = f"from setuptools import build_meta; build_meta.build_editable({str(tmp_path)!r})"
    subprocess.run([sys.executable, "-c", build], cwd=source, check=True, capture_output=True)
    (wheel,) = tmp_path.glob(f"{package}*.whl")
    with zipfile.ZipFile(wheel) as archive:
        (entry,) = (name for name in archive.namelist() if name.endswith(".pth"))
        (line,) = archive.read(entry).decode().splitlines()
    assert (Path(line) / package / "py.typed").exists()
