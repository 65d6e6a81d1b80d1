"""Loads plugins, asks them what they provide, and refuses what cannot be meant."""

import re
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any

import pluggy

from ebana_core import hookspecs
from ebana_core.backends import Backend
from ebana_core.errors import PluginError
from ebana_core.layers import Layer
from ebana_core.registry.plugins import Plugin, found_plugins, register
from ebana_core.registry.registry import Provided, Registry, Watcher

PROVIDERS = MappingProxyType(
    {"ebana_devices": "device", "ebana_backends": "name", "ebana_settings": "__name__"}
)
"""Hook to the attribute that names what it provides."""

KINDS: Mapping[str, type[Any]] = MappingProxyType(
    {"ebana_devices": Layer, "ebana_backends": Backend, "ebana_settings": object}
)
"""Hook to the class of what it provides."""

WATCHERS = ("ebana_run_started", "ebana_epoch_finished")
"""Hooks that watch a fit."""

DEVICE = re.compile(r"[a-z][a-z0-9_]*")


def load_registry(plugins: Mapping[str, object] | None = None) -> Registry:
    """Load every installed plugin and ask it what it provides.

    Args:
        plugins: Plugin name to module or object, in place of the installed ones.

    Raises:
        PluginError: A plugin cannot be imported, has no hook, misspells or does not mark one,
            provides what is no class with a name, or claims a name that another plugin has;
            names the plugins.
    """
    manager = pluggy.PluginManager(hookspecs.GROUP)
    manager.add_hookspecs(hookspecs)
    owners: dict[str, Plugin] = {}
    for plugin in found_plugins(plugins):
        if plugin.name in owners:
            raise PluginError(
                f"Two plugins are named {plugin.name!r}: {owners[plugin.name].title} and "
                f"{plugin.title}.",
                "uninstall one of them",
            )
        owners[plugin.name] = plugin
        register(manager, plugin)
    provided = {hook: _collect(manager, hook, owners) for hook in PROVIDERS}
    watchers = {hook: _watchers(manager, hook) for hook in WATCHERS}
    return Registry(
        provided["ebana_devices"],
        provided["ebana_backends"],
        provided["ebana_settings"],
        MappingProxyType(watchers),
    )


def _collect(
    manager: pluggy.PluginManager, hook: str, owners: Mapping[str, Plugin]
) -> Mapping[str, Provided]:
    found: dict[str, Provided] = {}
    for implementation in getattr(manager.hook, hook).get_hookimpls():
        plugin = owners[implementation.plugin_name]
        for cls in _asked(plugin, hook, implementation.function):
            name = _name(plugin, hook, cls)
            if name in found:
                raise _clash(plugin, hook, owners[found[name].plugin], found[name], cls)
            found[name] = Provided(name, cls, plugin.name, plugin.distribution, plugin.version)
    return MappingProxyType(dict(sorted(found.items())))


def _asked(plugin: Plugin, hook: str, function: Callable[[], Any]) -> Iterable[Any]:
    """Return the classes that a hook returns.

    Raises:
        PluginError: It raises, or returns no list.
    """
    try:
        classes = function()
    except Exception as error:  # whatever a stranger's hook raises
        raise PluginError(
            f"{hook} of plugin {plugin.title} raises {type(error).__name__}: {error}.",
            "repair, update or uninstall it",
        ) from error
    if not isinstance(classes, Iterable) or isinstance(classes, str | type | Mapping):
        raise PluginError(
            f"{hook} of plugin {plugin.title} returns {classes!r}.", "return a list of classes"
        )
    return classes


def _name(plugin: Plugin, hook: str, cls: Any) -> str:
    """Return the name of what is provided.

    Raises:
        PluginError: It is no class of its kind with a name.
    """
    key, kind = PROVIDERS[hook], KINDS[hook]
    name = getattr(cls, key, None)
    if not (isinstance(cls, type) and isinstance(name, str) and name):
        raise PluginError(
            f"Plugin {plugin.title} provides {cls!r} in {hook}, which is no class with a {key!r}.",
            f"return classes, not objects of them, that have {key} = '...'",
        )
    if not issubclass(cls, kind):
        raise PluginError(
            f"Plugin {plugin.title} provides {cls.__name__} in {hook}, which is no "
            f"{kind.__name__}.",
            f"derive it from {kind.__module__.rpartition('.')[0]}.{kind.__name__}",
        )
    if hook == "ebana_devices" and not DEVICE.fullmatch(name):
        raise PluginError(
            f"Plugin {plugin.title} provides {cls.__name__} with device = {name!r}.",
            "use lower-case letters, digits and underscores, a letter first",
        )
    return name


def _clash(
    plugin: Plugin, hook: str, other: Plugin, first: Provided, cls: type[Any]
) -> PluginError:
    key = PROVIDERS[hook]
    if other is not plugin:
        return PluginError(
            f"Plugins {other.title} and {plugin.title} both provide {key} {first.name!r}.",
            "uninstall one of them, or rename one of the two",
        )
    if first.cls is cls:
        return PluginError(
            f"Plugin {plugin.title} lists {cls.__name__} twice in {hook}.", "list it once"
        )
    return PluginError(
        f"Plugin {plugin.title} gives {key} {first.name!r} to both {first.cls.__name__} and "
        f"{cls.__name__}.",
        "rename one of the two",
    )


def _watchers(manager: pluggy.PluginManager, hook: str) -> tuple[Watcher, ...]:
    found = getattr(manager.hook, hook).get_hookimpls()
    watchers = [Watcher(item.plugin_name, item.function, tuple(item.argnames)) for item in found]
    return tuple(sorted(watchers, key=lambda watcher: watcher.plugin))
