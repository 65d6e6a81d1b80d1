"""The examples in docstrings do what they say."""

import doctest
import importlib
import inspect

import numpy as np
import pytest

ROOMS = (
    "ebana_core",
    "ebana_core.callbacks",
    "ebana_core.data",
    "ebana_core.layers",
    "ebana_core.losses",
    "ebana_core.metrics",
    "ebana_core.optimizers",
    "ebana_core.rules",
    "ebana_core.schedules",
    "ebana_diode_mos",
)
FIRST_MET = frozenset(
    [
        "Adam", "Adjoint", "AmplificationLayer", "BatchGenerator", "BiasVoltageLayer",
        "ConcatenateLayer", "CosineDecay", "CrossEntropyLoss", "CurrentLayer", "DataSet",
        "DenseLayer", "DiodeLayer", "EarlyStopping", "EquilibriumPropagation",
        "InputVoltageLayer", "MSE", "Metrics", "Model",
    ]
)  # fmt: skip
"""Classes of the first programs, each of which has to have an example."""


def _public() -> dict[str, type]:
    """Return the public classes of all rooms by name."""
    found = {}
    for room in ROOMS:
        module = importlib.import_module(room)
        # Some of the names in __all__ are imported only when they are asked for.
        for name in getattr(module, "__all__", vars(module)):
            item = getattr(module, name)
            is_own = inspect.isclass(item) and item.__module__.startswith("ebana")
            if is_own and name[0] != "_":
                found[name] = item
    return found


PUBLIC = _public()
WITH_EXAMPLES = sorted(name for name, item in PUBLIC.items() if ">>>" in (item.__doc__ or ""))


def test_what_newcomers_meet_first_has_an_example() -> None:
    assert sorted(FIRST_MET - set(WITH_EXAMPLES)) == []


@pytest.mark.parametrize("name", WITH_EXAMPLES)
def test_the_example_of_a_class_does_what_it_says(name: str) -> None:
    item = PUBLIC[name]
    example = doctest.DocTestParser().get_doctest(str(item.__doc__), {name: item}, name, None, 0)
    with np.printoptions(precision=8):
        result = doctest.DocTestRunner(verbose=False).run(example)
    assert result.attempted
    assert not result.failed
