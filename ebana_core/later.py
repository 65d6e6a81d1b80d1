"""What waits until it is used: libraries that only some uses need, functions of rooms above."""

from collections.abc import Callable
from importlib import import_module
from typing import Any, final

from ebana_core.errors import MissingLibraryError

_HANDED: dict[str, Callable[..., Any]] = {}
"""Functions that the front door of the package hands in, by name, for the whole process: methods of
low rooms that rooms far above carry out."""


@final
class Library:
    """A library that is imported when something of it is first used.

    Args:
        name: Of the library, as ``import`` and ``pip`` take it.
    """

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, attribute: str) -> Any:
        try:
            module = import_module(self._name)
        except ImportError as error:
            raise MissingLibraryError(
                f"This needs {self._name}, which cannot be imported: {error}.",
                f"pip install {self._name}",
            ) from error
        return getattr(module, attribute)


def hand_in(**functions: Callable[..., Any]) -> None:
    """Keep functions of rooms above, for `handed`."""
    _HANDED.update(functions)


def handed(name: str) -> Callable[..., Any]:
    """Return a function that the front door handed in; it runs before any room is imported."""
    return _HANDED[name]
