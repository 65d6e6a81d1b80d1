"""Loads plugins, asks them what they provide, and refuses what contradicts the interface."""

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any

import attrs
import pluggy

from ebana_core import hookspecs
from ebana_core.checking import shown
from ebana_core.errors import PluginError
from ebana_core.registry.entries import spoken
from ebana_core.registry.kinds import PROVIDERS, checked_name
from ebana_core.registry.plugins import OWN, Plugin, found_plugins, imported, registered
from ebana_core.registry.registry import ListedPlugin, Provided, Registry, Watcher

WATCHERS = ("ebana_run_started", "ebana_epoch_finished")
"""Hooks that watch a fit."""


def load_registry(plugins: Mapping[str, object] | None = None) -> Registry:
    """Load every installed plugin and ask it what it provides.

    An installed plugin that is not right is left out and told by `Registry.failures`, so that it
    keeps nobody from working who does not need it. Plugins that are handed in must be right.

    Args:
        plugins: Plugin name to module or object, in place of the installed ones.

    Raises:
        PluginError: A plugin that was handed in has no hook, misspells or does not mark one,
            provides something other than a class with a name, or claims a name that another
            plugin has; names the plugins.
    """
    manager = pluggy.PluginManager(hookspecs.GROUP)
    manager.add_hookspecs(hookspecs)
    loaded: dict[str, Loaded] = {}
    failures: dict[str, PluginError] = {}
    for found in found_plugins(plugins):
        try:
            loaded[found.name] = _examined(manager, found, loaded)
        except PluginError as error:
            if plugins is not None:
                raise
            failures[found.title] = error
    merged = {hook: _merged(hook, loaded.values()) for hook in PROVIDERS}
    contested = {(hook, name): e for hook, (_, errors) in merged.items() for name, e in errors}
    if contested and plugins is not None:
        raise next(iter(contested.values()))
    claims = (names for item in loaded.values() for names in item.provided.values())
    return Registry(
        MappingProxyType({hook: names for hook, (names, _) in merged.items()}),
        watchers=MappingProxyType({hook: _watchers(hook, loaded.values()) for hook in WATCHERS}),
        plugins=tuple(item.listed for _, item in sorted(loaded.items())),
        failures=MappingProxyType(failures),
        contested=MappingProxyType(contested),
        claims=tuple(provided for names in claims for provided in names.values()),
    )


@attrs.frozen
class Loaded:
    """A plugin that was loaded without error.

    Args:
        plugin: Where it comes from.
        provided: Providing hook to what it returned, by name.
        watchers: Watching hook to its implementation.
    """

    plugin: Plugin
    provided: Mapping[str, Mapping[str, Provided]]
    watchers: Mapping[str, Watcher]

    @property
    def listed(self) -> ListedPlugin:
        """The plugin as users see it."""
        return ListedPlugin(
            self.plugin.name,
            self.plugin.distribution,
            self.plugin.version,
            MappingProxyType({hook: tuple(found) for hook, found in self.provided.items()}),
            tuple(self.watchers),
        )


def _examined(manager: pluggy.PluginManager, found: Plugin, loaded: Mapping[str, Loaded]) -> Loaded:
    """Return a plugin that is right, also beside those that were loaded before.

    Raises:
        PluginError: It is not.
    """
    try:
        _check_new(found, loaded)
        item = _load(manager, found)
        _check_names(item, loaded.values())
    except PluginError:
        raise
    except Exception as error:  # of a module or class that cannot even be looked at
        raise PluginError(
            f"Plugin {found.title} cannot be examined: {spoken(error)}.",
            "repair, update or uninstall it",
        ) from error
    return item


def _check_new(found: Plugin, loaded: Mapping[str, Loaded]) -> None:
    if found.name in loaded:
        raise PluginError(
            f"Two plugins are named {found.name!r}: {loaded[found.name].plugin.title} and "
            f"{found.title}.",
            "uninstall one of them",
        )


def _check_names(item: Loaded, before: Iterable[Loaded]) -> None:
    """Refuse a plugin that claims a name of EBANA's own, on which all models rely."""
    for own in (other for other in before if other.plugin.distribution == OWN):
        for hook, names in item.provided.items():
            for name in sorted(set(names) & set(own.provided.get(hook, ()))):
                raise PluginError(
                    f"Plugin {item.plugin.title} provides {PROVIDERS[hook].word} {name!r}, which "
                    "is EBANA's own.",
                    "rename it",
                )


def _load(manager: pluggy.PluginManager, found: Plugin) -> Loaded:
    """Import a plugin, look at its hooks, and ask it what it provides.

    Raises:
        PluginError: It is not right.
    """
    plugin = attrs.evolve(found, module=imported(found))
    own = registered(manager, plugin)
    provided = {
        name: _provided(plugin, name, implementation.function)
        for name, implementation in own.items()
        if name in PROVIDERS
    }
    watchers = {
        name: Watcher(plugin.name, implementation.function, tuple(implementation.argnames))
        for name, implementation in own.items()
        if name in WATCHERS
    }
    return Loaded(plugin, provided, watchers)


def _provided(plugin: Plugin, hook: str, function: Callable[[], Any]) -> Mapping[str, Provided]:
    found: dict[str, Provided] = {}
    for thing in _asked(plugin, hook, function):
        name = checked_name(plugin, hook, thing)
        if name in found:
            raise _twice(plugin, hook, found[name], thing)
        found[name] = Provided(hook, name, thing, plugin.name, plugin.distribution, plugin.version)
    return MappingProxyType(found)


def _merged(
    hook: str, loaded: Iterable[Loaded]
) -> tuple[Mapping[str, Provided], list[tuple[str, PluginError]]]:
    """Return what plugins provide by names that are one plugin's, and errors for other names."""
    claims: dict[str, list[Loaded]] = {}
    for item in loaded:
        for name in item.provided.get(hook, ()):
            claims.setdefault(name, []).append(item)
    alone = {
        name: owners[0].provided[hook][name] for name, owners in claims.items() if not owners[1:]
    }
    errors = [
        (
            name,
            PluginError(
                f"Plugins {owners[0].plugin.title} and {owners[1].plugin.title} both provide "
                f"{PROVIDERS[hook].word} {name!r}.",
                "uninstall one of them, or rename one of the two",
            ),
        )
        for name, owners in claims.items()
        if owners[1:]
    ]
    return MappingProxyType(dict(sorted(alone.items()))), errors


def _watchers(hook: str, loaded: Iterable[Loaded]) -> tuple[Watcher, ...]:
    found = (item.watchers[hook] for item in loaded if hook in item.watchers)
    return tuple(sorted(found, key=lambda watcher: watcher.plugin))


def _asked(plugin: Plugin, hook: str, function: Callable[[], Any]) -> Iterable[Any]:
    """Return what a hook returns.

    Raises:
        PluginError: It raises, or returns no list.
    """
    try:
        things = function()
        if isinstance(things, Iterable) and not isinstance(things, str | type | Mapping):
            return list(things)  # here, as a generator raises only when it is asked
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # whatever a stranger's hook raises
        raise PluginError(
            f"{hook} of plugin {plugin.title} raises {spoken(error)}.",
            "repair, update or uninstall it",
        ) from error
    raise PluginError(
        f"{hook} of plugin {plugin.title} returns {shown(things)}.",
        "return a list of classes" if PROVIDERS[hook].are_classes else "return a list",
    )


def _twice(plugin: Plugin, hook: str, first: Provided, thing: Any) -> PluginError:
    if first.thing is thing:
        return PluginError(
            f"Plugin {plugin.title} lists {_spoken(thing)} twice in {hook}.", "list it once"
        )
    return PluginError(
        f"Plugin {plugin.title} gives {PROVIDERS[hook].word} {first.name!r} to both "
        f"{_spoken(first.thing)} and {_spoken(thing)}.",
        "rename one of the two",
    )


def _spoken(thing: Any) -> str:
    return thing.__name__ if isinstance(thing, type) else repr(thing)
