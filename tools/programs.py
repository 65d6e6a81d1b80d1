"""Provides what tests need beside Python packages: libngspice, the program ngspice, Chromium.

Each is found, or installed, or its absence is explained; nothing here fails.

Usage: .venv/bin/python tools/programs.py [ngspice]    (the library alone, which a notebook needs)
"""

import shutil
import sys

from bootstrap import ENVIRONMENT
from browser import executable
from system import apt_install, succeeds, unpacked

NO_NGSPICE = """
*** libngspice is missing: its tests will be SKIPPED. ***
    apt-get install libngspice0 | brew install libngspice | conda install -c conda-forge ngspice-lib
"""
NO_PROGRAM = """
*** The program ngspice is missing: the test that runs a netlist with it will be SKIPPED. ***
    apt-get install ngspice | brew install ngspice | conda install -c conda-forge ngspice
"""
NO_CHROMIUM = """
*** Chromium is missing: the tests of reports will be SKIPPED. ***
    apt-get install chromium | brew install --cask google-chrome | playwright install chromium
"""


def has_ngspice():
    """Tell whether the environment finds libngspice."""
    question = (
        "import sys; from ebana_core.backends.ngspice.finder import find_library; "
        "sys.exit(find_library() is None)"
    )
    return succeeds(ENVIRONMENT / "bin" / "python", "-c", question)


NGSPICE = (
    lambda: unpacked(["libngspice0", "libgomp1", "libfftw3-double3"], ENVIRONMENT / "libngspice"),
    lambda: apt_install("libngspice0"),
    lambda: shutil.which("brew") and succeeds("brew", "install", "libngspice"),
    lambda: (
        shutil.which("conda")
        and succeeds("conda", "install", "-y", "-c", "conda-forge", "ngspice-lib")
    ),
)
PROGRAM = (
    lambda: apt_install("ngspice"),
    lambda: shutil.which("brew") and succeeds("brew", "install", "ngspice"),
)
CHROMIUM = (
    lambda: apt_install("chromium"),
    lambda: succeeds(sys.executable, "-m", "playwright", "install", "chromium"),
)


def provide(is_there, ways, missing):
    """Try ways to install a program until it is there; say what to do where none works."""
    if not is_there() and not any(way() and is_there() for way in ways):
        print(missing, flush=True)


if __name__ == "__main__":
    provide(has_ngspice, NGSPICE, NO_NGSPICE)
    if "ngspice" not in sys.argv[1:]:
        provide(lambda: shutil.which("ngspice"), PROGRAM, NO_PROGRAM)
        provide(executable, CHROMIUM, NO_CHROMIUM)
