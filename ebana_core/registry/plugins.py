"""Finds the installed plugins and their hooks, and names a plugin that is at fault."""

import difflib
import inspect
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import EntryPoint, packages_distributions
from importlib.util import find_spec
from pathlib import Path
from typing import final

import attrs
import pluggy

from ebana_core import hookspecs
from ebana_core.errors import PluginError
from ebana_core.registry.entries import plugin_entries, spoken

KNOWN = tuple(name for name in vars(hookspecs) if name.startswith("ebana_"))
"""Names of all hooks."""

OWN = "ebana-core"
"""The distribution whose names nobody else may claim."""

MARK = f"{hookspecs.GROUP}_impl"
"""Attribute that `hookimpl` leaves on a function."""


@attrs.frozen
class Plugin:
    """A plugin, and where it comes from.

    Args:
        name: Of its entry point.
        module: Its module, or an object in place of one.
        entry: Its entry point; None for a plugin that was handed in.
        distribution: The installed distribution; empty for a plugin that was handed in.
        version: Its version.
    """

    name: str
    module: object
    entry: EntryPoint | None = None

    distribution: str = ""
    version: str = ""

    @property
    def title(self) -> str:
        """The plugin in errors."""
        origin = f" ({self.distribution} {self.version})" if self.distribution else ""
        return f"{self.name!r}{origin}"


def found_plugins(given: Mapping[str, object] | None) -> Iterable[Plugin]:
    """Yield the plugins in the order of their names: those given, or those installed.

    EBANA's own comes first of the installed ones, so that no other takes its name.
    """
    if given is not None:
        yield from (Plugin(name, module) for name, module in sorted(given.items()))
        return
    yield from INSTALLED.plugins()


@final
class Installed:
    """The installed plugins, as they were found last.

    To read what every distribution says of itself takes longer than to train a small network, so
    it is read anew only once something was put into a folder of the import path, or taken out.
    """

    def __init__(self) -> None:
        self._folders: Sequence[tuple[str, int]] | None = None
        self._plugins: Sequence[Plugin] = ()

    def plugins(self) -> Sequence[Plugin]:
        """Return the plugins, EBANA's own first, the others in the order of their names."""
        folders = [(folder, _changed(folder)) for folder in sys.path]
        if folders != self._folders:
            found = [_told(item) for item in plugin_entries()]
            self._plugins = sorted(
                found, key=lambda p: (p.distribution != OWN, p.name, str(p.entry))
            )
            self._folders = folders
        return self._plugins


INSTALLED = Installed()
"""One for the process, as its import path is."""


def distribution_of(package: str) -> str:
    """Return the installed distribution that brings a package; the package's name if none does.

    Plugins say so themselves; to look through the files of all distributions takes half a second.
    """
    for plugin in INSTALLED.plugins():
        if plugin.entry is not None and plugin.entry.module.split(".")[0] == package:
            return plugin.distribution
    return packages_distributions().get(package, [package])[0]


def _told(entry: EntryPoint) -> Plugin:
    """Return the plugin of an entry point, and what its distribution says of itself."""
    if entry.dist is None:
        return Plugin(entry.name, None, entry)
    try:
        told = entry.dist.metadata
        name, version = told["name"], told["version"]
    except Exception:  # what says so was lost, or is no text
        name, version = None, None
    return Plugin(entry.name, None, entry, str(name or ""), str(version or ""))


def _changed(folder: str) -> int:
    """Return when something was put into a folder or taken out, ns; 0 where it does not exist."""
    try:
        return os.stat(folder or ".").st_mtime_ns
    except OSError:
        return 0


def is_named(hook: str) -> bool:
    """Tell whether a plugin beside EBANA's own may have a hook, without importing any.

    A hook is a function by that name: no module has it whose text does not have the name. What
    cannot be looked into may have it.
    """
    return any(_names(plugin, hook) for plugin in found_plugins(None) if plugin.distribution != OWN)


def _names(plugin: Plugin, hook: str) -> bool:
    assert plugin.entry is not None  # it is installed
    try:
        spec = find_spec(plugin.entry.module)
        text = b"" if spec is None else Path(str(spec.origin)).read_bytes()
    except (Exception, SystemExit):  # to find a module within a package imports the package
        return True
    # What another file says comes in by a star, or as an object of the module.
    return not text or bool(plugin.entry.attr) or hook.encode() in text or b"import *" in text


def imported(plugin: Plugin) -> object:
    """Return a plugin's module.

    Raises:
        PluginError: It cannot be imported.
    """
    if plugin.entry is None:
        return plugin.module
    try:
        return plugin.entry.load()
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # whatever a stranger's import raises: a skip of pytest's, too
        raise PluginError(
            f"Plugin {plugin.title} cannot be imported: {spoken(error)}.",
            "repair, update or uninstall it",
        ) from error


def registered(manager: pluggy.PluginManager, plugin: Plugin) -> Mapping[str, pluggy.HookImpl]:
    """Register a plugin whose hooks are right, and return its implementations by their names.

    Raises:
        PluginError: A hook is not marked, does not exist, or takes what it is not given; or
            there is none.
    """
    _check_marks(plugin)
    try:
        manager.register(plugin.module, plugin.name)
    except (pluggy.PluginValidationError, ValueError) as error:
        reason = " ".join(str(error).split())
        raise PluginError(
            f"Plugin {plugin.title} cannot be registered: {reason}.",
            "let its hooks take the arguments that ebana_core.hookspecs says, and give every "
            "module one entry point",
        ) from error
    callers = manager.get_hookcallers(plugin.module) or []
    if not callers:
        raise PluginError(
            f"Plugin {plugin.title} implements no hook.",
            f"define one of {list(KNOWN)} with @hookimpl in the module that its entry point names",
        )
    for caller in callers:
        if caller.name not in KNOWN:
            raise PluginError(
                f"Plugin {plugin.title} implements hook {caller.name!r}, which does not exist.",
                f"write {_guess(caller.name)!r}; the hooks are {list(KNOWN)}",
            )
    return {
        caller.name: item
        for caller in callers
        for item in caller.get_hookimpls()
        if item.plugin is plugin.module
    }


def _check_marks(plugin: Plugin) -> None:
    for name in dir(plugin.module):
        function = getattr(plugin.module, name, None)
        is_hook = name.startswith("ebana_") and inspect.isroutine(function)
        if is_hook and not hasattr(function, MARK):
            spelling = "" if name in KNOWN else f", and spell it {_guess(name)!r}"
            raise PluginError(
                f"Plugin {plugin.title} has a function {name!r} that is not marked as a hook.",
                f"put @hookimpl above {name}{spelling}",
            )


def _guess(name: str) -> str:
    """Return the hook whose name is nearest; their common beginning says nothing."""
    ends = [known.removeprefix("ebana_") for known in KNOWN]
    found = difflib.get_close_matches(name.removeprefix("ebana_"), ends, n=1, cutoff=0.0)
    return f"ebana_{found[0]}"
