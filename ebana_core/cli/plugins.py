"""``ebana devices`` and ``ebana plugins``: what is installed, and who provides it."""

import sys
from collections.abc import Iterable

import typer

from ebana_core.cli.tables import output_console, table
from ebana_core.errors import EbanaError
from ebana_core.registry import load_registry


def devices() -> None:
    """List the installed devices and who provides them."""
    console, registry = output_console(), load_registry()
    listed = table(console, "device", "plugin", "version")
    for name, provided in registry.devices.items():
        listed.add_row(name, provided.origin, provided.version)
    console.print(listed)
    _tell(registry.errors)


def plugins() -> None:
    """List the installed plugins, what they provide and what they watch.

    Exits with 1 where one is not right.
    """
    console, registry = output_console(), load_registry()
    listed = table(console, "plugin", "version", "provides", "watches")
    for plugin in registry.plugins:
        provides = "\n".join(
            f"{hook.removeprefix('ebana_')}: {', '.join(names)}"
            for hook, names in plugin.provides.items()
            if names
        )
        watches = "\n".join(hook.removeprefix("ebana_") for hook in plugin.watches)
        listed.add_row(plugin.distribution or plugin.name, plugin.version, provides, watches)
    console.print(listed)
    _tell(registry.errors)
    if registry.errors:
        raise typer.Exit(1)


def _tell(errors: Iterable[EbanaError]) -> None:
    for error in errors:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
