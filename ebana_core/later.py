"""What waits until it is used: libraries that only some uses need, functions of rooms above."""

import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from operator import attrgetter
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


@final
class Late:
    """A function or a class whose file is imported when it is first called.

    Its attributes are late too: ``Fitter.fit`` can be named before the file of `Fitter` is read.

    Args:
        module: Where it is, in full.
        name: Its own; of a method, with its class in front.
    """

    def __init__(self, module: str, name: str) -> None:
        self._module, self._name = module, name

    def __getattr__(self, attribute: str) -> "Late":
        if attribute.startswith("_"):  # what Python asks of any object, such as `__wrapped__`
            raise AttributeError(f"{self!r} has no attribute {attribute!r}")
        return Late(self._module, f"{self._name}.{attribute}")

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return imported(self)(*args, **kwargs)

    def __repr__(self) -> str:
        return f"Late({self._module!r}, {self._name!r})"


def imported(late: Any) -> Any:
    """Return what is late; anything else is returned unchanged."""
    if not isinstance(late, Late):
        return late
    return attrgetter(late._name)(import_module(late._module))


def door(
    room: str, places: Mapping[str, str]
) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """Return ``__getattr__`` and ``__dir__`` of a room that imports what is asked of it, no more.

    Args:
        room: The module that is the door, its ``__name__``.
        places: What the room offers to the module, in full, where it is.
    """

    def get(name: str) -> Any:
        if name not in places:
            raise AttributeError(f"module {room!r} has no attribute {name!r}")
        found = vars(import_module(places[name]))[name]
        setattr(sys.modules[room], name, found)
        return found

    return get, lambda: sorted({*vars(sys.modules[room]), *places})


def hand_in(**functions: Callable[..., Any]) -> None:
    """Keep functions of rooms above, for `handed`."""
    _HANDED.update(functions)


def handed(name: str) -> Callable[..., Any]:
    """Return a function that the front door handed in; it runs before any room is imported."""
    return _HANDED[name]
