"""Finds the installed plugins and their hooks, and names a plugin that is at fault."""

import difflib
import inspect
from collections.abc import Iterable, Mapping
from importlib.metadata import EntryPoint, entry_points

import attrs
import pluggy

from ebana_core import hookspecs
from ebana_core.derived import derived
from ebana_core.errors import PluginError

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
    """

    name: str
    module: object
    entry: EntryPoint | None = None

    # Asked for again and again; each time, the file that tells would be read anew.
    distribution: str = derived(lambda own: own._told("name"))
    """The installed distribution; empty for a plugin that was handed in."""
    version: str = derived(lambda own: own._told("version"))
    """Its version."""

    def _told(self, field: str) -> str:
        if self.entry is None or self.entry.dist is None:
            return ""
        return self.entry.dist.metadata[field]

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
    installed = [Plugin(item.name, None, item) for item in entry_points(group=hookspecs.GROUP)]
    yield from sorted(installed, key=lambda p: (p.distribution != OWN, p.name, str(p.entry)))


def imported(plugin: Plugin) -> object:
    """Return a plugin's module.

    Raises:
        PluginError: It cannot be imported.
    """
    if plugin.entry is None:
        return plugin.module
    try:
        return plugin.entry.load()
    except (Exception, SystemExit) as error:  # whatever a stranger's import raises
        raise PluginError(
            f"Plugin {plugin.title} cannot be imported: {type(error).__name__}: {error}.",
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
