"""Commands that plugins add to the command line ``ebana``."""

import importlib
import re
from typing import Any, final

import attrs

from ebana_core.errors import PluginError

_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_TARGET = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*")


def _check_name(_: object, __: Any, name: Any) -> None:
    if not (isinstance(name, str) and _NAME.fullmatch(name)):
        raise PluginError(
            f"A command has name={name!r}.", "use lower-case words joined by hyphens: count-devices"
        )


def _check_target(_: object, __: Any, target: Any) -> None:
    if not (isinstance(target, str) and _TARGET.fullmatch(target)):
        raise PluginError(
            f"A command has target={target!r}.", 'name module and function: "my_plugin.words:count"'
        )


def _check_summary(_: object, __: Any, summary: Any) -> None:
    if not isinstance(summary, str):
        raise PluginError(f"A command has summary={summary!r}.", "write what it does: one sentence")


@final
@attrs.frozen
class Command:
    """A command by its name, ``ebana NAME``, and the place of its code.

    The code is imported when somebody types the command, so that it costs nobody else time; where
    there is no summary, also when somebody asks for help.

    Args:
        name: Lower-case words joined by hyphens.
        target: ``"module:function"``. The function takes what `typer` makes of its arguments, and
            its docstring is the help; a `typer.Typer` in its place is a group of commands.
        summary: First sentence of its help, for the list of ``ebana --help``, which then does not
            import the code.

    Raises:
        PluginError: Another name, another form of target, or a summary that is not a text.
    """

    name: str = attrs.field(validator=_check_name)
    target: str = attrs.field(validator=_check_target)
    summary: str = attrs.field(default="", validator=_check_summary)

    def load(self) -> Any:
        """Import and return the function or the group.

        Raises:
            PluginError: There is no such module or function, or its import fails.
        """
        module, _, attribute = self.target.partition(":")
        try:
            return vars(importlib.import_module(module))[attribute]
        except (Exception, SystemExit) as error:  # whatever a stranger's import raises
            raise PluginError(
                f"The command {self.name!r} cannot be loaded from {self.target!r}: "
                f"{type(error).__name__}: {error}.",
                "repair, update or uninstall the plugin that provides it",
            ) from error


OWN = (
    Command(
        "demo",
        "ebana_core.cli.demo:demo",
        "Train a small analog network and show what it learned.",
    ),
    Command(
        "devices",
        "ebana_core.cli.plugins:devices",
        "List the installed devices and who provides them.",
    ),
    Command(
        "doctor",
        "ebana_core.cli.doctor:doctor",
        "Examine this installation: Python, plugins, libngspice, both simulators.",
    ),
    Command(
        "new-plugin",
        "ebana_core.cli.new_plugin:new_plugin",
        "Write a plugin project with a working example, tests that pass, and a README.",
    ),
    Command(
        "plugins",
        "ebana_core.cli.plugins:plugins",
        "List the installed plugins, what they provide and what they watch.",
    ),
    Command("runs", "ebana_core.cli.runs:runs", "Look at run files."),
    Command(
        "test-plugin",
        "ebana_core.cli.conformance:examine_plugin",
        "Examine all that an installed plugin provides with the conformance kit.",
    ),
    Command("zoo", "ebana_core.cli.zoo:zoo", "Published experiments by name, done again."),
)
"""The commands of EBANA itself; those of run files are a group."""
