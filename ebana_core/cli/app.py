"""The command line ``ebana``: its commands come from plugins, EBANA's own among them."""

import logging
import sys
from collections.abc import Callable
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

import ebana_core
from ebana_core.errors import EbanaError
from ebana_core.registry import load_registry

GROUP = "ebana_commands"
"""The hook that provides commands."""


class Commands(TyperGroup):
    """The commands that plugins provide, each imported when it is needed.

    Some releases of typer have a Click of their own, so its classes have no one name here.
    """

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the names of all commands whose code can be imported; tell of the others."""
        names = []
        for name in load_registry().provided[GROUP]:
            try:
                self.get_command(ctx, name)
                names.append(name)
            except EbanaError as error:
                print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return names

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Return a command.

        Raises:
            PluginError: It cannot be imported, or two plugins provide it.
        """
        registry = load_registry()
        if not registry.is_claimed(GROUP, cmd_name):
            for error in registry.failures.values():  # one of them may have brought it
                print(f"{type(error).__name__}: {error}", file=sys.stderr)
            return None
        found = registry.find(GROUP, cmd_name).load()
        own = found if isinstance(found, typer.Typer) else _alone(found)
        command = typer.main.get_command(own)
        command.name = cmd_name
        return command


def _alone(function: Callable[..., object]) -> typer.Typer:
    app = typer.Typer(rich_markup_mode=None, add_completion=False, pretty_exceptions_enable=False)
    app.command()(function)
    return app


app = typer.Typer(
    cls=Commands,
    help="Design, train and study analog neural networks.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


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


def main() -> None:
    """Run the command line; errors are told without a traceback."""
    try:
        app(prog_name="ebana")
    except EbanaError as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        for note in getattr(error, "__notes__", ()):
            print(f"  {note}", file=sys.stderr)
        sys.exit(1)
