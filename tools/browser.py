"""Where Chromium is, which tests open reports with."""

import shutil
from pathlib import Path

COMMANDS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ON_MACOS = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")


def executable():
    """Return the path of Chromium or Chrome, or None."""
    for command in COMMANDS:
        if shutil.which(command):
            return shutil.which(command)
    return str(ON_MACOS) if ON_MACOS.exists() else _of_playwright()


def _of_playwright():
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        return None
    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else None
