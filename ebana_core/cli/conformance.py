"""``ebana test-plugin``: the conformance kit on all that an installed plugin provides."""

import ast
import importlib.util
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from ebana_core.errors import MissingLibraryError, ParameterError, UnknownNameError
from ebana_core.registry import PROVIDERS, ListedPlugin, Registry, load_registry

SUITELESS = ("ebana_settings", "ebana_commands")
"""Hooks whose things have no suite: settings are examined with what takes them, and commands are
only loaded."""

SETTINGS = "[pytest]\nmarkers = ngspice: needs libngspice\n"


def examine_plugin(
    name: Annotated[str, typer.Argument(help="Of the installed plugin: ebana-tunnel.")],
    given: Annotated[
        list[str] | None,
        typer.Option("--set", help="An argument of a class: Tunnel.beta=1e-8; may be repeated."),
    ] = None,
) -> None:
    """Examine all that an installed plugin provides with the conformance kit.

    Exits with 1 where something does not hold.
    """
    registry = load_registry()
    plugin, arguments = _found(registry, name), read_arguments(given or ())
    for command in plugin.provides.get("ebana_commands", ()):
        registry.find("ebana_commands", command).load()
    text = _suites(registry, plugin, arguments)
    if not text:
        print(f"{plugin.name} provides nothing that the kit examines.")
        return
    if importlib.util.find_spec("pytest") is None:
        raise MissingLibraryError(
            "The conformance kit needs pytest, which is not installed.",
            "pip install 'ebana-core[testing]'",
        )
    if _run(text):
        raise typer.Exit(1)


def _found(registry: Registry, name: str) -> ListedPlugin:
    """Return an installed plugin by the name of its distribution or its entry point.

    Raises:
        PluginError: It is installed and not right.
        UnknownNameError: It is not installed; lists those that are.
    """
    wanted = name.replace("_", "-")
    for plugin in registry.plugins:
        if wanted in (plugin.name.replace("_", "-"), plugin.distribution.replace("_", "-")):
            return plugin
    for title, error in registry.failures.items():
        if f"({wanted} " in title.replace("_", "-") or f"'{wanted}'" in title.replace("_", "-"):
            raise error
    known = sorted(item.distribution or item.name for item in registry.plugins)
    raise UnknownNameError(f"No plugin {name!r}; installed are {known}.", "install it first")


def read_arguments(given: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Return class name to its arguments, from texts such as ``"Tunnel.beta=1e-8"``."""
    found: dict[str, dict[str, Any]] = {}
    for text in given:
        place, _, value = text.partition("=")
        cls, _, argument = place.partition(".")
        if not (cls and argument and value):
            raise ParameterError(f"--set is {text!r}.", "write --set Class.argument=value")
        found.setdefault(cls, {})[argument] = _read(value)
    return found


def _read(text: str) -> Any:
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):  # what nests too deep, too
        return text  # a word: variant=centered


def _suites(registry: Registry, plugin: ListedPlugin, given: Mapping[str, Any]) -> str:
    """Return the tests as a module's text; empty: nothing is to be examined.

    Raises:
        UnknownNameError: Arguments are given for a class that is not the plugin's.
    """
    lines, classes = [], set()
    for hook, names in plugin.provides.items():
        for name in names if hook not in SUITELESS else ():
            thing = registry.find(hook, name)
            cls = thing.__name__ if isinstance(thing, type) else type(thing).__name__
            classes.add(cls)
            word = PROVIDERS[hook].word
            title = f"Test_{word}_{name.replace('.', '_')}"
            lines.append(f"{title} = suite({hook!r}, {name!r}, {given.get(cls, {})!r})")
    if set(given) - classes:
        raise UnknownNameError(
            f"{plugin.name} provides no class {sorted(set(given) - classes)}.",
            f"name one of {sorted(classes)}",
        )
    return "\n".join(["from ebana_core.testing.installed import suite", *lines]) if lines else ""


def _run(text: str) -> int:
    """Run tests in a process of their own, and return its status."""
    with tempfile.TemporaryDirectory(prefix="ebana-test-plugin-") as folder:
        module, settings = Path(folder) / "test_plugin.py", Path(folder) / "pytest.ini"
        module.write_text(f"{text}\n", encoding="utf-8")
        settings.write_text(SETTINGS, encoding="utf-8")
        # "-rs" tells why something was not examined: without ngspice, a pass is half a pass.
        command = [sys.executable, "-m", "pytest", "-q", "-rs", "-p", "no:cacheprovider"]
        done = subprocess.run([*command, "-c", str(settings), str(module)], check=False)
    return done.returncode
