"""Writes a plugin project that is complete: an example, its tests, and how it is installed."""

import importlib.util
import keyword
import re
import sys
import tempfile
from enum import StrEnum
from importlib import metadata, resources
from importlib.resources.abc import Traversable
from pathlib import Path
from string import Template
from typing import Annotated

import typer

import ebana_core
from ebana_core.errors import NameClashError, StorageError
from ebana_core.paths import checked_path
from ebana_core.registry import load_registry

PROJECT = re.compile(r"[a-z][a-z0-9]*(-[a-z][a-z0-9]*)*")
PREFIX = "ebana-"
"""Prefix of a project's name; the name of what it provides lacks it."""
ENDING = ".txt"
"""Ending of the template's files, so that tools do not take them for code."""


class Kind(StrEnum):
    """What a plugin project begins with."""

    DEVICE = "device"
    RULE = "rule"
    LOSS = "loss"
    OPTIMIZER = "optimizer"
    BACKEND = "backend"
    EXPERIMENT = "experiment"


HOOKS = {
    Kind.DEVICE: "ebana_devices",
    Kind.RULE: "ebana_rules",
    Kind.LOSS: "ebana_losses",
    Kind.OPTIMIZER: "ebana_optimizers",
    Kind.BACKEND: "ebana_backends",
    Kind.EXPERIMENT: "ebana_experiments",
}
"""Kind to the hook through which its project provides something."""


def new_plugin(
    name: Annotated[str, typer.Argument(help="Of the project, for pip: ebana-tunnel.")],
    kind: Annotated[Kind, typer.Option(help="What it begins with.")] = Kind.DEVICE,
    folder: Annotated[Path, typer.Option(help="Where its folder is made.")] = Path(),
) -> None:
    """Write a plugin project with a working example, tests that pass, and a README."""
    target = write_plugin(name, folder, kind)
    print(f'Wrote {target}. Next: pip install -e "{target}[test]" && pytest {target}')


def write_plugin(project: str, folder: Path, kind: Kind = Kind.DEVICE) -> Path:
    """Write a project into a new folder of its name, all of it or nothing.

    Args:
        project: Its name for pip, such as ``"ebana-tunnel"``.
        folder: Where its folder is made.
        kind: What it begins with.

    Returns:
        The project's folder.

    Raises:
        NameClashError: No safe name, or one that a package, a distribution or something that a
            plugin provides has.
        StorageError: The folder exists, or cannot be written.
    """
    if not PROJECT.fullmatch(project) or project == PREFIX.rstrip("-"):
        raise NameClashError(
            f"The plugin is named {project!r}.",
            "use lower-case letters and digits, words joined by single hyphens: ebana-tunnel",
        )
    thing = project.removeprefix(PREFIX).replace("-", "_")
    name = "".join(word.capitalize() for word in thing.split("_"))
    _check_free(project, thing, kind, name)
    words = {
        "project": project,
        "package": project.replace("-", "_"),
        "kind": kind.value,
        "thing": thing,
        "name": name,
        "layer": f"{name}Layer",
        "version": ebana_core.__version__,
    }
    target = folder / project
    if checked_path(target).exists():
        raise StorageError(f"{str(target)!r} exists already.", "choose another name or folder")
    template = resources.files("ebana_core.cli") / "plugin_template"
    try:
        with tempfile.TemporaryDirectory(dir=folder, prefix=f".{project}-") as made:
            whole = Path(made) / project
            whole.mkdir()
            for part in ("common", kind.value):
                _copy(template / part, whole, words)
            whole.rename(target)
    except OSError as error:
        raise StorageError(
            f"{str(target)!r} cannot be written: {error}.", "give a folder"
        ) from error
    return target


def _check_free(project: str, thing: str, kind: Kind, class_name: str) -> None:
    """Refuse names that would hide what is there.

    Raises:
        NameClashError: Says what has the name.
    """
    package, hook = project.replace("-", "_"), HOOKS[kind]
    own = {Kind.DEVICE: thing, Kind.BACKEND: thing, Kind.EXPERIMENT: f"{thing}.line"}
    key = own.get(kind, class_name)
    known = load_registry().provided[hook].get(key)
    if known is not None:
        raise NameClashError(
            f"The {kind} {key!r} of {project!r} is provided by {known.origin!r} already.",
            "choose another name",
        )
    for name in (package, thing):
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
    target.mkdir(exist_ok=True)
    for item in source.iterdir():
        if item.is_dir():
            _copy(item, target / item.name.replace("package", words["package"]), words)
        elif item.name.endswith(ENDING):
            text = Template(item.read_text(encoding="utf-8")).substitute(words)
            (target / item.name.removesuffix(ENDING)).write_text(text, encoding="utf-8")
