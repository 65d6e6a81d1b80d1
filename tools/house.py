"""The house: which rooms `ebana_core` has, in which order they stand, and a picture of it.

The picture, ``docs/images/house.svg``, is drawn from the code: the purpose of a room is the first
sentence of its docstring, its arrows are its imports.

Usage: python -m tools.house
"""

import ast
from pathlib import Path

from tools.house_layout import Room
from tools.house_picture import draw
from tools.imports import Import, modules, read_imports, room_of

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "ebana_core"
PICTURE = ROOT / "docs" / "images" / "house.svg"

STOREYS = (
    ("__main__",),
    ("cli", "testing"),
    ("ebana_core",),
    ("builtins", "serving", "sklearn"),
    ("jax", "torch"),
    ("differentiable", "pictures"),
    ("zoo",),
    ("standard",),
    ("model",),
    ("parts",),
    ("analysis", "schematics"),
    ("training",),
    ("execution",),
    ("chips",),
    ("network",),
    ("registry",),
    ("hookspecs",),
    ("experiments",),
    ("rules", "optimizers", "callbacks", "metrics"),
    ("losses", "data", "netlists"),
    ("backends",),
    ("layers", "storage"),
    ("circuit",),
    ("spice",),
    ("laws",),
)
"""From top to bottom. A room imports rooms below its own floor; ``ebana_core`` is the front door,
the package's own ``__init__``."""

GROUND = (
    ("initializers", "schedules", "activations", "local_rules", "plots"),
    ("quantities", "validators", "objects", "commands", "papers"),
    ("checking", "latest", "outer", "paths", "memory", "tables"),
    ("arrays", "delegation", "derived", "kernels", "mappings", "units", "machine_code"),
    ("calls", "later", "system_locks", "user_warnings"),
    ("errors",),
)
"""The same below the storeys: what every room may use. The picture draws no arrows to it."""

FLOORS = STOREYS + GROUND


def rooms() -> list[Room]:
    """Return every room with the first paragraph of its docstring and the folders in it."""
    known = modules(PACKAGE)
    folders = sorted(name for name, path in known.items() if path.name == "__init__.py")
    return [
        Room(
            room_of(name),
            first_paragraph(path).replace("`", ""),
            tuple(inner.split(".")[2] for inner in folders if _is_right_inside(inner, name)),
        )
        for name, path in known.items()
        if name.count(".") < 2
    ]


def _is_right_inside(inner: str, room: str) -> bool:
    return room.count(".") == 1 and inner.rpartition(".")[0] == room


def first_paragraph(path: Path) -> str:
    """Return the first paragraph of a module's docstring on one line."""
    docstring = ast.get_docstring(ast.parse(path.read_text())) or ""
    return " ".join(docstring.split("\n\n")[0].split())


def arrows(imports: set[Import]) -> set[tuple[str, str]]:
    """Return the imports between storeys, importer first, without those that follow from others.

    Where a room imports a second one and both import a third one, the arrow from the first to
    the third is left out.
    """
    height = {room: -level for level, rooms in enumerate(STOREYS) for room in rooms}
    pairs = {(room_of(item.importer), room_of(item.imported)) for item in imports}
    below: dict[str, set[str]] = {room: set() for room in height}
    for one, other in pairs:
        if one in height and other in height and height[other] < height[one]:
            below[one].add(other)
    reached: dict[str, set[str]] = {}
    for room in sorted(height, key=height.__getitem__):
        reached[room] = below[room].union(*(reached[other] for other in below[room]))
    return {
        (room, other)
        for room, others in below.items()
        for other in others
        if not any(other in reached[between] for between in others)
    }


def picture(imports: set[Import]) -> str:
    """Return the house as SVG."""
    return draw(STOREYS, GROUND, rooms(), arrows(imports))


if __name__ == "__main__":
    PICTURE.write_text(picture(read_imports(PACKAGE)))
    print(f"wrote {PICTURE.relative_to(ROOT)}")
