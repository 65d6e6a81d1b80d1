"""Files that services read, workflows, recipes, an image, say what the project says."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement

from tests.support.project import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
EXTRAS = PROJECT["optional-dependencies"]
BROUGHT = ("analysis", "draw", "numba", "plot", "report", "serve")
"""Extras that the conda environment and the image bring."""
BY_PIP = ("draw",)
"""Those of them that the conda environment has from pip: conda-forge lacks a release."""


def read(name: str) -> Any:
    return yaml.safe_load((ROOT / name).read_text(encoding="utf-8"))


def bounds(lines: list[str]) -> dict[str, str]:
    """Return package, in the lower case of conda, to its bounds."""
    found = [Requirement(line) for line in lines]
    return {one.name.lower(): str(one.specifier) for one in found}


def test_the_conda_environment_has_the_projects_bounds() -> None:
    named = read("environment.yml")["dependencies"]
    plain = [line for line in named if isinstance(line, str)]
    wanted = bounds(
        PROJECT["dependencies"] + [d for e in BROUGHT if e not in BY_PIP for d in EXTRAS[e]]
    )
    assert bounds(plain) == {
        **wanted,
        "python": PROJECT["requires-python"],
        "pip": "",
        "ngspice-lib": "",
    }
    (local,) = [line["pip"] for line in named if isinstance(line, dict)]
    own, *plugins = (line.removeprefix("-e ") for line in local)
    assert own == f".[{','.join(BY_PIP)}]"
    assert all((ROOT / plugin / "pyproject.toml").exists() for plugin in plugins)


def test_the_recipe_has_the_projects_bounds() -> None:
    recipe = read("conda/meta.yaml")
    assert recipe["package"] == {"name": PROJECT["name"], "version": PROJECT["version"]}
    run = [line.replace(" ", "") for line in recipe["requirements"]["run"]]
    own = {"python": PROJECT["requires-python"], "ngspice-lib": ""}
    assert bounds(run) == bounds(PROJECT["dependencies"]) | own
    assert recipe["about"]["summary"] == PROJECT["description"]


def test_workflows_call_what_there_is() -> None:
    jobs = read(".github/workflows/tests.yml")["jobs"]
    commands = [step["run"] for job in jobs.values() for step in job["steps"] if "run" in step]
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    made = {word for line in commands if line.startswith("make ") for word in line.split()[1:]}
    assert {"test", "lint", "types"} <= made <= targets
    versions = jobs["linux"]["strategy"]["matrix"]["python"]
    told = {f"Programming Language :: Python :: {version}" for version in versions}
    assert told <= set(PROJECT["classifiers"])


def test_the_image_installs_extras_that_there_are() -> None:
    text = (ROOT / "Dockerfile").read_text()
    (named,) = re.findall(r"/source\[([a-z,]+)\]", text)
    assert tuple(named.split(",")) == BROUGHT
    for plugin in re.findall(r"/source/(plugins/\w+)", text):
        assert (ROOT / plugin / "pyproject.toml").exists()
    assert "plugins" not in (ROOT / ".dockerignore").read_text()


@pytest.mark.parametrize("path", sorted((ROOT / ".github").rglob("*.yml")), ids=lambda p: p.name)
def test_forms_are_read(path: Path) -> None:
    assert yaml.safe_load(path.read_text(encoding="utf-8"))


def test_hooks_call_what_there_is() -> None:
    (repository,) = read(".pre-commit-config.yaml")["repos"]
    for hook in repository["hooks"]:
        for word in hook["entry"].split():
            assert not word.startswith("tests/") or (ROOT / word).exists(), word
