"""The kinds of things that plugins provide: one row per hook, and what must hold of each thing."""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import attrs

from ebana_core.backends import Backend
from ebana_core.checking import shown
from ebana_core.commands import Command
from ebana_core.errors import PluginError
from ebana_core.experiments import Experiment
from ebana_core.initializers import Initializer
from ebana_core.layers import Layer
from ebana_core.losses import Loss
from ebana_core.optimizers import Optimizer
from ebana_core.registry.plugins import Plugin
from ebana_core.rules import LearningRule

DEVICE = re.compile(r"[a-z][a-z0-9_]*")


@attrs.frozen
class Kind:
    """What one providing hook returns.

    Args:
        word: What errors call one of it.
        key: Attribute that holds its name.
        cls: Class that each derives from.
        are_classes: Whether the hook returns classes; else objects of `cls`.
    """

    word: str
    key: str
    cls: type[Any]
    are_classes: bool = True

    @property
    def words(self) -> str:
        """What errors call several of it."""
        return f"{self.word}es" if self.word.endswith("s") else f"{self.word}s"


PROVIDERS: Mapping[str, Kind] = MappingProxyType(
    {
        "ebana_devices": Kind("device", "device", Layer),
        "ebana_backends": Kind("backend", "name", Backend),
        "ebana_settings": Kind("setting", "__name__", object),
        "ebana_initializers": Kind("initializer", "__name__", Initializer),
        "ebana_rules": Kind("rule", "__name__", LearningRule),
        "ebana_losses": Kind("loss", "__name__", Loss),
        "ebana_optimizers": Kind("optimizer", "__name__", Optimizer),
        "ebana_experiments": Kind("experiment", "name", Experiment, are_classes=False),
        "ebana_commands": Kind("command", "name", Command, are_classes=False),
    }
)
"""Hook to what it provides."""


def checked_name(plugin: Plugin, hook: str, thing: Any) -> str:
    """Return the name of what is provided.

    Raises:
        PluginError: It is not of the hook's kind, or has no name.
    """
    kind = PROVIDERS[hook]
    if not kind.are_classes:
        if not isinstance(thing, kind.cls):
            raise PluginError(
                f"Plugin {plugin.title} provides {shown(thing)} in {hook}, which is not "
                f"{_article(kind.cls.__name__)}.",
                f"return objects of {_origin(kind)}",
            )
        return str(getattr(thing, kind.key))
    name = getattr(thing, kind.key, None)
    if not (isinstance(thing, type) and isinstance(name, str) and name):
        raise PluginError(
            f"Plugin {plugin.title} provides {shown(thing)} in {hook}, which is not a class with "
            f"a {kind.key!r}.",
            f"return classes, not objects of them, that have {kind.key} = '...'",
        )
    if not issubclass(thing, kind.cls):
        raise PluginError(
            f"Plugin {plugin.title} provides {thing.__name__} in {hook}, which does not "
            f"derive from {kind.cls.__name__}.",
            f"derive it from {_origin(kind)}",
        )
    open_methods = getattr(thing, "__abstractmethods__", None)  # of abstract classes alone
    if open_methods:
        raise PluginError(
            f"Plugin {plugin.title} provides {thing.__name__} in {hook}, which lacks "
            f"{sorted(open_methods)}.",
            f"write what {kind.cls.__name__} leaves open",
        )
    if hook == "ebana_devices" and not DEVICE.fullmatch(name):
        raise PluginError(
            f"Plugin {plugin.title} provides {thing.__name__} with device = {name!r}.",
            "use lower-case letters, digits and underscores, a letter first",
        )
    return name


def _article(word: str) -> str:
    return f"{'an' if word[0] in 'AEIOU' else 'a'} {word}"


def _origin(kind: Kind) -> str:
    """Return where the class of a kind is imported from: the room, not a file inside it."""
    room = ".".join(kind.cls.__module__.split(".")[:2])
    return f"{room}.{kind.cls.__name__}"
