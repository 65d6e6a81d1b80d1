"""Chromium with an empty profile."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tools.browser import executable

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
QUIET = "ignore:.*:DeprecationWarning"


@contextmanager
def chromium(profile: Path, *, is_offline: bool) -> Iterator[Any]:
    """Open a browser of 1280 x 900.

    Args:
        profile: A folder that is not there yet.
        is_offline: Whether it has no network.
    """
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            profile,
            executable_path=executable(),
            headless=True,
            args=list(FLAGS),
            offline=is_offline,
            viewport={"width": 1280, "height": 900},
        )
        yield context
        context.close()
