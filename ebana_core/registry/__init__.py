"""The registry: which devices and backends are installed, and who provides each."""

from ebana_core.registry.loading import PROVIDERS, WATCHERS, load_registry
from ebana_core.registry.registry import ListedPlugin, Provided, Registry, Watcher

__all__ = [
    "PROVIDERS",
    "WATCHERS",
    "ListedPlugin",
    "Provided",
    "Registry",
    "Watcher",
    "load_registry",
]
