"""Imports point one way: a module imports its own room and the rooms below it."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "ebana_core"

ROOMS = (
    ("__main__",),
    ("cli", "testing", "pictures"),
    ("model",),
    ("analysis",),
    ("training",),
    ("execution",),
    ("network", "callbacks"),
    ("builtins",),
    ("registry",),
    ("hookspecs",),
    ("layers", "rules", "optimizers", "metrics"),
    ("losses", "storage"),
    ("backends",),
    ("circuit",),
    ("spice",),
    ("laws", "initializers", "schedules", "data", "activations"),
    ("quantities",),
    ("checking", "paths"),
    ("arrays", "delegation", "memory", "tables", "plots"),
    ("errors",),
)
"""From top to bottom; a row may import the rows below it and itself."""

HEIGHT = {room: -level for level, row in enumerate(ROOMS) for room in row}


def modules() -> Iterator[tuple[str, Path]]:
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE).with_suffix("").parts
        if parts != ("__init__",):
            yield parts[0], path


def imported_rooms(tree: ast.AST) -> Iterator[tuple[str, int]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module]
            if node.module == "ebana_core":
                names = [f"ebana_core.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        else:
            continue
        for name in names:
            parts = name.split(".")
            if parts[0] == "ebana_core" and len(parts) > 1 and parts[1] in HEIGHT:
                yield parts[1], node.lineno


@pytest.mark.parametrize(("room", "path"), list(modules()), ids=lambda value: str(value))
def test_imports_point_down(room: str, path: Path) -> None:
    assert room in HEIGHT, f"{path} is in no room: say where {room!r} stands"
    tree = ast.parse(path.read_text())
    if room == "hookspecs":  # it names the types that hooks are handed, and imports none
        tree.body = [node for node in tree.body if not isinstance(node, ast.If)]
    for other, line in imported_rooms(tree):
        assert HEIGHT[other] <= HEIGHT[room], f"{path}:{line}: {room} imports {other}, above it"


def test_the_core_never_imports_a_plugin() -> None:
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            assert not any(
                name.startswith("ebana_") and not name.startswith("ebana_core") for name in names
            )


def test_only_one_folder_touches_pyspice_and_libngspice() -> None:
    for path in PACKAGE.rglob("*.py"):
        if "ngspice" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            assert not any(name.split(".")[0] in ("PySpice", "cffi") for name in names), path
