"""What is installed, by hook and name, and who provides each."""

import difflib
from collections.abc import Callable, Mapping
from typing import Any, final

import attrs

from ebana_core.errors import PluginError, UnknownDeviceError, UnknownNameError
from ebana_core.registry.kinds import PROVIDERS, Kind


@attrs.frozen
class Provided:
    """Something that a plugin provides.

    Args:
        hook: Through which hook.
        name: Registry key.
        thing: The class; of experiments and commands the object.
        plugin: Entry-point name of the plugin.
        distribution: Installed distribution; empty for a plugin that was handed in.
        version: Its version.
    """

    hook: str
    name: str
    thing: Any
    plugin: str
    distribution: str = ""
    version: str = ""

    @property
    def origin(self) -> str:
        """Who provides it: the distribution, or the plugin that was handed in."""
        return self.distribution or self.plugin


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
    """What is installed, by hook and name. Immutable.

    Args:
        provided: Providing hook to names, each with its one provider.
        watchers: Watching hook to those who implement it.
        plugins: Every plugin that is right.
        failures: Installed plugins that are not right, to what is wrong.
        contested: Providing hook and name, to the error of what two plugins provide.
        claims: All that plugins provide, those of one name too.
    """

    provided: Mapping[str, Mapping[str, Provided]]
    watchers: Mapping[str, tuple[Watcher, ...]] = attrs.field(factory=dict)
    plugins: tuple[ListedPlugin, ...] = ()
    failures: Mapping[str, PluginError] = attrs.field(factory=dict)
    contested: Mapping[tuple[str, str], PluginError] = attrs.field(factory=dict)
    claims: tuple[Provided, ...] = ()

    @property
    def devices(self) -> Mapping[str, Provided]:
        """Device name to provider."""
        return self.provided["ebana_devices"]

    @property
    def backends(self) -> Mapping[str, Provided]:
        """Backend name to provider."""
        return self.provided["ebana_backends"]

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
        """Return the layer class of a device; see `find`."""
        found: type[Any] = self.find("ebana_devices", name)
        return found

    def backend(self, name: str) -> type[Any]:
        """Return the class of a backend; see `find`."""
        found: type[Any] = self.find("ebana_backends", name)
        return found

    def find(self, hook: str, name: str) -> Any:
        """Return what plugins provide by a hook and a name.

        Raises:
            UnknownNameError: No plugin provides it; lists those that are there, and plugins
                that are not right. Of a device an `UnknownDeviceError`.
            PluginError: Two plugins provide it.
        """
        if (hook, name) in self.contested:
            raise self.contested[hook, name]
        known = self.provided[hook]
        if name not in known:
            error = UnknownDeviceError if hook == "ebana_devices" else UnknownNameError
            raise error(*_unknown(PROVIDERS[hook], name, known, self.failures))
        return known[name].thing

    def provider(self, hook: str, name: str, distribution: str) -> Provided | None:
        """Return what a distribution provides by a hook and a name; None: it does not.

        Where two plugins claim a name, files are read with the one that they were written with.
        """
        return next(
            (
                item
                for item in self.claims
                if (item.hook, item.name, item.distribution) == (hook, name, distribution)
            ),
            None,
        )

    def is_claimed(self, hook: str, name: str) -> bool:
        """Tell whether some plugin provides this, or several."""
        return name in self.provided[hook] or (hook, name) in self.contested

    def naming(self, cls: type[Any]) -> Provided | None:
        """Return the provider of a class, which files may then hold by name; None: nobody."""
        return next((item for item in self.claims if item.thing is cls), None)


def _unknown(
    kind: Kind, name: str, known: Mapping[str, Provided], failures: Mapping[str, PluginError]
) -> tuple[str, str]:
    plain = {own.lower(): own for own in known}
    guesses = difflib.get_close_matches(name.lower(), plain, n=1)
    advice = f"write {plain[guesses[0]]!r}, or install" if guesses else "install"
    problem = f"No {kind.word} {name!r}; known {kind.words}: {sorted(known)}."
    if failures:
        problem += f" Installed, but not right: {' '.join(e.problem for e in failures.values())}"
        advice += " or repair"
    return problem, f"{advice} the plugin that provides it"
