"""The command line ``ebana``: its commands come from plugins, EBANA's own among them."""

import io
import logging
import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

import ebana_core
from ebana_core.commands import OWN, Command
from ebana_core.errors import EbanaError
from ebana_core.later import Late
from ebana_core.registry.plugins import is_named

if TYPE_CHECKING:
    from ebana_core.registry.loading import load_registry
else:  # it imports all that plugins provide, which takes seconds
    load_registry = Late("ebana_core.registry.loading", "load_registry")

GROUP = "ebana_commands"
"""The hook that provides commands."""


_OWN = {command.name: command for command in OWN}


class Commands(TyperGroup):
    """The commands that plugins provide, each imported when it is needed.

    EBANA's own need no plugin: nobody else may claim their names. Some releases of typer have a
    Click of their own, so its classes have no one name here.
    """

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the names of all commands whose code can be imported; tell of the others.

        Those with a summary are not imported: that takes longer than to print what there is.
        """
        names = []
        for name, command in _known().items():
            try:
                if not command.summary:
                    command.load()
                names.append(name)
            except EbanaError as error:
                print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return names

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write the name of each command, and what it does as far as there is room."""
        known, names = _known(), self.list_commands(ctx)
        room = formatter.width - 6 - max(map(len, names))
        with formatter.section("Commands"):
            formatter.write_dl(
                [(name, _described(known[name]).get_short_help_str(room)) for name in names]
            )

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Return a command.

        Raises:
            PluginError: It cannot be imported, or two plugins provide it.
        """
        if cmd_name in _OWN:
            return _command(cmd_name, _OWN[cmd_name].load())
        registry = load_registry()
        if not registry.is_claimed(GROUP, cmd_name):
            for error in registry.failures.values():  # one of them may have brought it
                print(f"{type(error).__name__}: {error}", file=sys.stderr)
            return None
        return _command(cmd_name, registry.find(GROUP, cmd_name).load())


def _known() -> Mapping[str, Command]:
    """Return name to command: EBANA's own, where no other plugin brings any."""
    if not is_named(GROUP):
        return _OWN
    return {name: found.thing for name, found in load_registry().provided[GROUP].items()}


def _command(name: str, found: Any) -> Any:
    own = found if isinstance(found, typer.Typer) else _alone(found)
    command = typer.main.get_command(own)
    command.name = name
    return command


def _described(command: Command) -> Any:
    """Return a command that does nothing and says of itself what the real one does."""
    if not command.summary:
        return _command(command.name, command.load())

    def nothing() -> None:
        pass

    nothing.__doc__ = command.summary
    return _command(command.name, nothing)


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
    # A name of a file may hold what the terminal cannot show.
    if isinstance(sys.stdout, io.TextIOWrapper) and sys.stdout.errors == "strict":
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        app(prog_name="ebana")
    except EbanaError as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        for note in getattr(error, "__notes__", ()):
            print(f"  {note}", file=sys.stderr)
        sys.exit(1)
