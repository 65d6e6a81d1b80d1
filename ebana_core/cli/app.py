"""Commands of ``ebana`` and how they fail."""

import logging
import sys
from enum import StrEnum
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

import ebana_core
from ebana_core.cli.demo import run_demo
from ebana_core.cli.doctor import examine
from ebana_core.errors import EbanaError
from ebana_core.registry import load_registry

app = typer.Typer(
    help="Design, train and study analog neural networks.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


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
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Design, train and study analog neural networks."""
    del version
    level = logging.WARNING if quiet else logging.INFO
    logging.basicConfig(level=logging.WARNING, format="%(message)s", force=True)
    logging.getLogger("ebana").setLevel(level)


@app.command()
def demo(
    network: Annotated[Network, typer.Argument(help="What to learn.")] = Network.XOR,
    backend: Annotated[str, typer.Option(help="Simulator: native or ngspice.")] = "native",
    epochs: Annotated[
        int | None, typer.Option(min=1, help="Epochs; by default what the network needs.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of initial conductances and order.")] = 0,
) -> None:
    """Train a small network and show what it learned."""
    is_quiet = logging.getLogger("ebana").level > logging.INFO
    run_demo(network.value, backend, epochs, seed, is_quiet=is_quiet)


@app.command()
def devices() -> None:
    """List the installed devices and who provides them."""
    table = Table("device", "plugin", "version")
    for name, provided in load_registry().devices.items():
        table.add_row(name, provided.distribution or provided.plugin, provided.version)
    Console().print(table)


@app.command()
def doctor() -> None:
    """Examine this installation: Python, plugins, libngspice, both simulators."""
    if not examine(Console()):
        raise typer.Exit(1)


def main() -> None:
    """Run the command line; errors are told without a traceback."""
    try:
        app(standalone_mode=True)
    except EbanaError as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        for note in getattr(error, "__notes__", ()):
            print(f"  {note}", file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        print("Interrupted.", file=sys.stderr)
        sys.exit(130)
