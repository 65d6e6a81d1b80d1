"""What plugins provide, by the word that a user writes for it: ``"adam"``, ``"cross_entropy"``."""

import difflib
import re
from collections.abc import Sequence
from typing import Any

from ebana_core.checking import shown
from ebana_core.errors import ParameterError, UnknownNameError
from ebana_core.registry.kinds import PROVIDERS
from ebana_core.registry.loading import load_registry

OTHER_WORDS = {
    **dict.fromkeys(("meansquarederror", "l2", "squarederror"), "mse"),
    **dict.fromkeys(
        ("categoricalcrossentropy", "sparsecategoricalcrossentropy", "nll", "ce", "softmax"),
        "cross_entropy",
    ),
    **dict.fromkeys(("binarycrossentropy", "bcewithlogits", "logistic", "sigmoid"), "bce"),
}
"""Words of other libraries, plain, and what is written here for the same."""
STRANGE = ("mae", "l1")
"""Words near to one of ours that mean another thing."""
NEAR = 0.6
"""Similarity from which a word is taken for a misspelt one: less would offer another thing."""


def made(hook: str, word: str, *arguments: Any) -> Any:
    """Return a new object of what plugins provide by a word, with the settings it has by itself.

    Capitals, spaces and underscores do not count, nor the kind at the end: ``"cross_entropy"`` is
    `CrossEntropyLoss`.

    Args:
        hook: Through which it is provided, for example ``"ebana_losses"``.
        word: What the user wrote.
        arguments: What its class is called with.

    Raises:
        UnknownNameError: Nothing has this name; tells the nearest one.
        PluginError: Two plugins provide it.
        ParameterError: It has no settings by itself, or the word means two of them.
    """
    registry, kind = load_registry(), PROVIDERS[hook]
    known = [*registry.provided[hook], *(name for own, name in registry.contested if own == hook)]
    meant = [name for name in known if _plain(name, kind.word) == _plain(word, kind.word)]
    meant = [word] if word in known else meant
    if not meant:
        raise UnknownNameError(
            f"No {kind.word} {shown(word)}; known {kind.words}: {sorted(known)}.",
            f"{_instead(word, known, kind.word)}, or install the plugin that provides it",
        )
    if len(meant) > 1:
        raise ParameterError(f"{shown(word)} may mean {meant}.", f"write {meant[0]!r}, say")
    cls = registry.find(hook, meant[0])
    try:
        return cls(*arguments)
    except TypeError as error:
        raise ParameterError(
            f"{kind.word} {shown(word)} cannot be made without settings: {error}.",
            f"give an object in place of the name: {cls.__name__}(...)",
        ) from error


def _instead(word: str, known: Sequence[str], kind: str) -> str:
    """Return what to write in place of a word that nothing is called by."""
    wanted, plain = _plain(word, kind), [_plain(name, kind) for name in known]
    other = OTHER_WORDS.get(wanted, "")
    near = [other] if _plain(other, kind) in plain else []
    if not near and wanted not in STRANGE:
        near = difflib.get_close_matches(wanted, plain, 1, NEAR)
    return f"write {near[0]!r}" if near else "use one of these"


def _plain(name: str, kind: str) -> str:
    return re.sub(r"[\W_]", "", name.lower()).removesuffix(kind)
