"""A small experiment, as plugins provide them."""

from typing import Any

from ebana_core.data import DataSet
from ebana_core.experiments import Experiment, Published, squared_error
from ebana_core.losses import MSE
from ebana_core.model import Model
from ebana_core.optimizers import SGD
from ebana_core.rules import EquilibriumPropagation
from tests.support.networks import layered_model

PAPER = "@article{own2020, author = {Own, A.}, title = {A divider}, year = {2020}}"


def data(folder: object) -> tuple[DataSet, DataSet]:
    samples = DataSet({"x": [[0.1, 0.2], [0.3, -0.1]]}, {"y": [[0.0], [1.0]]})
    return samples, samples


def build(seed: int) -> Model:
    return layered_model([2, 3, 2], [1.0], seed=seed)


def experiment(name: str = "own2020.divider", **changed: Any) -> Experiment:
    settings: dict[str, Any] = {
        "paper": PAPER,
        "task": "Two points by a divider.",
        "data": "written out",
        "load": data,
        "build": build,
        "rule": EquilibriumPropagation(1e-7),
        "loss": MSE(0.5),
        "optimizer": SGD,
        "hyperparameters": {"epochs": 2, "batch_size": 1},
        "measure": squared_error,
        "published": [
            Published(measure="mean squared error", value=3.5, unit="V²", where="table 1")
        ],
    }
    return Experiment(name=name, **{**settings, **changed})
