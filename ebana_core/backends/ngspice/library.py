"""Opens libngspice once per process and keeps everything that it prints.

ngspice reports nearly every failure as text while its return code stays 0.
"""

import itertools
import os
import re
import threading
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from ebana_core.arrays import Array
from ebana_core.backends.ngspice.finder import installed_library, interface, start
from ebana_core.backends.ngspice.messages import (
    check_locale,
    check_netlist,
    checked_command,
    decoded,
    is_refused,
    last_lines,
    load_complaints,
)
from ebana_core.backends.turns import turn
from ebana_core.errors import SimulatorError

HISTORY = 4000
"""Commands after which ngspice's memory of them, about 65 bytes each, is freed."""

_COMPLEX = 2
_LOADED = "List of circuits loaded"


class NgspiceLibrary:
    """The one instance of libngspice in this process; get it from `open_library`.

    Attributes:
        version: Version of ngspice, for example "39".
        lock: Held by whoever needs several commands in a row undisturbed.
        owner: Whose circuit is loaded and paused; None once anything else used the library.
        printed: What ngspice printed since this list was last cleared.
    """

    def __init__(self, name: str) -> None:
        self.lock = threading.RLock()
        self.owner: object | None = None
        self.printed: list[bytes] = []
        self._string = interface().string
        self._n_sent = 0
        self._alarm = False
        self._death: str | None = None
        self._interruption: BaseException | None = None
        self._c, self._callbacks = start(name, self._on_print, self._on_exit, self._on_error)
        banner = re.search(r"ngspice-(\S+)", " ".join(self.take()))
        self.version = banner.group(1) if banner else "unknown"

    def _on_print(self, line: Any, _identity: int, _data: Any) -> int:
        self.printed.append(self._string(line))
        return 0

    def _on_exit(self, status: int, *_flags: Any) -> int:
        self._die(f"asked to exit with status {status}")
        return 0

    def _on_error(self, _type: Any, error: BaseException, _traceback: Any) -> None:
        self._interruption, self._alarm = error, True

    def _die(self, reason: str) -> None:
        self._death = f"ngspice {reason}: {last_lines(self.take())}."
        self._alarm = True

    def send(self, command: bytes) -> None:
        """Run one command; judging `printed` is left to the caller, who holds `lock`.

        Args:
            command: At most `LONGEST_COMMAND` bytes, one line, not empty.

        Raises:
            SimulatorError: ngspice became unusable in this process.
        """
        self._n_sent += 1
        code = self._c.ngSpice_Command(command)
        if code or self._alarm or self._n_sent > HISTORY:
            self._after_call(code)

    def _after_call(self, code: int) -> None:
        if code and self._death is None:
            self._die(f"returned the code {code}")
        if self._alarm:
            self.owner = None
        interruption, self._interruption = self._interruption, None
        self._check_alive()
        if self._n_sent > HISTORY:
            self._n_sent = 0
            self._c.ngSpice_Command(interface().NULL)
        self._alarm = False
        if interruption is not None:
            raise interruption

    def _check_alive(self) -> None:
        if self._death is not None:
            raise SimulatorError(
                f"{self._death} It is unusable in this process from now on.",
                "correct the cause and start a new Python process",
            )

    def take(self) -> list[str]:
        """Return and forget what ngspice printed."""
        lines = decoded(self.printed)
        self.printed.clear()
        return lines

    def run(self, text: str) -> list[str]:
        """Run one ngspice command and return the lines that it printed, unjudged.

        Raises:
            SimulatorError: ngspice is unusable in this process.
        """
        self._check_alive()
        self.printed.clear()
        self.send(checked_command(text))
        return self.take()

    def command(self, text: str) -> list[str]:
        """Run one ngspice command and return the lines that it printed.

        A paused sweep does not outlive this: its owner loads its circuit again.

        Raises:
            SimulatorError: ngspice printed an error or a warning, or is unusable.
        """
        with self.lock:
            self.owner = None
            lines = self.run(text)
        if is_refused(lines):
            raise SimulatorError(
                f"ngspice refused the command {text!r}: {last_lines(lines)}.",
                "correct the command, or load the circuit it needs",
            )
        return lines

    def load(self, lines: Sequence[str]) -> None:
        """Replace whatever is loaded by one circuit; a refused one leaves no circuit at all.

        Args:
            lines: The netlist, its title first and ``.end`` last.

        Raises:
            CircuitError: The lines are not one netlist, or hold commands.
            SimulatorError: ngspice printed anything but notes, or is unusable.
        """
        check_netlist(lines)
        check_locale()
        with self.lock:
            self.unload()
            printed = self._send_lines(lines)
            complaints = load_complaints(printed)
            if not complaints and self._is_loaded():
                return
            self.unload()
        raise SimulatorError(
            f"ngspice refused the netlist {lines[0]!r}: {last_lines(complaints or printed)}.",
            "correct the line of the netlist that ngspice names",
        )

    def _send_lines(self, lines: Iterable[str]) -> list[str]:
        ffi = interface()
        # cffi frees what nobody holds, so the strings live until the call is over.
        held = [ffi.new("char[]", line.encode("ascii", "replace")) for line in lines]
        code = self._c.ngSpice_Circ(ffi.new("char *[]", [*held, ffi.NULL]))
        if code or self._alarm:
            self._after_call(code)
        return self.take()

    def unload(self) -> None:
        """Free every circuit and every result that ngspice holds."""
        with self.lock:
            self.owner = None
            self.run("destroy all")
            while self._is_loaded():
                self.run("remcirc")

    def _is_loaded(self) -> bool:
        return any(_LOADED in line for line in self.run("setcirc"))

    def current_plot(self) -> str:
        """Return the name of the newest set of results, for example "dc1"."""
        return str(interface().string(self._c.ngSpice_CurPlot()).decode("ascii"))

    def vector_names(self, plot: str) -> set[str]:
        """Return the names of the vectors of one set of results."""
        ffi = interface()
        names = self._c.ngSpice_AllVecs(plot.encode("ascii"))
        self.printed.clear()
        if names == ffi.NULL:
            return set()
        found = itertools.takewhile(
            lambda name: name != ffi.NULL, (names[k] for k in itertools.count())
        )
        return {ffi.string(name).decode("ascii") for name in found}

    def vector(self, plot: str, name: str) -> Array:
        """Return a view of one vector; it must be copied before the next command.

        Args:
            plot: As `current_plot` names it.
            name: A node, or ``"source#branch"`` for the current into its head.

        Raises:
            SimulatorError: The plot holds no such vector of real numbers.
        """
        ffi = interface()
        found = self._c.ngGet_Vec_Info(f"{plot}.{name}".encode("ascii"))
        self.printed.clear()
        # For names that the plot lacks ngspice answers with constants ("c", "e"): of no type.
        if found == ffi.NULL or found.v_type == 0 or found.v_flags & _COMPLEX:
            raise SimulatorError(
                f"ngspice has no result {name!r}, only {sorted(self.vector_names(plot))[:20]}.",
                "save a node that the netlist has",
            )
        data = ffi.buffer(found.v_realdata, 8 * found.v_length) if found.v_length else b""
        return np.frombuffer(data, dtype=np.float64)


_instance: NgspiceLibrary | None = None
_opening = turn()


def open_library() -> NgspiceLibrary:
    """Return this process's libngspice, opened on first use.

    A forked child goes on with its own copy. A fork waits for other threads to leave ngspice.

    Raises:
        MissingLibraryError: libngspice is not installed, or not where it was said to be.
    """
    global _instance
    with _opening:
        if _instance is None:
            _instance = NgspiceLibrary(installed_library())
            if hasattr(os, "register_at_fork"):
                lock = _instance.lock
                os.register_at_fork(
                    before=lock.acquire,
                    after_in_parent=lock.release,
                    after_in_child=lock.release,
                )
        return _instance
