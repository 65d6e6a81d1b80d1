"""The three distributions build, and their wheels hold what they should."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
PROJECTS = {
    "ebana_core": (".", "core = ebana_core.builtins"),
    "ebana_diode_mos": ("plugins/ebana_diode_mos", "diode_mos = ebana_diode_mos"),
    "ebana_memristor": ("plugins/ebana_memristor", "memristor = ebana_memristor"),
}


@pytest.mark.parametrize("package", PROJECTS)
def test_wheel_is_complete(package: str, tmp_path: Path) -> None:
    folder, entry_point = PROJECTS[package]
    source = tmp_path / "source"
    # Built from a copy, so that nothing is left in the checkout.
    files = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "."],
        cwd=ROOT / folder,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    for name in files:
        target = source / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes((ROOT / folder / name).read_bytes())
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
