"""What holds of the tests themselves: none imports another, all are short, and state tolerances."""

import ast
from pathlib import Path

import pytest

from tests.support.project import ROOT

FILES = [
    path
    for folder in (ROOT / "tests", *ROOT.glob("plugins/*/tests"))
    for path in folder.rglob("*.py")
    if path != Path(__file__)  # which holds bad imports as examples
]
SUPPORT = "support"
"""The room of what several tests use; pytest collects nothing there."""
MOST_LINES = 300
"""Of a file: what holds more has more than one subject, and is split by these."""


def imported(text: str) -> list[str]:
    """Return the modules that a program imports, also in programs that it holds as text."""
    names = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names += [f"{'.' * node.level}{node.module or ''}.{item.name}" for item in node.names]
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            names += _imported_by_text(node.value)
    return names


def _imported_by_text(text: str) -> list[str]:
    """Return what a constant imports where it is the program of another process."""
    if "import " not in text:
        return []
    try:
        return imported(text)
    except SyntaxError:
        return []


def is_of_a_test(name: str) -> bool:
    """Return whether a module is a file of tests, or lies among them outside the support room."""
    first, *rest = name.split(".")
    if first in ("", "conftest") or first.startswith("test_"):
        return True
    return first == "tests" and rest[0] != SUPPORT


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_test_is_imported(path: Path) -> None:
    assert not [name for name in imported(path.read_text()) if is_of_a_test(name)]


def test_helpers_stand_in_the_support_room_and_tests_outside() -> None:
    for path in FILES:
        is_helper = not path.name.startswith("test_")
        if path.name not in ("__init__.py", "conftest.py"):
            assert is_helper == (path.parent.name == SUPPORT), path


def test_a_file_of_tests_is_short() -> None:
    lines = {path: len(path.read_text().splitlines()) for path in FILES}
    assert not {path.name: n for path, n in lines.items() if n > MOST_LINES}


@pytest.mark.parametrize(
    "text",
    [
        "from tests.rules.test_local import samples",
        "import tests.rules.test_local",
        "from tests import rules",
        "from .test_local import samples",
        "from . import test_local",
        "def late():\n    import test_local",
        "PROGRAM = 'from tests.rules.test_local import samples'",
    ],
)
def test_an_imported_test_is_seen(text: str) -> None:
    assert any(map(is_of_a_test, imported(text)))


def test_what_helpers_and_packages_offer_may_be_imported() -> None:
    text = "from tests.support.runs import small_fit\nimport ebana_core.testing\n"
    text += "from tests.support import runs"
    assert not any(map(is_of_a_test, imported(text)))


HIDING = {"allclose": "atol", "isclose": "atol", "approx": "abs"}
"""Function to the tolerance that it does not need to be told: 1e-8 of NumPy's, 1e-12 of pytest's.

Conductances and currents of most tests are smaller, or not much larger: what differs is then equal.
"""


def comparisons_with_a_hidden_tolerance(text: str) -> list[int]:
    """Return the lines that compare numbers without saying what of zero is left to rounding."""
    return [
        node.lineno
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in HIDING
        and HIDING[node.func.attr] not in {keyword.arg for keyword in node.keywords}
    ]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_tolerance_is_hidden(path: Path) -> None:
    assert not comparisons_with_a_hidden_tolerance(path.read_text())


@pytest.mark.parametrize(
    ("call", "is_hidden"),
    [
        ("np.allclose(1e-9, 2e-9, rtol=1e-12)", True),
        ("np.allclose(a, b, rtol=0, atol=1e-15)", False),
        ("pytest.approx(1e-13)", True),
        ("pytest.approx(1e-13, rel=1e-6)", True),
        ("pytest.approx(1e-13, rel=1e-6, abs=0)", False),
        ("pytest.approx(0.2, abs=1e-12)", False),
    ],
)
def test_a_hidden_tolerance_is_seen(call: str, is_hidden: bool) -> None:
    assert bool(comparisons_with_a_hidden_tolerance(f"assert {call} == a")) is is_hidden
