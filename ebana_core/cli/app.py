"""The commands of ``ebana``, and how their errors are shown."""

import logging
import sys
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

import ebana_core
from ebana_core.cli.demo import run_demo
from ebana_core.cli.doctor import examine
from ebana_core.cli.new_plugin import write_plugin
from ebana_core.cli.runs import runs
from ebana_core.cli.tables import output_console, table
from ebana_core.errors import EbanaError
from ebana_core.registry import load_registry

INTERRUPTED = 130
"""Exit status of a command that Ctrl-C ended."""

app = typer.Typer(
    help="Design, train and study analog neural networks.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

app.add_typer(runs, name="runs")


class Network(StrEnum):
    """The demo networks."""

    XOR = "xor"
    GATES = "gates"
    IRIS = "iris"


def _version(wanted: bool) -> None:
    if wanted:
        print(f"ebana {ebana_core.__version__}")
        raise typer.Exit


@app.callback()
def options(
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Show results only.")] = False,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Show the layers, and every epoch in a file.")
    ] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Design, train and study analog neural networks."""
    del version
    if quiet and verbose:
        raise typer.BadParameter("--quiet and --verbose exclude each other")
    level = logging.WARNING if quiet else logging.DEBUG if verbose else logging.INFO
    logging.basicConfig(level=logging.WARNING, format="%(message)s", force=True)
    logging.getLogger("ebana").setLevel(level)


@app.command()
def demo(
    network: Annotated[
        Network,
        typer.Argument(
            help="What to learn: exclusive or; OR, AND and XOR at once; three species of iris."
        ),
    ] = Network.XOR,
    backend: Annotated[
        str, typer.Option(help="native, the embedded simulator, or ngspice.")
    ] = "native",
    epochs: Annotated[
        int | None, typer.Option(min=1, help="By default what the network needs.")
    ] = None,
    seed: Annotated[
        int, typer.Option(min=0, help="Of initial conductances and order of samples.")
    ] = 0,
) -> None:
    """Train a small analog network and show what it learned."""
    try:
        run_demo(network.value, backend, epochs, seed)
    except KeyboardInterrupt:
        print("Interrupted.", file=sys.stderr)
        raise typer.Exit(INTERRUPTED) from None


@app.command()
def devices() -> None:
    """List the installed devices and who provides them."""
    console, registry = output_console(), load_registry()
    listed = table(console, "device", "plugin", "version")
    for name, provided in registry.devices.items():
        listed.add_row(name, provided.distribution or provided.plugin, provided.version)
    console.print(listed)
    _tell(registry.errors)


@app.command()
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


@app.command()
def new_plugin(
    name: Annotated[str, typer.Argument(help="Of the project, for pip: ebana-tunnel.")],
    folder: Annotated[Path, typer.Option(help="Where its folder is made.")] = Path(),
) -> None:
    """Write a plugin project with a device, tests that pass, and a README."""
    target = write_plugin(name, folder)
    print(f'Wrote {target}. Next: pip install -e "{target}[test]" && pytest {target}')


@app.command()
def doctor() -> None:
    """Examine this installation: Python, plugins, libngspice, both simulators.

    Exits with 1 where something is wrong.
    """
    if not examine(output_console()):
        raise typer.Exit(1)


def main() -> None:
    """Run the command line; errors are told without a traceback."""
    try:
        app(prog_name="ebana")
    except EbanaError as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        for note in getattr(error, "__notes__", ()):
            print(f"  {note}", file=sys.stderr)
        sys.exit(1)
