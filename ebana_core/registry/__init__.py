"""The registry: what is installed, and who provides each."""

from ebana_core.registry.kinds import PROVIDERS
from ebana_core.registry.loading import WATCHERS, load_registry
from ebana_core.registry.plugins import OWN
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
    "load_registry",
    "made",
]
