"""The whole contract of a plugin: hooks that provide classes and hooks that watch runs.

A plugin is a module behind an entry point of group ``ebana``; its functions marked with
`hookimpl` are found by name. Plugins are code: installing one is trusting it.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pluggy

if TYPE_CHECKING:
    from ebana_core.backends import Backend
    from ebana_core.layers import Layer

GROUP = "ebana"
"""Entry-point group, and the project name of the hooks."""

hookspec = pluggy.HookspecMarker(GROUP)
hookimpl = pluggy.HookimplMarker(GROUP)


@hookspec
def ebana_devices() -> "Sequence[type[Layer]]":
    """Provide layer classes, each with a `device` name that no other plugin uses.

    Called once per registry. An exception stops loading and names the plugin.
    """
    raise NotImplementedError


@hookspec
def ebana_backends() -> "Sequence[type[Backend]]":
    """Provide backend classes, each with a `name` that no other plugin uses.

    Called once per registry. An exception stops loading and names the plugin.
    """
    raise NotImplementedError
