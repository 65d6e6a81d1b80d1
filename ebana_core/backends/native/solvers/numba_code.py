"""Whether code can be compiled with numba, which is imported only where some is needed."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec

from ebana_core.errors import MissingLibraryError


def numba_is_installed() -> bool:
    """Tell whether compiled kernels can be had."""
    return find_spec("numba") is not None


@contextmanager
def needing_numba() -> Iterator[None]:
    """Say of an import of compiled code that fails what to install.

    Raises:
        MissingLibraryError: numba is not installed.
    """
    try:
        yield
    except ImportError as error:
        raise MissingLibraryError(
            "Compiled kernels need numba, which is not installed.",
            "pip install ebana-core[numba], or leave out `compiled`",
        ) from error
