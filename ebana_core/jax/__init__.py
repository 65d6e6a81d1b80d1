"""Circuits as functions of JAX; the extra ``[jax]`` brings it."""

from ebana_core.errors import MissingLibraryError

try:
    import jax  # noqa: F401 (whether it is there)
except ImportError as error:
    raise MissingLibraryError(
        "ebana_core.jax needs JAX, which is not installed.", "pip install ebana-core[jax]"
    ) from error

from ebana_core.jax.circuit import Circuit

__all__ = ["Circuit"]
