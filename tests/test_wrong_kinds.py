"""Whatever kind of object stands in the place of a setting, an error of EBANA's own answers."""

import inspect
import math
import traceback
from collections.abc import Callable, Iterator, Mapping
from inspect import Parameter
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from ebana_core import (
    Model,
    callbacks,
    crossbar_network,
    initializers,
    losses,
    optimizers,
    schedules,
)
from ebana_core.callbacks.trackers import Tracker
from ebana_core.data import BatchGenerator, DataSet, load_idx, read_idx
from ebana_core.errors import EbanaError, StorageError
from ebana_core.metrics import Metrics
from ebana_core.rules import EquilibriumPropagation
from tests.support.networks import layered_model

KINDS: Mapping[str, Any] = {
    "None": None,
    "text": "no",
    "bytes": b"no",
    "a negative number": -3,
    "nan": math.nan,
    "a mixed list": [1, "a", None],
    "a mapping": {"a": 1},
    "a set": {1},
    "an object": object(),
    "an array of objects": np.array([object(), None], dtype=object),
    "a complex number": 1j,
    "a function": lambda: 0,
}
DATA = DataSet({"x": [[0.1, 0.2], [0.3, 0.4]]}, {"y": [[0.1], [0.2]]})
X = {"x": [[0.1, 0.2]]}
ROOMS = (callbacks, initializers, losses, optimizers, schedules)
RUN, FILE = "run.h5", "model.h5"

GIVEN: Mapping[Any, Mapping[str, Any]] = {
    callbacks.CallbackList: {"callbacks": []},
    callbacks.CSVLogger: {"filename": "log.csv"},
    callbacks.LearningRateScheduler: {"schedule": lambda epoch: 1.0},
    callbacks.ModelCheckpoint: {"filepath": "model.h5"},
    callbacks.TensorBoard: {"log_dir": "logs"},
    initializers.Given: {"value": 1e-6},
    losses.Hinge: {"margin": 0.1},
    losses.SquaredHinge: {"margin": 0.1},
    losses.Updated: {"loss": losses.MSE(), "update": np.sign},
    losses.Weighted: {"loss": losses.MSE(), "weight": 2.0},
    optimizers.Adam: {"model": None},
    optimizers.SGD: {"model": None},
    optimizers.SGDMomentum: {"model": None},
    optimizers.RandomSubset: {"share": 0.5},
    schedules.Constant: {"lr": 1e-7},
    schedules.CosineDecay: {"lr": 1e-7, "steps": 10},
    schedules.StepDecay: {"lr": 1e-7, "factor": 0.5, "steps": 10},
}
"""What a class cannot do without; without a row: nothing, or bounds of an initializer."""
BOUNDS = {"init_low": 1e-6, "init_high": 1e-5}

FUNCTIONS: Mapping[Callable[..., Any], Mapping[str, Any]] = {
    crossbar_network: {"inputs": 2, "hidden": 3, "outputs": 1},
    BatchGenerator: {"dataset": DATA},
    DataSet: {"inputs": X},
    DataSet.differential: {"x": [[0.1]]},
    Metrics: {},
}
"""What builds networks, samples and policies, and what it cannot do without."""

METHODS: Mapping[str, Callable[[Model], Mapping[str, Any]]] = {
    "fit": lambda model: {
        "train_dataloader": DATA,
        "loss_fn": "mse",
        "optimizer": "sgd",
        "beta": 1e-8,
        "verbose": False,
    },
    "gradients": lambda model: {
        "dataset": DATA,
        "loss_fn": losses.MSE(),
        "rule": EquilibriumPropagation(1e-8),
    },
    "load": lambda model: {"path": FILE},
    "load_history": lambda model: {"path": RUN},
    "operating_points": lambda model: {"inputs": X},
    "predict": lambda model: {"dataset": DATA},
    "restore": lambda model: {"values": dict(model.parameters.snapshot())},
    "save": lambda model: {"path": FILE},
    "save_history": lambda model: {"path": RUN},
    "summary": lambda model: {},
    "to_networkx": lambda model: {},
    "to_pyspice": lambda model: {"inputs": X},
    "trained_with": lambda model: {"run": RUN},
    "transient": lambda model: {"inputs": X, "capacitance": 1e-12, "duration": 1e-6},
    "vjp": lambda model: {
        "points": model.operating_points(X),
        "output_gradients": {"y": np.zeros((1, 1))},
    },
    "write_netlist": lambda model: {"path": "net.cir", "inputs": X},
}
"""Methods of a model that keep this promise for all of their arguments, and what each needs."""


def settings_of(function: Callable[..., Any]) -> list[str]:
    kinds = (Parameter.POSITIONAL_OR_KEYWORD, Parameter.KEYWORD_ONLY)
    found = inspect.signature(function).parameters.values()
    return [one.name for one in found if one.kind in kinds]


def not_answered(function: Callable[..., Any], given: Mapping[str, Any]) -> Iterator[str]:
    """Yield what ends in an error that is not EBANA's own; every setting gets every kind in turn.

    The names of the settings are right, so that Python finds nothing wrong with the call itself.
    """
    function(**given)
    for setting in settings_of(function):
        for kind, value in KINDS.items():
            try:
                function(**{**given, setting: value})
            except EbanaError:
                pass
            except Exception as error:
                place = traceback.extract_tb(error.__traceback__)[-1]
                yield f"{setting}: {kind}: {error!r} at {place.filename}:{place.lineno}"


def classes_of(room: ModuleType) -> Iterator[Any]:
    """Yield the classes of a room that users build, without those that need other libraries."""
    for name, cls in vars(room).items():
        is_own = inspect.isclass(cls) and cls.__module__.startswith(room.__name__)
        is_built = is_own and name[0] != "_" and not inspect.isabstract(cls)
        if is_built and not issubclass(cls, Tracker):
            yield pytest.param(cls, id=name)


@pytest.fixture(autouse=True)
def empty_folder(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    "cls",
    [
        one
        for room in (callbacks, initializers, losses, optimizers, schedules)
        for one in classes_of(room)
    ],
)
def test_settings_of_any_kind_are_taken_or_refused(cls: Any) -> None:
    bounds = BOUNDS if "init_low" in settings_of(cls) else {}
    assert not list(not_answered(cls, GIVEN.get(cls, bounds)))


@pytest.mark.parametrize("function", FUNCTIONS)
def test_what_builds_networks_and_samples_takes_or_refuses_any_kind(function: Any) -> None:
    assert not list(not_answered(function, FUNCTIONS[function]))


@pytest.mark.parametrize("read", [load_idx, read_idx])
@pytest.mark.parametrize("kind", KINDS)
def test_paths_of_idx_files_of_any_kind_are_refused(read: Any, kind: str) -> None:
    with pytest.raises(StorageError):
        read(KINDS[kind])


@pytest.mark.parametrize("name", METHODS)
def test_arguments_of_any_kind_are_taken_or_refused(name: str) -> None:
    model = layered_model((2, 3, 2), (4.0,), seed=0)
    model.fit(DATA, "mse", "sgd", beta=1e-8, verbose=False, run=RUN)
    model.save(FILE)
    assert not list(not_answered(getattr(model, name), METHODS[name](model)))
