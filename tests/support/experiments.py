"""A small experiment, as plugins provide them."""

from typing import Any

from ebana_core.data import DataSet
from ebana_core.experiments import Axis, Chart, Experiment, Published, squared_error
from ebana_core.experiments.results import Outcome, Result, made_with
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


def charted() -> Experiment:
    """Return one that draws a curve over another, and the same without places."""
    y = Axis("squared error", "V²", is_log=True)
    return experiment(
        charts=[
            Chart(
                caption="Over the noise.",
                x=Axis("noise", "V", is_log=True),
                y=y,
                over="noise",
                curves=["error"],
                slope=-1.0,
            ),
            Chart(caption="Both.", x=Axis("epoch"), y=y, curves=["error", "noise"]),
        ]
    )


def result(of: Experiment) -> Result:
    """Return what two seeds of `charted` might give."""
    curves = [{"noise": [1.0, 10.0, 100.0], "error": [k, k / 10, k / 100]} for k in (1.0, 2.0)]
    return Result(
        experiment=of.name,
        command=f"ebana zoo run {of.name}",
        hyperparameters={},
        made_with=made_with(),
        outcomes=tuple(
            Outcome(seed=seed, seconds=1.0, measured={"mean squared error": 1.0}, curves=curve)
            for seed, curve in enumerate(curves)
        ),
    )
