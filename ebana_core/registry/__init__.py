"""The registry: what is installed, and who provides each."""

from typing import TYPE_CHECKING

from ebana_core.later import door

if TYPE_CHECKING:
    from ebana_core.registry.kinds import PROVIDERS
    from ebana_core.registry.loading import WATCHERS, load_registry
    from ebana_core.registry.plugins import OWN, distribution_of
    from ebana_core.registry.registry import ListedPlugin, Provided, Registry, Watcher
    from ebana_core.registry.words import made

__all__ = [
    "OWN",
    "PROVIDERS",
    "WATCHERS",
    "ListedPlugin",
    "Provided",
    "Registry",
    "Watcher",
    "distribution_of",
    "load_registry",
    "made",
]

__getattr__, __dir__ = door(
    __name__,
    {
        "OWN": "ebana_core.registry.plugins",
        "distribution_of": "ebana_core.registry.plugins",
        "PROVIDERS": "ebana_core.registry.kinds",
        "WATCHERS": "ebana_core.registry.loading",
        "ListedPlugin": "ebana_core.registry.registry",
        "Provided": "ebana_core.registry.registry",
        "Registry": "ebana_core.registry.registry",
        "Watcher": "ebana_core.registry.registry",
        "load_registry": "ebana_core.registry.loading",
        "made": "ebana_core.registry.words",
    },
)
