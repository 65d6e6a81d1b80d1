"""Programs as other systems would run them: modules that these lack cannot be imported."""

import subprocess
import sys

from tests.support.project import ROOT

WITHOUT = """
import sys
for name in {names!r}:
    sys.modules[name] = None
"""

WINDOWS = """
import fcntl as _fcntl, multiprocessing, subprocess, types  # which ask for `msvcrt` themselves

class Locks(types.ModuleType):
    '''Locks one byte from where the file stands, as ``msvcrt.locking`` of Windows does.'''

    LK_NBLCK, LK_UNLCK = 2, 0

    def locking(self, number, mode, n_bytes):
        kind = _fcntl.LOCK_UN if mode == self.LK_UNLCK else _fcntl.LOCK_EX | _fcntl.LOCK_NB
        _fcntl.lockf(number, kind, n_bytes, 0, 1)

import pathlib
_replace = pathlib.Path.replace

def replace(self, target):
    '''Refuse to move a file that is open here, as Windows does.'''
    import glob, os
    for number in glob.glob("/proc/self/fd/*"):
        try:
            if os.path.samefile(number, self):
                raise PermissionError(13, "The process cannot access the file", str(self))
        except FileNotFoundError:
            continue
    return _replace(self, target)

pathlib.Path.replace = replace
import sys
sys.modules["msvcrt"] = Locks("msvcrt")
""" + WITHOUT.format(names=("fcntl", "numba", "resource"))
"""Windows, as far as a run file meets it, and without numba, which takes its time to load."""

BROWSER = (
    WITHOUT.format(
        names=(
            *("PySpice", "_multiprocessing", "cffi", "fcntl", "h5py", "msvcrt", "numba"),
            *("resource", "ssl", "typer"),
        )
    )
    + """
import os, subprocess, sysconfig, threading

sysconfig.get_config_vars()  # a file that is named after the system

def refuse(*args, **kwargs):
    raise OSError(138, "emscripten does not support processes.")

def start(self):
    raise RuntimeError("can't start new thread")

subprocess.Popen.__init__ = os.fork = refuse
threading.Thread.start = start
del os.sched_getaffinity, os.get_terminal_size
sys.platform = "emscripten"
"""
)
"""Python in a browser, and of compiled libraries no more than NumPy and SciPy.

What it lacks was read off Pyodide 0.28.3 in Node.
"""


def started(system: str, program: str) -> "subprocess.Popen[str]":
    """Start a program as on a system, its lines to be read while it runs."""
    return subprocess.Popen(
        [sys.executable, "-c", system + program], stdout=subprocess.PIPE, text=True, cwd=ROOT
    )


def printed(system: str, program: str) -> list[str]:
    """Return the lines that a program prints on a system."""
    done = subprocess.run(
        [sys.executable, "-c", system + program],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()
