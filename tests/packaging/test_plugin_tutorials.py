"""The tutorials on plugins, command by command, in one fresh environment.

Plugins from outside the repository, of every kind: written, pip-installed, found, mended, trained
with, stored, uninstalled and missed, given away as a wheel, and back.
"""

import os
import re
import subprocess
import sys
import venv
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from ebana_core.backends.ngspice.finder import PATH_VARIABLE, installed_library
from tests.support.project import ROOT
from tests.support.sources import copied

PAGES = ("device_plugin.md", "plugin_kinds.md")
BLOCK = re.compile(r"```(bash|python|text)\n(.*?)```", re.DOTALL)


def shows(said: str, line: str) -> bool:
    """Tell whether a line stands in an output; ``…`` stands for anything, a blank for many."""
    pattern = r"\s+".join(re.escape(word) for word in line.split()).replace("…", ".*")
    return re.search(pattern, said) is not None


def needed(name: str) -> set[str]:
    """Return the distributions that another one needs, without itself."""
    found: set[str] = set()
    left = metadata.requires(name) or []
    while left:
        requirement = Requirement(left.pop())
        is_wanted = requirement.marker is None or requirement.marker.evaluate({"extra": ""})
        if is_wanted and requirement.name not in found:
            found.add(requirement.name)
            left += metadata.requires(requirement.name) or []
    return found


def fresh_environment(folder: Path) -> Path:
    """Make an environment without EBANA and its plugins, and return its programs' folder.

    Its pip is that of the tests, and so is what EBANA needs (NumPy, SciPy and others), by links:
    to install that once more would take a third of the time.
    """
    venv.create(folder, with_pip=False)
    (packages,) = folder.glob("lib/python*/site-packages")
    for name in needed("ebana-core"):
        for top in {file.parts[0] for file in metadata.files(name) or ()} - {".."}:
            if not (packages / top).exists():
                (packages / top).symlink_to(metadata.distribution(name).locate_file(top))
    pip = folder / "bin" / "pip"
    pip.write_text(f'#!/bin/sh\n"{sys.executable}" -m pip --python "{folder}/bin/python" "$@"\n')
    pip.chmod(0o755)
    return pip.parent


@pytest.mark.ngspice
def test_plugins_live_and_die_in_a_fresh_environment(tmp_path: Path) -> None:
    binaries, work = fresh_environment(tmp_path / "fresh"), tmp_path / "work"
    work.mkdir()
    # libngspice may lie beside the packages of the environment that runs the tests.
    variables = {
        **os.environ,
        "PATH": f"{binaries}:{os.environ['PATH']}",
        PATH_VARIABLE: installed_library(),
        "PIP_COMPILE": "0",  # what is imported is compiled then: little of SciPy, half of the time
    }
    for name in ("PYTHONPATH", "PYTHONDONTWRITEBYTECODE"):
        variables.pop(name, None)

    def run(commands: str) -> str:
        done = subprocess.run(
            ["bash", "-ec", commands], cwd=work, env=variables, capture_output=True, text=True
        )
        assert done.returncode == 0, commands + done.stdout[-3000:] + done.stderr[-3000:]
        return done.stdout

    run(f"pip install -q '{copied('.', tmp_path / 'source')}' 'setuptools>=77'")
    # Plugins are built by that setuptools: one of its own for each of six takes half a minute.
    variables["PIP_NO_BUILD_ISOLATION"] = "0"  # pip reads it as the value of `build_isolation`
    for page in PAGES:
        said, n_lines = "", 0
        for kind, text in BLOCK.findall((ROOT / "docs/tutorials" / page).read_text()):
            if kind == "bash":
                said = run(text)
            elif kind == "python":
                file, code = text.split("\n", 1)
                (work / file.removeprefix("# ")).write_text(code)
            else:
                for line in text.splitlines():
                    assert shows(said, line), f"{line!r} is not in {said!r}"
                    n_lines += 1
        assert n_lines >= 8, page
