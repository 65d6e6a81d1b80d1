"""Whether code can be compiled with numba, which is imported only where some is needed."""

import functools
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec

from ebana_core.errors import MissingLibraryError
from ebana_core.user_warnings import warn


class BrokenLibraryWarning(UserWarning):
    """An optional library is installed and cannot be imported; what it does is done without it."""


@functools.cache
def why_no_numba() -> str:
    """Return why nothing can be compiled; empty: numba is there. The process remembers it.

    The first call imports numba, a third of a second: a look at what is installed does not tell
    whether it fits the other packages.
    """
    if find_spec("numba") is None:
        return "numba, which is not installed"
    try:
        import_module("numba")
    except Exception as error:  # whatever a stranger's package ends in while it is imported
        return f"numba, which is installed but fails: {type(error).__name__}: {error}"
    return ""


@functools.cache
def numba_works() -> bool:
    """Tell whether compiled kernels can be had; of a numba that fails, once per process, warn."""
    why = why_no_numba()
    if "installed but" in why:
        warn(
            f"Nothing is compiled, and NumPy computes all: that needs {why}. Install a numba that "
            "fits the NumPy at hand, or remove it.",
            BrokenLibraryWarning,
        )
    return not why


@contextmanager
def needing_numba() -> Iterator[None]:
    """Say of compiled code that is asked for and cannot be had what to install.

    Raises:
        MissingLibraryError: numba is not installed, or fails.
    """
    why = why_no_numba()
    if why:
        raise MissingLibraryError(
            f"Compiled kernels need {why}.",
            "pip install ebana-core[numba], or leave out `compiled`",
        )
    yield
