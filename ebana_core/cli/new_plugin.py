"""Writes a plugin project that is complete: a device, its tests, and how it is installed."""

import importlib.util
import keyword
import re
import sys
import tempfile
from importlib import metadata, resources
from importlib.resources.abc import Traversable
from pathlib import Path
from string import Template
from typing import Annotated

import typer

import ebana_core
from ebana_core.errors import NameClashError, StorageError
from ebana_core.registry import load_registry

PROJECT = re.compile(r"[a-z][a-z0-9]*(-[a-z][a-z0-9]*)*")
PREFIX = "ebana-"
"""Prefix of a project's name; the name of its device lacks it."""
ENDING = ".txt"
"""Ending of the template's files, so that tools do not take them for code."""


def new_plugin(
    name: Annotated[str, typer.Argument(help="Of the project, for pip: ebana-tunnel.")],
    folder: Annotated[Path, typer.Option(help="Where its folder is made.")] = Path(),
) -> None:
    """Write a plugin project with a device, tests that pass, and a README."""
    target = write_plugin(name, folder)
    print(f'Wrote {target}. Next: pip install -e "{target}[test]" && pytest {target}')


def write_plugin(project: str, folder: Path) -> Path:
    """Write a project into a new folder of its name, all of it or nothing.

    Args:
        project: Its name for pip, such as ``"ebana-tunnel"``.
        folder: Where its folder is made.

    Returns:
        The project's folder.

    Raises:
        NameClashError: No safe name, or one that a package, a distribution or a device has.
        StorageError: The folder exists, or cannot be written.
    """
    if not PROJECT.fullmatch(project) or project == PREFIX.rstrip("-"):
        raise NameClashError(
            f"The plugin is named {project!r}.",
            "use lower-case letters and digits, words joined by single hyphens: ebana-tunnel",
        )
    device = project.removeprefix(PREFIX).replace("-", "_")
    _check_free(project, device)
    name = "".join(word.capitalize() for word in device.split("_"))
    words = {
        "project": project,
        "package": project.replace("-", "_"),
        "device": device,
        "name": name,
        "layer": f"{name}Layer",
        "version": ebana_core.__version__,
    }
    target = folder / project
    if target.exists():
        raise StorageError(f"{str(target)!r} exists already.", "choose another name or folder")
    template = resources.files("ebana_core.cli") / "plugin_template"
    try:
        with tempfile.TemporaryDirectory(dir=folder, prefix=f".{project}-") as made:
            whole = Path(made) / project
            _copy(template, whole, words)
            whole.rename(target)
    except OSError as error:
        raise StorageError(
            f"{str(target)!r} cannot be written: {error}.", "give a folder"
        ) from error
    return target


def _check_free(project: str, device: str) -> None:
    """Refuse names that would hide what is there.

    Raises:
        NameClashError: Says what has the name.
    """
    package = project.replace("-", "_")
    known = load_registry().devices.get(device)
    if known is not None:
        raise NameClashError(
            f"The device {device!r} of {project!r} is provided by "
            f"{known.distribution or known.plugin!r} already.",
            "choose another name",
        )
    for name in (package, device):
        if keyword.iskeyword(name) or keyword.issoftkeyword(name):
            raise NameClashError(
                f"{name!r} of {project!r} is a keyword of Python.", "choose another name"
            )
    if package in sys.stdlib_module_names or package == "test":
        raise NameClashError(
            f"The package {package!r} would hide Python's own module.",
            f"choose another name, such as {PREFIX}{project}",
        )
    spec = importlib.util.find_spec(package)
    is_package = spec is not None and spec.origin is not None  # else a folder that lies around
    if is_package or _is_distribution(project):
        raise NameClashError(
            f"A package {package!r} is installed already.",
            "choose another name, or uninstall it first",
        )


def _is_distribution(project: str) -> bool:
    """Tell whether a distribution of this name is installed."""
    try:
        metadata.distribution(project)
    except metadata.PackageNotFoundError:
        return False
    return True


def _copy(source: Traversable, target: Path, words: dict[str, str]) -> None:
    target.mkdir()
    for item in source.iterdir():
        if item.is_dir():
            _copy(item, target / item.name.replace("package", words["package"]), words)
        elif item.name.endswith(ENDING):
            text = Template(item.read_text(encoding="utf-8")).substitute(words)
            (target / item.name.removesuffix(ENDING)).write_text(text, encoding="utf-8")
