"""What waits until it is used: type checkers and readers see it where it is."""

import ast
import importlib
import inspect
from pathlib import Path

import pytest

from ebana_core.later import Late, imported
from tests.support.project import ROOT

PACKAGE = ROOT / "ebana_core"


def waiting(path: Path) -> dict[str, str]:
    """Return what a file imports late: name to module, by `Late`, `Library` or `door`."""
    found, text = {}, path.read_text()
    if not any(f"{named}(" in text for named in ("Late", "Library", "door")):
        return {}  # few files have any: to look through all trees takes seconds
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
            named, given = ast.unparse(node.value.func), node.value.args
            if named in ("Late", "Library") and isinstance(node.targets[0], ast.Name):
                found[node.targets[0].id] = ast.literal_eval(given[0])
                assert named == "Library" or ast.literal_eval(given[1]) == node.targets[0].id
            elif named == "door":
                found |= ast.literal_eval(given[1])
    return found


def for_type_checkers(path: Path) -> dict[str, str]:
    """Return what a file imports for type checkers: name to module."""
    found = {}
    for block in ast.walk(ast.parse(path.read_text())):
        if isinstance(block, ast.If) and ast.unparse(block.test) == "TYPE_CHECKING":
            for node in block.body:
                if isinstance(node, ast.ImportFrom):
                    found |= {alias.name: str(node.module) for alias in node.names}
                elif isinstance(node, ast.Import):
                    found |= {alias.name: alias.name for alias in node.names}
    return found


WAITING = {path: names for path in sorted(PACKAGE.rglob("*.py")) if (names := waiting(path))}


@pytest.mark.parametrize("path", WAITING, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_what_is_imported_late_is_what_type_checkers_see_and_is_there(path: Path) -> None:
    assert WAITING[path].items() <= for_type_checkers(path).items()
    for name, module in WAITING[path].items():
        if name != module:
            assert hasattr(importlib.import_module(module), name)


DOORS = {path.parent.name for path in WAITING if path.name == "__init__.py"} - {PACKAGE.name}


@pytest.mark.parametrize("room", sorted(DOORS))
def test_a_door_offers_what_the_room_says(room: str) -> None:
    door = importlib.import_module(f"ebana_core.{room}")
    assert set(door.__all__) <= set(dir(door))
    for name in door.__all__:
        assert not inspect.ismodule(getattr(door, name)), "a file has this name, too"
    with pytest.raises(AttributeError, match=f"module 'ebana_core.{room}' has no attribute 'no'"):
        door.no  # noqa: B018  # asking is the test


def test_what_is_late_is_called_and_named_before_it_is_imported() -> None:
    join = Late("posixpath", "join")
    assert join("a", "b") == "a/b"
    assert imported(Late("pathlib", "Path").cwd) == Path.cwd
    assert imported(len) is len
    assert not hasattr(join, "__wrapped__")
