"""Finds libngspice, opens it once per process, and judges what it prints.

ngspice reports nearly every failure as text while its return code stays 0, so everything a
command prints is collected here and nothing it prints is dropped.
"""

import contextlib
import functools
import locale
import os
import re
import sys
import tempfile
import threading
from collections.abc import Iterable, Iterator, Sequence
from glob import glob
from pathlib import Path
from typing import Any

import numpy as np
from cffi import FFI  # type: ignore[import-untyped]  # cffi ships no types

from ebana_core.arrays import Array
from ebana_core.errors import MissingLibraryError, SimulatorError

_PATH_VARIABLE = "NGSPICE_LIBRARY_PATH"

_DECLARATIONS = """
typedef struct {
    char *v_name; int v_type; short v_flags; double *v_realdata; void *v_compdata; int v_length;
} vector_info;
int ngSpice_Init(int (*printed)(char *, int, void *), void *, int (*exited)(int, bool, bool, int, void *),
                 void *, void *, void *, void *);
int ngSpice_Command(char *command);
int ngSpice_Circ(char **lines);
vector_info *ngGet_Vec_Info(char *name);
char *ngSpice_CurPlot(void);
char **ngSpice_AllVecs(char *plot);
"""

_INSTALL = (
    "install it with 'apt-get install libngspice0' (Debian, Ubuntu), 'brew install libngspice' "
    "(macOS) or 'conda install -c conda-forge ngspice-lib', or set "
    f"{_PATH_VARIABLE} to the library file"
)
_NEW_PROCESS = "start a new Python process: ngspice cannot be opened twice in one"

_LONGEST_COMMAND = 1000  # bytes; ngspice copies commands into a buffer of 1024 without a check
_HISTORY = 4000  # commands that ngspice keeps (about 70 bytes each) before we free them
_HARMLESS_AT_LOAD = re.compile(rb"(Note|Circuit):|Using \w+( 1\.3)? as Direct Linear Solver|$")
_TROUBLE = re.compile(r"(?i)error|warning|aborted|not started|no such|too (few|many) args")
_FORBIDDEN = re.compile(r"(?im)^\s*(\.end(?!\S)|\.control\b|\*#|\*ng_script).*$|\0")


def find_library() -> str | None:
    """Return a path or loader name under which libngspice really opens, or None.

    Looks at the environment variable ``NGSPICE_LIBRARY_PATH``, beside the running Python
    environment, at the system loader, and at Homebrew, in this order.

    Raises:
        MissingLibraryError: ``NGSPICE_LIBRARY_PATH`` is set but does not open.
    """
    named = os.environ.get(_PATH_VARIABLE)
    if not named:
        return next((name for name in _candidates() if _why_not(name) is None), None)
    reason = _why_not(named)
    if reason is not None:
        raise MissingLibraryError(
            f"{_PATH_VARIABLE} is {named!r}, which does not open: {reason}.",
            f"correct or unset {_PATH_VARIABLE}",
        )
    return named


def _candidates() -> Iterator[str]:
    prefix = Path(sys.prefix)
    patterns = [prefix / "lib" / "libngspice*", prefix / "libngspice" / "**" / "libngspice.so*"]
    homebrew = [Path(place) / "libngspice*" for place in ("/opt/homebrew/lib", "/usr/local/lib")]
    yield from _files(patterns)
    yield from ("libngspice.so.0", "libngspice.so", "libngspice.dylib")
    yield from _files(homebrew)


def _files(patterns: Iterable[Path]) -> Iterator[str]:
    for pattern in patterns:
        yield from sorted(glob(str(pattern), recursive=True))


def _why_not(name: str) -> str | None:
    try:
        _ffi().dlopen(name).ngSpice_Circ
    except (OSError, AttributeError) as error:
        return str(error)
    return None


@functools.cache
def _ffi() -> Any:
    ffi = FFI()
    ffi.cdef(_DECLARATIONS)
    return ffi


@contextlib.contextmanager
def _folder_without_startup_commands() -> Iterator[None]:
    """Hide ``.spiceinit`` files, whose commands (shell too) ngspice obeys when it starts."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, ".spiceinit").write_text("* empty: also keeps the one at home unread\n")
        with contextlib.chdir(folder):
            yield


class NgspiceLibrary:
    """The one instance of libngspice in this process; get it from `open_library`.

    Args:
        name: Path or loader name of the library.

    Attributes:
        lock: Held by whoever needs several commands in a row undisturbed.
        owner: Whoever's circuit is loaded and paused; None as soon as anyone else interferes.
        printed: Lines printed since the list was last cleared, as ngspice sends them.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.lock = threading.RLock()
        self.owner: object | None = None
        self.printed: list[bytes] = []
        self._failure: BaseException | None = None
        self._n_sent = 0
        self._c = _ffi().dlopen(name)
        self._callbacks = self._start()
        banner = self._take()
        version = re.search(r"ngspice-(\S+)", " ".join(banner))
        self.version = version.group(1) if version else "unknown"
        if hasattr(os, "register_at_fork"):
            # A child goes on with its copy, but only if no other thread is inside ngspice.
            lock = self.lock
            os.register_at_fork(
                before=lock.acquire, after_in_parent=lock.release, after_in_child=lock.release
            )

    def _start(self) -> tuple[Any, Any]:
        ffi, none = _ffi(), _ffi().NULL
        on_error = self._keep_exception
        printed = ffi.callback("int(char *, int, void *)", self._on_print, onerror=on_error)
        exited = ffi.callback(
            "int(int, bool, bool, int, void *)", self._on_exit, onerror=on_error
        )
        with _folder_without_startup_commands():
            self._c.ngSpice_Init(printed, none, exited, none, none, none, none)
        return printed, exited

    def _on_print(self, text: Any, _identity: int, _data: Any) -> int:
        self.printed.append(_ffi().string(text))
        return 0

    def _on_exit(self, status: int, *_flags: Any) -> int:
        self._die(f"ngspice asked to exit with status {status}")
        return 0

    def _keep_exception(self, _type: Any, error: BaseException, _traceback: Any) -> None:
        self._failure = self._failure or error

    def _die(self, reason: str) -> None:
        lines = last_lines(decode(self.printed))
        self._failure = SimulatorError(
            f"{reason} and is unusable in this process; its last lines: {lines}.", _NEW_PROCESS
        )

    def send(self, command: bytes) -> None:
        """Run one command and leave judging `printed` to the caller, who holds `lock`.

        Raises:
            SimulatorError: ngspice became unusable in this process.
        """
        self._n_sent += 1
        code = self._c.ngSpice_Command(command)
        if code or self._failure is not None or self._n_sent > _HISTORY:
            self._after_call(code)

    def _after_call(self, code: int) -> None:
        if self._n_sent > _HISTORY:
            self._n_sent = 0
            self._c.ngSpice_Command(_ffi().NULL)
        if code and self._failure is None:
            self._die(f"ngspice returned the code {code}")
        failure = self._failure
        if failure is None:
            return
        self.owner = None
        if not isinstance(failure, SimulatorError):
            self._failure = None  # raised by Python inside a callback (Ctrl-C): not ngspice's
        raise failure

    def _take(self) -> list[str]:
        lines = decode(self.printed)
        self.printed.clear()
        return lines

    def _run(self, text: str) -> list[str]:
        self._check_alive()
        command = text.encode("ascii", "replace")
        if not 0 < len(command) <= _LONGEST_COMMAND or b"\n" in command or b"\0" in command:
            raise SimulatorError(
                f"{text[:60]!r} is not one ngspice command.",
                f"send one line of 1 to {_LONGEST_COMMAND} characters",
            )
        self.printed.clear()
        self.send(command)
        return self._take()

    def _check_alive(self) -> None:
        if self._failure is not None:
            raise self._failure
        if locale.localeconv()["decimal_point"] != ".":
            raise SimulatorError(
                "The locale writes numbers with another decimal point than ngspice reads.",
                'call locale.setlocale(locale.LC_NUMERIC, "C") first',
            )

    def command(self, text: str) -> list[str]:
        """Run one ngspice command and return the lines it printed.

        A paused sweep does not survive this: its owner loads its circuit again.

        Raises:
            SimulatorError: ngspice printed an error or a warning, or is unusable.
        """
        with self.lock:
            self.owner = None
            lines = self._run(text)
        if any(_TROUBLE.search(line) for line in lines):
            raise SimulatorError(
                f"ngspice refused the command {text!r}: {last_lines(lines)}.",
                "correct the command",
            )
        return lines
