"""The registry: which devices and backends are installed, and who provides each."""

import difflib
from collections.abc import Callable, Iterable, Mapping
from importlib.metadata import EntryPoint, entry_points
from types import MappingProxyType, ModuleType
from typing import Any, final

import attrs
import pluggy

from ebana_core import hookspecs
from ebana_core.errors import PluginError, UnknownDeviceError, UnknownNameError

PROVIDERS = MappingProxyType(
    {"ebana_devices": "device", "ebana_backends": "name", "ebana_settings": "__name__"}
)
"""Hook to the attribute that names what it provides."""

WATCHERS = ("ebana_run_started", "ebana_epoch_finished")
"""Hooks that watch a fit."""


@attrs.frozen
class Provided:
    """A class that a plugin provides.

    Args:
        name: Registry key.
        cls: The class.
        plugin: Entry-point name of the plugin.
        distribution: Installed distribution; empty for a plugin that was handed in.
        version: Its version.
    """

    name: str
    cls: type[Any]
    plugin: str
    distribution: str = ""
    version: str = ""


@attrs.frozen
class Watcher:
    """A plugin's implementation of a watching hook, and the arguments it wants."""

    plugin: str
    function: Callable[..., None]
    arguments: tuple[str, ...]


@final
@attrs.frozen
class Registry:
    """What is installed, by name. Immutable.

    Args:
        devices: Device name to provider.
        backends: Backend name to provider.
        settings: Name of a class that files may hold to its provider.
        watchers: Watching hook to those who implement it.
    """

    devices: Mapping[str, Provided]
    backends: Mapping[str, Provided]
    settings: Mapping[str, Provided] = attrs.field(factory=dict)
    watchers: Mapping[str, tuple[Watcher, ...]] = attrs.field(factory=dict)

    def tell(self, hook: str, **arguments: Any) -> None:
        """Call a watching hook of every plugin, in the order of their names.

        An exception passes through, with the plugin's name added.
        """
        for watcher in self.watchers.get(hook, ()):
            try:
                watcher.function(**{name: arguments[name] for name in watcher.arguments})
            except Exception as error:
                error.add_note(f"in {hook} of plugin {watcher.plugin!r}")
                raise

    def device(self, name: str) -> type[Any]:
        """Return the layer class of a device.

        Raises:
            UnknownDeviceError: No plugin provides it; lists those that are there.
        """
        if name not in self.devices:
            raise UnknownDeviceError(*_unknown("device", name, self.devices))
        return self.devices[name].cls

    def backend(self, name: str) -> type[Any]:
        """Return the class of a backend.

        Raises:
            UnknownNameError: No plugin provides it; lists those that are there.
        """
        if name not in self.backends:
            raise UnknownNameError(*_unknown("backend", name, self.backends))
        return self.backends[name].cls


def _unknown(kind: str, name: str, known: Mapping[str, Provided]) -> tuple[str, str]:
    guesses = difflib.get_close_matches(name, known, n=1)
    advice = f"write {guesses[0]!r}, or install" if guesses else "install"
    return (
        f"No {kind} {name!r}; known {kind}s: {sorted(known)}.",
        f"{advice} the plugin that provides it",
    )


def load_registry(plugins: Mapping[str, object] | None = None) -> Registry:
    """Load every installed plugin and ask it what it provides.

    Args:
        plugins: Plugin name to module or object, in place of the installed ones.

    Raises:
        PluginError: A plugin cannot be imported, misspells a hook, provides what is no class
            with a name, or claims a name that another plugin has; names the plugins.
    """
    manager = pluggy.PluginManager(hookspecs.GROUP)
    manager.add_hookspecs(hookspecs)
    owners: dict[str, EntryPoint | None] = {}
    for name, plugin, entry in _found(plugins):
        if name in owners:
            raise PluginError(
                f"Two plugins are named {name!r}: {_title(name, owners[name])} and "
                f"{_title(name, entry)}.",
                "uninstall one of them",
            )
        owners[name] = entry
        manager.register(plugin, name)
    _check_spelling(manager, owners)
    provided = {hook: _collect(manager, hook, key, owners) for hook, key in PROVIDERS.items()}
    watchers = {hook: _watchers(manager, hook) for hook in WATCHERS}
    return Registry(
        provided["ebana_devices"],
        provided["ebana_backends"],
        provided["ebana_settings"],
        MappingProxyType(watchers),
    )


def _found(
    plugins: Mapping[str, object] | None,
) -> Iterable[tuple[str, object, EntryPoint | None]]:
    if plugins is not None:
        for name, plugin in sorted(plugins.items()):
            yield name, plugin, None
        return
    installed = entry_points(group=hookspecs.GROUP)
    for entry in sorted(installed, key=lambda item: (item.name, item.value)):
        yield entry.name, _imported(entry), entry


def _imported(entry: EntryPoint) -> ModuleType:
    try:
        module: ModuleType = entry.load()
    except Exception as error:  # whatever a stranger's import raises
        raise PluginError(
            f"Plugin {_title(entry.name, entry)} cannot be imported: "
            f"{type(error).__name__}: {error}.",
            "repair, update or uninstall it",
        ) from error
    return module


def _title(name: str, entry: EntryPoint | None) -> str:
    distribution = entry.dist if entry is not None else None
    if distribution is None:
        return repr(name)
    return f"{name!r} ({distribution.name} {distribution.version})"


def _check_spelling(manager: pluggy.PluginManager, owners: Mapping[str, EntryPoint | None]) -> None:
    known = [name for name in vars(hookspecs) if name.startswith("ebana_")]
    for name, plugin in manager.list_name_plugin():
        for caller in manager.get_hookcallers(plugin) or []:
            if caller.name not in known:
                guesses = difflib.get_close_matches(caller.name, known, n=1) or known
                raise PluginError(
                    f"Plugin {_title(name, owners[name])} implements hook {caller.name!r}, which "
                    "does not exist.",
                    f"write {guesses[0]!r}",
                )


def _collect(
    manager: pluggy.PluginManager, hook: str, key: str, owners: Mapping[str, EntryPoint | None]
) -> Mapping[str, Provided]:
    found: dict[str, Provided] = {}
    for implementation in getattr(manager.hook, hook).get_hookimpls():
        plugin = implementation.plugin_name
        entry = owners[plugin]
        for cls in implementation.function():
            name = getattr(cls, key, None)
            if not (isinstance(cls, type) and isinstance(name, str) and name):
                raise PluginError(
                    f"Plugin {_title(plugin, entry)} provides {cls!r} in {hook}, which is no class "
                    f"with a {key!r}.",
                    f"return classes that have {key} = '...'",
                )
            if name in found:
                other = found[name].plugin
                raise PluginError(
                    f"Plugins {_title(other, owners[other])} and {_title(plugin, entry)} both "
                    f"provide {key} {name!r}.",
                    "uninstall one of them, or rename one of the two",
                )
            distribution = entry.dist if entry is not None else None
            found[name] = Provided(
                name,
                cls,
                plugin,
                distribution.name if distribution else "",
                distribution.version if distribution else "",
            )
    return MappingProxyType(dict(sorted(found.items())))


def _watchers(manager: pluggy.PluginManager, hook: str) -> tuple[Watcher, ...]:
    found = getattr(manager.hook, hook).get_hookimpls()
    watchers = [Watcher(item.plugin_name, item.function, tuple(item.argnames)) for item in found]
    return tuple(sorted(watchers, key=lambda watcher: watcher.plugin))
