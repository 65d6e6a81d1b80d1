"""Every public class has an example in its docstring, and the examples do what they say."""

import doctest
import importlib.util
import inspect
import re
from pathlib import Path

import numpy as np
import pytest

from ebana_core import crossbar_network
from tests.support.project import ROOT

SHOWN = "".join(path.read_text() for path in (ROOT / "docs/api").glob("*.md"))
WITHOUT_LIBRARY = frozenset(["MLflowLogger", "WandbLogger"])
"""Their examples are not run: no test installs what they need."""


def _public() -> dict[str, type]:
    """Return the public classes of the API reference by name.

    Errors and warnings are left out: they are raised, not made, and the page of errors shows what
    raises each. Classes for PyTorch and JAX have a test of their own.
    """
    found = {}
    for place in re.findall(r"^::: (\S+)$", SHOWN, re.MULTILINE):
        room, _, last = place.rpartition(".")
        if last in ("jax", "torch"):
            continue
        is_module = importlib.util.find_spec(place) is not None
        module = importlib.import_module(place if is_module else room)
        # Some of the names in __all__ are imported only when they are asked for.
        for name in getattr(module, "__all__", vars(module)) if is_module else [last]:
            item = getattr(module, name)
            is_own = inspect.isclass(item) and item.__module__.startswith("ebana")
            if is_own and name[0] != "_" and not issubclass(item, Exception):
                found[name] = item
    return found


PUBLIC = _public()


@pytest.mark.parametrize("name", sorted(PUBLIC))
def test_a_public_class_has_an_example_that_does_what_it_says(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    item = PUBLIC[name]
    monkeypatch.chdir(tmp_path)
    if name == "Run":  # whose example begins with a file
        model = crossbar_network(inputs=1, hidden=2, outputs=1, lr=1e-7, seed=0)
        given = {"epochs": 2, "beta": 1e-7, "verbose": False, "run": "xor.h5"}
        model.fit([[0.5]], [[0.1]], "mse", "sgd", **given)
    assert _ran(name, item) or name in WITHOUT_LIBRARY


@pytest.mark.parametrize(
    "library", [pytest.param(name, marks=getattr(pytest.mark, name)) for name in ("jax", "torch")]
)
def test_classes_for_other_libraries_have_examples(library: str) -> None:
    module = importlib.import_module(f"ebana_core.{library}")
    classes = [name for name in module.__all__ if inspect.isclass(getattr(module, name))]
    assert "Circuit" in classes
    assert all(_ran(name, getattr(module, name)) for name in classes)


def _ran(name: str, item: type) -> int:
    """Run the example in a docstring, and return how many lines it has that are run."""
    example = doctest.DocTestParser().get_doctest(str(item.__doc__), {name: item}, name, None, 0)
    assert example.examples, f"{name} has no example in its docstring"
    with np.printoptions(precision=8):
        result = doctest.DocTestRunner(verbose=False).run(example)
    assert not result.failed
    return result.attempted


def test_classes_of_all_rooms_are_looked_at() -> None:
    assert {"Adam", "DiodeLayer", "Law", "MemristorLayer", "Model", "Run"} <= set(PUBLIC)
    assert len(PUBLIC) > 140
