"""Frozen classes keep nothing, and functions nothing that depends on what they are given.

A field that follows from the others is computed when the object is made (`ebana_core.derived`).
What is kept from one question to the next stands in a class that is not frozen.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.project import ROOT

FILES = sorted(
    path
    for folder in (ROOT / "ebana_core", *ROOT.glob("plugins/*/src"))
    for path in folder.rglob("*.py")
)
KEEPING = {"cached_property", "cache", "lru_cache"}
GROWING = {"dict", "list", "set", "defaultdict", "OrderedDict", "Latest"}
"""What can be filled after it was made."""


def name_of(node: ast.expr | None) -> str:
    """Return the last word of a name, of an attribute, or of what is called."""
    if isinstance(node, ast.Call):
        return name_of(node.func)
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def is_frozen(node: ast.ClassDef) -> bool:
    return any(name_of(decorator) == "frozen" for decorator in node.decorator_list)


def keeps(function: ast.FunctionDef) -> bool:
    return any(name_of(decorator) in KEEPING for decorator in function.decorator_list)


def is_filled_later(node: ast.stmt) -> bool:
    """Return whether a field is made empty, by nobody's argument: to be filled afterwards."""
    value = node.value if isinstance(node, ast.AnnAssign | ast.Assign) else None
    if not isinstance(value, ast.Call):
        return False
    given = {keyword.arg: keyword.value for keyword in value.keywords}
    init = given.get("init")
    is_own = isinstance(init, ast.Constant) and init.value is False
    return is_own and name_of(given.get("factory")) in GROWING


def caches(text: str) -> Iterator[str]:
    """Yield the caches of a program that have no owner of their own."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.ClassDef) and is_frozen(node):
            yield from (f"{node.name}.{name}" for name in kept_by(node))
        elif isinstance(node, ast.FunctionDef) and keeps(node):
            is_property = "cached_property" in map(name_of, node.decorator_list)
            if not is_property and ast.unparse(node.args):
                yield node.name


def kept_by(frozen: ast.ClassDef) -> Iterator[str]:
    """Yield the members of a frozen class that are written after it was made."""
    for node in frozen.body:
        if isinstance(node, ast.FunctionDef):
            is_written = "object.__setattr__" in ast.unparse(node)
            if keeps(node) or (is_written and node.name != "__attrs_post_init__"):
                yield node.name
        elif is_filled_later(node):
            yield ast.unparse(node)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(Path(path).relative_to(ROOT)))
def test_what_is_frozen_keeps_nothing(path: Path) -> None:
    assert not list(caches(path.read_text()))


@pytest.mark.parametrize(
    "text",
    [
        "@attrs.frozen(eq=False)\nclass A:\n    @cached_property\n    def b(self): ...",
        "@attrs.frozen\nclass A:\n    @functools.lru_cache\n    def b(self): ...",
        "@frozen\nclass A:\n    b: dict = attrs.field(factory=dict, init=False)",
        "@frozen\nclass A:\n    def b(self):\n        object.__setattr__(self, 'c', 1)",
        "@functools.lru_cache(maxsize=8)\ndef a(b): ...",
        "class A:\n    @functools.cache\n    def b(self): ...",
    ],
)
def test_a_hidden_cache_is_seen(text: str) -> None:
    assert list(caches(text))


@pytest.mark.parametrize(
    "text",
    [
        "class Owner:\n    @cached_property\n    def b(self): ...",
        "@functools.cache\ndef the_only_one(): ...",
        "@frozen\nclass A:\n    b: int = derived(lambda own: 1)",
        "@frozen\nclass A:\n    def __attrs_post_init__(self):\n"
        "        object.__setattr__(self, 'c', 1)",
    ],
)
def test_an_owner_may_keep(text: str) -> None:
    assert not list(caches(text))
