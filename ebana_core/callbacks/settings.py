"""Checks of settings that several callbacks have."""

import os

from ebana_core.checking import shown
from ebana_core.errors import ParameterError


def check_texts(owner: str, **texts: object) -> None:
    """Refuse settings that are neither None nor a text of at least one character.

    Args:
        owner: Name of the callback, for errors.
        texts: Settings by name.

    Raises:
        ParameterError: Quotes the first one.
    """
    for name, text in texts.items():
        if text is not None:
            check_text(text, f"{owner} has {name}", "give a text, or None")


def check_text(text: object, path: str, fix: str = "give a text") -> None:
    """Refuse anything but a text of at least one character.

    Raises:
        ParameterError: Quotes it.
    """
    if not isinstance(text, str) or not text:
        raise ParameterError(f"{path}={shown(text)}.", fix)


def checked_path(given: object, path: str, fix: str) -> str:
    """Return the path of a file or folder as text.

    Args:
        given: What was given.
        path: What the error calls it, for example ``"CSVLogger has filename"``.
        fix: What the error says to do.

    Raises:
        ParameterError: Quotes it.
    """
    # A path-like object of a stranger may stand for bytes, which name no figure and no suffix.
    found = os.fspath(given) if isinstance(given, str | os.PathLike) else None
    if not isinstance(found, str):
        raise ParameterError(f"{path}={shown(given)}.", fix)
    return found
