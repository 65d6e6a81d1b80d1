"""The backends of the core by name."""

from ebana_core.backends.backend import Backend
from ebana_core.backends.native import NativeBackend
from ebana_core.backends.ngspice import NgspiceBackend
from ebana_core.errors import ParameterError, UnknownNameError


def find_backend(backend: str | Backend) -> Backend:
    """Return a backend given by name or as an instance.

    Raises:
        UnknownNameError: No backend has this name; lists them.
        ParameterError: Neither a name nor a backend.
    """
    if isinstance(backend, Backend):
        return backend
    known: dict[str, type[Backend]] = {b.name: b for b in (NativeBackend, NgspiceBackend)}
    if not isinstance(backend, str):
        raise ParameterError(
            f"backend is {backend!r}.", f"give one of {sorted(known)} or a Backend"
        )
    if backend not in known:
        raise UnknownNameError(
            f"No backend {backend!r}; known backends: {sorted(known)}.",
            "use one of these names",
        )
    return known[backend]()
