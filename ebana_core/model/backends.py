"""Backends by name: those of the core at once, those of plugins through the registry."""

from ebana_core.backends import Backend, NativeBackend, NgspiceBackend
from ebana_core.errors import ParameterError
from ebana_core.registry import load_registry


def find_backend(backend: str | Backend) -> Backend:
    """Return a backend given by name or as an instance.

    Raises:
        UnknownNameError: No backend has this name; lists those that are installed.
        ParameterError: Neither a name nor a backend.
    """
    if isinstance(backend, Backend):
        return backend
    if not isinstance(backend, str):
        raise ParameterError(
            f"backend is {backend!r}.", "give a name such as 'native', or a Backend"
        )
    # A plugin that does not import must not keep the core's own solvers from running.
    for own in (NativeBackend, NgspiceBackend):
        if backend == own.name:
            return own()
    found: Backend = load_registry().backend(backend)()
    return found
