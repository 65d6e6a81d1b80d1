"""Who imports whom in a package: read from the syntax trees of its files, nothing is run.

Every import counts: at the top of a file, inside a function, and for type checkers alone.
"""

import ast
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path

import attrs

Floors = tuple[tuple[str, ...], ...]
"""Rooms from top to bottom; those of one floor do not import each other."""


@attrs.frozen(order=True)
class Import:
    """One module that another one imports, both by their dotted names.

    Args:
        importer: The module that says ``import``.
        imported: The module that is imported, or from which names are.
        line: Where the importer says so; no part of what the import is.
        is_for_types: It stands under ``if TYPE_CHECKING``, so that it never runs.
    """

    importer: str
    imported: str
    line: int = attrs.field(eq=False, order=False, default=0)
    is_for_types: bool = attrs.field(eq=False, order=False, default=False)

    @property
    def package(self) -> str:
        """The innermost package that holds both modules."""
        shared: list[str] = []
        pairs = zip(self.importer.split("."), self.imported.split("."), strict=False)
        for mine, other in pairs:
            if mine != other:
                break
            shared.append(mine)
        return ".".join(shared)


def modules(package: Path) -> dict[str, Path]:
    """Return dotted name to file of all modules of a package; a folder goes by its own name."""
    found = {}
    for path in sorted(package.rglob("*.py")):
        parts = path.relative_to(package.parent).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def read_imports(package: Path) -> set[Import]:
    """Return what the modules of a package import of each other."""
    known = modules(package)
    return {
        item
        for name, path in known.items()
        for item in _imports_of(name, path, known)
        if item.imported in known and item.imported != name
    }


def _imports_of(importer: str, path: Path, known: Collection[str]) -> Iterator[Import]:
    for node, is_for_types in _statements(ast.parse(path.read_text()), is_for_types=False):
        for imported in _names(node, path, known):
            yield Import(importer, imported, node.lineno, is_for_types)


def _statements(node: ast.AST, *, is_for_types: bool) -> Iterator[tuple[ast.stmt, bool]]:
    """Yield the statements in a node, at any depth, and whether type checkers alone read them.

    Expressions, which are nearly all of a tree, hold no statements and are passed over.
    """
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.stmt):
            yield child, is_for_types
        elif not isinstance(child, (ast.excepthandler, ast.match_case)):
            continue
        is_test = isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test)
        yield from _statements(child, is_for_types=is_for_types or is_test)


def _names(node: ast.stmt, path: Path, known: Collection[str]) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        if node.level or node.module is None:
            raise ValueError(f"{path}:{node.lineno} imports relatively: name the whole module")
        for alias in node.names:
            inner = f"{node.module}.{alias.name}"
            yield inner if inner in known else node.module


def room_of(module: str) -> str:
    """Return the room of a module: the folder or file right inside the package.

    The package's own ``__init__`` is a room by the package's name.
    """
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else parts[0]


def running_up(imports: Iterable[Import], floors: Floors) -> list[Import]:
    """Return the imports of rooms that do not stand below the importer's."""
    height = {room: -level for level, rooms in enumerate(floors) for room in rooms}
    return sorted(
        item
        for item in imports
        if room_of(item.importer) != room_of(item.imported)
        and height[room_of(item.imported)] >= height[room_of(item.importer)]
    )


def closing_circles(
    imports: Iterable[Import], suspects: Iterable[Import] | None = None
) -> list[Import]:
    """Return the imports that lie on a circle of files, or of folders, that stand side by side.

    Args:
        imports: All that count.
        suspects: Those to judge, as if each stood beside `imports`; None: all of them.
    """
    imports = set(imports)
    siblings: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for item in imports:
        start, end = _children(item)
        siblings[item.package][start].add(end)
    return sorted(
        item
        for item in (imports if suspects is None else suspects)
        if _reaches(siblings[item.package], *reversed(_children(item)))
    )


def _children(item: Import) -> tuple[str, str]:
    """Return which files or folders, right inside the common package, import each other."""
    depth = item.package.count(".") + 1
    mine, other = (name.split(".") for name in (item.importer, item.imported))
    return tuple(parts[depth] if len(parts) > depth else "__init__" for parts in (mine, other))


def _reaches(graph: Mapping[str, Collection[str]], start: str, end: str) -> bool:
    seen, waiting = {start}, [start]
    while waiting:
        for child in graph.get(waiting.pop(), ()):
            if child == end:
                return True
            if child not in seen:
                seen.add(child)
                waiting.append(child)
    return False
