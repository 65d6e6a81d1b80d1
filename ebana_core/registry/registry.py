"""The installed devices, backends and hooks by name, and who provides each."""

import difflib
from collections.abc import Callable, Mapping
from typing import Any, final

import attrs

from ebana_core.errors import PluginError, UnknownDeviceError, UnknownNameError


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
    function: Callable[..., object]
    arguments: tuple[str, ...]


@attrs.frozen
class ListedPlugin:
    """A plugin as users see it.

    Args:
        name: Of its entry point.
        distribution: Installed distribution; empty for a plugin that was handed in.
        version: Its version.
        provides: Providing hook to the names of what it provides.
        watches: Watching hooks that it implements.
    """

    name: str
    distribution: str
    version: str
    provides: Mapping[str, tuple[str, ...]]
    watches: tuple[str, ...]


@final
@attrs.frozen
class Registry:
    """The installed devices and backends by name. Immutable.

    Args:
        devices: Device name to provider.
        backends: Backend name to provider.
        settings: Name of a class that files may hold to its provider.
        watchers: Watching hook to those who implement it.
        plugins: Every plugin that is right.
        failures: Installed plugins that are not right, to what is wrong.
        contested: Providing hook and name, to the error of what two plugins provide.
        claims: Every device that a plugin provides, those of one name too.
    """

    devices: Mapping[str, Provided]
    backends: Mapping[str, Provided]
    settings: Mapping[str, Provided] = attrs.field(factory=dict)
    watchers: Mapping[str, tuple[Watcher, ...]] = attrs.field(factory=dict)
    plugins: tuple[ListedPlugin, ...] = ()
    failures: Mapping[str, PluginError] = attrs.field(factory=dict)
    contested: Mapping[tuple[str, str], PluginError] = attrs.field(factory=dict)
    claims: tuple[Provided, ...] = ()

    @property
    def errors(self) -> tuple[PluginError, ...]:
        """Errors of the installed plugins."""
        return *self.failures.values(), *self.contested.values()

    def tell(self, hook: str, **arguments: Any) -> None:
        """Call a watching hook of every plugin, in the order of their names.

        An exception passes through, with the plugin's name added; a hook that wants to end the
        process is refused.

        Raises:
            PluginError: A hook calls for an exit.
        """
        for watcher in self.watchers.get(hook, ()):
            try:
                watcher.function(**{name: arguments[name] for name in watcher.arguments})
            except Exception as error:
                error.add_note(f"in {hook} of plugin {watcher.plugin!r}")
                raise
            except SystemExit as error:
                raise PluginError(
                    f"{hook} of plugin {watcher.plugin!r} exits with {error.code!r}.",
                    "repair, update or uninstall it: a hook that watches raises what is wrong",
                ) from error

    def device(self, name: str) -> type[Any]:
        """Return the layer class of a device.

        Raises:
            UnknownDeviceError: No plugin provides it; lists those that are there, and plugins
                that are not right.
            PluginError: Two plugins provide it.
        """
        self._check_owner("ebana_devices", name)
        if name not in self.devices:
            raise UnknownDeviceError(*_unknown("device", name, self.devices, self.failures))
        return self.devices[name].cls

    def provider(self, name: str, suits: Callable[[Provided], bool]) -> Provided | None:
        """Return the first provider of a device that passes a test; None: there is none."""
        return next((item for item in self.claims if item.name == name and suits(item)), None)

    def backend(self, name: str) -> type[Any]:
        """Return the class of a backend.

        Raises:
            UnknownNameError: No plugin provides it; lists those that are there, and plugins
                that are not right.
            PluginError: Two plugins provide it.
        """
        self._check_owner("ebana_backends", name)
        if name not in self.backends:
            raise UnknownNameError(*_unknown("backend", name, self.backends, self.failures))
        return self.backends[name].cls

    def _check_owner(self, hook: str, name: str) -> None:
        if (hook, name) in self.contested:
            raise self.contested[hook, name]


def _unknown(
    kind: str, name: str, known: Mapping[str, Provided], failures: Mapping[str, PluginError]
) -> tuple[str, str]:
    guesses = difflib.get_close_matches(name, known, n=1)
    advice = f"write {guesses[0]!r}, or install" if guesses else "install"
    problem = f"No {kind} {name!r}; known {kind}s: {sorted(known)}."
    if failures:
        problem += f" Installed, but not right: {' '.join(e.problem for e in failures.values())}"
        advice += " or repair"
    return problem, f"{advice} the plugin that provides it"
