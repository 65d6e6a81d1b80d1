"""What all tests share: a missing program is skipped loudly, and an error under CI."""

import os
import shutil

import pytest

from tools import browser


def _ngspice() -> object:
    from ebana_core.backends.ngspice.library import find_library

    return find_library()


NEEDS = {
    "ngspice": (_ngspice, "libngspice is not installed; run `ebana doctor` for what to install"),
    "program": (
        lambda: shutil.which("ngspice"),
        "the program ngspice is not installed; run `python tools/programs.py`",
    ),
    "browser": (
        lambda: browser.executable(),
        "Chromium is not installed; run `python tools/programs.py`",
    ),
}
"""Mark to what finds the program it needs, and what to say without it."""


@pytest.fixture(autouse=True)
def _need_programs(request: pytest.FixtureRequest) -> None:
    for mark, (find, message) in NEEDS.items():
        if request.node.get_closest_marker(mark) is None or find() is not None:
            continue
        if os.environ.get("CI", "").lower() in ("1", "true"):
            pytest.fail(message)
        pytest.skip(message)
