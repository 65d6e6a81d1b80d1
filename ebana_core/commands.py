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


@final
@attrs.frozen
class Command:
    """A command by its name, ``ebana NAME``, and the place of its code.

    The code is imported when somebody types the command or asks for help, so that it costs
    nobody else time.

    Args:
        name: Lower-case words joined by hyphens.
        target: ``"module:function"``. The function takes what `typer` makes of its arguments, and
            its docstring is the help; a `typer.Typer` in its place is a group of commands.

    Raises:
        PluginError: Another name, or another form of target.
    """

    name: str = attrs.field(validator=_check_name)
    target: str = attrs.field(validator=_check_target)

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
