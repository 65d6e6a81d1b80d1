"""What all tests share: what is not installed skips its tests loudly, and fails them under CI."""

import gc
import importlib.util
import logging
import os
import re
import shutil
from collections.abc import Iterator

import pytest

from tools import browser

IS_CI = os.environ.get("CI", "").lower() in ("1", "true")


def _ngspice() -> object:
    from ebana_core.backends.ngspice.finder import find_library

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
    "jax": (
        lambda: importlib.util.find_spec("jax"),
        "JAX is not installed; `make test-torch` installs it",
    ),
    "torch": (
        lambda: importlib.util.find_spec("torch"),
        "PyTorch is not installed; `make test-torch` installs it",
    ),
}
"""Mark to what finds what it needs, and what to say without it."""

OF_EXTRAS = frozenset(
    [
        "array_api_strict",
        "build",
        "distributed",
        "joblib",
        "matplotlib",
        "networkx",
        "numba",
        "optuna",
        "pandas",
        "playwright",
        "plotly",
        "sklearn",
        "tensorboardX",
        "tornado",
        "xarray",
    ]
)
"""Packages that extras bring, as they are imported."""

ON_REQUEST = frozenset({"jax", "torch"})
"""What `make test` does not install, so that it is missed only where its mark is asked for."""


def pytest_collection_finish() -> None:
    """Leave what collecting made out of every search for garbage: it stays until the end."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)


@pytest.fixture(autouse=True)
def _logging_as_before() -> Iterator[None]:
    """Commands set up logging for a process of their own; in that of a test they must not."""
    root, own = logging.getLogger(), logging.getLogger("ebana")
    handlers, levels = list(root.handlers), (root.level, own.level)
    yield
    for handler in [handler for handler in root.handlers if handler not in handlers]:
        root.removeHandler(handler)
    root.setLevel(levels[0])
    own.setLevel(levels[1])


@pytest.fixture(autouse=True)
def _need_programs(request: pytest.FixtureRequest) -> None:
    for mark, (find, message) in NEEDS.items():
        if request.node.get_closest_marker(mark) is None or find() is not None:
            continue
        if IS_CI and (mark not in ON_REQUEST or mark in request.config.option.markexpr):
            pytest.fail(message)
        pytest.skip(message)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Iterator[pytest.TestReport]:
    """Skip a test that lacks a package of an extra; under CI fail what is skipped."""
    report = yield
    if call.excinfo is not None and report.failed:
        _skip_what_lacks(report, _missing(call.excinfo.value), item.path)
    return _judged(report)


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector: pytest.Collector) -> Iterator[pytest.CollectReport]:
    """Skip a file that lacks a package of an extra; under CI fail what is skipped."""
    report = yield
    if report.failed:
        found = re.search(r"No module named '(\w+)", str(report.longrepr))
        _skip_what_lacks(report, found[1] if found else "", collector.path)
    return _judged(report)


def _missing(error: BaseException | None) -> str:
    """Return the package that an error, or what led to it, could not import; empty: none."""
    while error is not None:
        if isinstance(error, ImportError) and error.name:
            return error.name.split(".")[0]
        error = error.__cause__ or error.__context__
    return ""


def _skip_what_lacks(report, package, path):  # type: ignore[no-untyped-def] # of either kind
    if package in OF_EXTRAS and importlib.util.find_spec(package) is None:
        reason = f"{package} is not installed; `make test` installs it"
        report.outcome, report.longrepr = "skipped", (str(path), 0, reason)


def _judged(report):  # type: ignore[no-untyped-def] # of either kind
    is_excused = any(NEEDS[mark][1] in str(report.longrepr) for mark in ON_REQUEST)
    if IS_CI and report.skipped and not is_excused:
        report.outcome, report.longrepr = "failed", f"skipped, which CI forbids: {report.longrepr}"
    return report
