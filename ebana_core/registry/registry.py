"""What is installed, by name, and who provides it."""

import difflib
from collections.abc import Callable, Mapping
from typing import Any, final

import attrs

from ebana_core.errors import UnknownDeviceError, UnknownNameError


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
