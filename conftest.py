"""What all tests share: a missing simulator is skipped loudly, and an error under CI."""

import os

import pytest


@pytest.fixture(autouse=True)
def _need_ngspice(request: pytest.FixtureRequest) -> None:
    if request.node.get_closest_marker("ngspice") is None:
        return
    from ebana_core.backends.ngspice.library import find_library

    if find_library() is None:
        message = "libngspice is not installed; run `ebana doctor` for what to install"
        if os.environ.get("CI", "").lower() in ("1", "true"):
            pytest.fail(message)
        pytest.skip(message)
