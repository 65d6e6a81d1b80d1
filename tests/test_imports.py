"""Imports point one way: down the house, and in no circle inside a folder.

Every import counts, also one inside a function or for type checkers alone: whoever reads a file
should need the rooms below it only.
"""

import ast
import functools
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.house import IMPORTS
from tests.support.project import ROOT
from tools.house import FLOORS
from tools.imports import Import, closing_circles, modules, read_imports, room_of, running_up

PACKAGE = ROOT / "ebana_core"

NAMED_FOR_TYPES = {
    ("hookspecs", "model"): "a hook is told of the model that is trained",
    ("hookspecs", "training"): "and of what became of it",
    ("experiments", "model"): "an experiment builds a model",
}
"""Rooms that may name types of a room above them, each with its reason. Such imports never run."""


def is_named_for_types(item: Import) -> bool:
    return (room_of(item.importer), room_of(item.imported)) in NAMED_FOR_TYPES


RULED = {item for item in IMPORTS if not is_named_for_types(item)}
"""The imports that have to keep to the rules."""


def lines(imports: list[Import]) -> str:
    return "\n".join(f"{item.importer}:{item.line} imports {item.imported}" for item in imports)


def test_every_room_has_its_floor_and_every_floor_its_rooms() -> None:
    named = [room for floor in FLOORS for room in floor]
    assert sorted(named) == sorted({room_of(name) for name in modules(PACKAGE)})


def test_rooms_import_only_rooms_below_their_floor() -> None:
    assert not running_up(RULED, FLOORS), lines(running_up(RULED, FLOORS))


def test_no_files_and_no_folders_import_each_other_in_a_circle() -> None:
    assert not closing_circles(RULED), lines(closing_circles(RULED))


def test_what_is_named_for_types_never_runs() -> None:
    named = {item for item in IMPORTS if is_named_for_types(item)}
    assert all(item.is_for_types for item in named), lines(sorted(named))
    assert {(room_of(item.importer), room_of(item.imported)) for item in named} == set(
        NAMED_FOR_TYPES
    )


SOMETIMES = {
    "PySpice",
    "asyncio",
    "cffi",
    "concurrent",
    "distributed",
    "ebana_core.analysis",
    "ebana_core.backends.native",
    "ebana_core.backends.ngspice",
    "ebana_core.execution",
    "ebana_core.registry",
    "ebana_core.jax",
    "ebana_core.sklearn",
    "ebana_core.spice",
    "ebana_core.storage.run",
    "ebana_core.torch",
    "ebana_core.training",
    "h5py",
    "importlib.metadata",
    "jax",
    "matplotlib",
    "numba",
    "numpy.ma",
    "pandas",
    "pluggy",
    "rich",
    "scipy",
    "schemdraw",
    "sklearn",
    "torch",
    "typer",
}
"""What loads slowly and is not needed to name a network's layers, losses and rules."""


def ran(program: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


NAMED = """
import sys
from ebana_core import Model
from ebana_core.callbacks import EarlyStopping
from ebana_core.data import DataSet
from ebana_core.initializers import RandomUniform
from ebana_core.layers import AmplificationLayer, CurrentLayer, DenseLayer, InputVoltageLayer
from ebana_core.losses import MSE
from ebana_core.metrics import Metrics
from ebana_core.optimizers import Adam
from ebana_core.rules import EquilibriumPropagation
print(*sys.modules)
"""


def test_what_a_script_imports_at_its_top_loads_nothing_that_waits_until_it_is_used() -> None:
    loaded = set(ran(NAMED).split())
    assert "ebana_core.model" in loaded
    assert not loaded & SOMETIMES


FRONT_DOOR = {"ebana_core", "ebana_core.errors", "ebana_core.later"}
"""All of EBANA that ``import ebana_core`` loads; the rest comes when it is asked for."""


def test_an_import_loads_the_front_door_and_no_library_at_all() -> None:
    program = """
import sys
before = set(sys.modules)
import ebana_core
print(*sorted({name.split(".")[0] for name in set(sys.modules) - before}))
print(*(name for name in sys.modules if name.startswith("ebana_core")))
"""
    first, second = ran(program).splitlines()
    assert set(first.split()) - {"ebana_core"} <= set(sys.stdlib_module_names)
    assert set(second.split()) == FRONT_DOOR


ABSENT = """
import sys
for name in ("cffi", "h5py", "PySpice", "rich", "typer", "numba"):
    sys.modules[name] = None
"""


def test_a_network_is_solved_where_libraries_of_files_and_of_ngspice_are_absent() -> None:
    program = f"""{ABSENT}
import ebana_core
from ebana_core.initializers import RandomUniform
from ebana_core.layers import CurrentLayer, DenseLayer, InputVoltageLayer
x = InputVoltageLayer(units=2, name="x")
d = DenseLayer(units=2, name="d", lr=1e-8, initializer=RandomUniform(1e-6, 1e-5))(x)
model = ebana_core.Model([x], [CurrentLayer(name="y")(d)], seed=0)
print(model.predict([[1.0, 2.0]]).shape, sorted(model.gradients(
    [[1.0, 2.0]], [[0.5]], "mse", ebana_core.rules.EquilibriumPropagation(1e-8))))
for use in (lambda: model.save("x.h5"), lambda: model.predict([[1.0, 2.0]], "ngspice")):
    try:
        use()
    except ebana_core.errors.MissingLibraryError as error:
        print(error.fix)
"""
    expected = ["(1, 1) ['d.conductance']", "pip install h5py", "pip install cffi"]
    assert ran(program).splitlines() == expected


def test_the_front_door_offers_rooms_and_what_it_says() -> None:
    import ebana_core

    assert set(ebana_core.__all__) <= set(dir(ebana_core))
    for name in (*ebana_core.__all__, "losses", "optimizers"):
        assert getattr(ebana_core, name) is not None
    for name in ("Modell", "_private", "losses.MSE"):
        with pytest.raises(AttributeError, match="has no attribute"):
            getattr(ebana_core, name)


def written(folder: Path, **files: str) -> set[Import]:
    for name, text in files.items():
        path = folder / "house" / f"{name.replace('__', '/')}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return read_imports(folder / "house")


DEFERRED = "def late():\n    from house.attic import thing\n"
FOR_TYPES = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import house.attic\n"


@pytest.mark.parametrize("text", ["from house import attic\n", DEFERRED, FOR_TYPES])
def test_the_reader_sees_an_import_that_runs_up(tmp_path: Path, text: str) -> None:
    found = written(tmp_path, attic="", cellar=text)
    assert found == {Import("house.cellar", "house.attic")}
    assert running_up(found, (("attic",), ("cellar",)))
    assert not running_up(found, (("cellar",), ("attic",)))
    assert [item.is_for_types for item in found] == [text == FOR_TYPES]


def test_the_reader_sees_circles_of_files_and_of_folders(tmp_path: Path) -> None:
    """Through three files in one folder, and between two folders whose files form no circle."""
    found = written(
        tmp_path,
        room__a="import house.room.b",
        room__b="import house.room.c",
        room__c="import house.room.a",
        hall__left__one="import house.hall.right.one",
        hall__left__two="",
        hall__right__one="",
        hall__right__two="import house.hall.left.two",
        alone="import house.room.a",
    )
    assert {item.importer for item in closing_circles(found)} == {
        "house.room.a",
        "house.room.b",
        "house.room.c",
        "house.hall.left.one",
        "house.hall.right.two",
    }


CORE = sorted(PACKAGE.rglob("*.py"))


def test_the_core_never_imports_a_plugin() -> None:
    for path in CORE:
        assert not any(
            name.startswith("ebana_") and not name.startswith("ebana_core")
            for name in imported_names(path)
        ), path


def test_only_one_folder_touches_pyspice_and_libngspice() -> None:
    assert len(CORE) > 300
    for path in CORE:
        if "ngspice" not in path.parts:
            names = imported_names(path)
            assert not any(name.split(".")[0] in ("PySpice", "cffi") for name in names), path


@functools.cache
def imported_names(path: Path) -> list[str]:
    names = []
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names.append(node.module or "")
    return names
