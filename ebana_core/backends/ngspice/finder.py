"""Finds the shared library of ngspice on this machine, and starts it."""

import contextlib
import functools
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from glob import glob
from pathlib import Path
from typing import Any

from ebana_core.errors import MissingLibraryError
from ebana_core.later import Library

PATH_VARIABLE = "NGSPICE_LIBRARY_PATH"

LOADER_NAMES = ("libngspice.so.0", "libngspice.so", "libngspice.dylib", "ngspice.dll")

HOMEBREW = (Path("/opt/homebrew/lib"), Path("/usr/local/lib"))

DECLARATIONS = """
typedef struct {
    char *v_name;
    int v_type;
    short v_flags;
    double *v_realdata;
    void *v_compdata;
    int v_length;
} vector_info;
typedef int printed_t(char *line, int identity, void *data);
typedef int exited_t(int status, bool at_once, bool on_quit, int identity, void *data);
int ngSpice_Init(printed_t *, void *, exited_t *, void *, void *, void *, void *);
int ngSpice_Command(char *command);
int ngSpice_Circ(char **lines);
vector_info *ngGet_Vec_Info(char *name);
char *ngSpice_CurPlot(void);
char **ngSpice_AllVecs(char *plot);
"""
"""The part of ngspice's sharedspice.h that EBANA calls; Source: ngspice manual, chapter 19."""


@functools.cache
def interface() -> Any:
    """Return the cffi object that knows ngspice's declarations, made on first use."""
    ffi = Library("cffi").FFI()
    ffi.cdef(DECLARATIONS)
    return ffi


def find_library() -> str | None:
    """Return a path or loader name under which libngspice really opens, or None.

    Looks at the environment variable ``NGSPICE_LIBRARY_PATH``, inside the running Python
    environment, at the system's loader, and at Homebrew, in this order.

    Raises:
        MissingLibraryError: ``NGSPICE_LIBRARY_PATH`` is set but does not open.
    """
    named = os.environ.get(PATH_VARIABLE)
    if not named:
        return next((name for name in _candidates() if _why_not(name) is None), None)
    reason = _why_not(named)
    if reason is not None:
        raise MissingLibraryError(
            f"{PATH_VARIABLE} is {named!r}, which does not open as libngspice: {reason}.",
            f"set {PATH_VARIABLE} to the library file, or unset it to search the usual places",
        )
    return named


def installed_library() -> str:
    """Return what `find_library` finds.

    Raises:
        MissingLibraryError: There is none, or it is not where it was said to be.
    """
    name = find_library()
    if name is None:
        raise MissingLibraryError(
            "libngspice, which simulates circuits, is not installed.",
            "run 'apt-get install libngspice0' (Debian, Ubuntu), 'brew install libngspice' "
            "(macOS) or 'conda install -c conda-forge ngspice-lib', or set "
            f"{PATH_VARIABLE} to the library file",
        )
    return name


def _candidates() -> Iterator[str]:
    prefix = Path(sys.prefix)
    yield from _files(prefix / "lib" / "libngspice*")
    yield from _files(prefix / "libngspice" / "**" / "libngspice.so*")
    yield from _files(prefix / "Library" / "bin" / "*ngspice*.dll")  # conda on Windows
    yield from _files(prefix / "libngspice" / "**" / "*ngspice*.dll")
    yield from LOADER_NAMES
    for folder in HOMEBREW:
        yield from _files(folder / "libngspice*")


def _files(pattern: Path) -> list[str]:
    return sorted(glob(str(pattern), recursive=True))


def _why_not(name: str) -> str | None:
    try:
        library = interface().dlopen(name)
        library.ngSpice_Circ  # noqa: B018  # reading it is the test: other libraries lack it
    except (OSError, AttributeError) as error:
        return str(error)
    return None


def start(
    name: str,
    on_print: Callable[..., int],
    on_exit: Callable[..., int],
    on_error: Callable[..., None],
) -> tuple[Any, Any]:
    """Open and start ngspice.

    Args:
        name: As `find_library` returns it.
        on_print: Called with each line, its stream in front.
        on_exit: Called with the exit status when ngspice gives up.
        on_error: Called with an exception that one of the other two raises.

    Returns:
        The library, and what must be kept as long as it is used.
    """
    ffi = interface()
    library, none = ffi.dlopen(name), ffi.NULL
    printed = ffi.callback("printed_t", on_print, onerror=on_error)
    exited = ffi.callback("exited_t", on_exit, onerror=on_error)
    with _no_startup_commands():
        library.ngSpice_Init(printed, none, exited, none, none, none, none)
    return library, (printed, exited)


@contextlib.contextmanager
def _no_startup_commands() -> Iterator[None]:
    """Hide ``.spiceinit`` files, which ngspice obeys when it starts: they can run a shell."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, ".spiceinit").write_text("* Found first, so the one at home is not read.\n")
        with contextlib.chdir(folder):
            yield
