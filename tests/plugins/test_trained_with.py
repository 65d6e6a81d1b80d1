"""Runs that were trained with a plugin's rule, loss, optimizer and initializer."""

import importlib
import shutil
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from ebana_core import Model, Run, losses, optimizers
from ebana_core.cli.app import app
from ebana_core.data import BatchGenerator, DataSet
from ebana_core.errors import StorageError, UnknownNameError
from ebana_core.initializers import RandomUniform
from ebana_core.layers import CurrentLayer, DenseLayer, InputVoltageLayer
from ebana_core.metrics import Metrics
from ebana_core.rules import CoupledLearning, EquilibriumPropagation, Measurement
from tests.support.distributions import fake_distribution

CODE = """
import attrs
from ebana_core.hookspecs import hookimpl
from ebana_core.initializers import Initializer
from ebana_core.losses import Loss, MSE
from ebana_core.optimizers import Optimizer
from ebana_core.rules import EquilibriumPropagation, LearningRule
@attrs.frozen
class Halves(LearningRule):
    share: float
    inner: EquilibriumPropagation
    def run(self, *arguments):
        return self.inner.run(*arguments)
@attrs.frozen
class Steep(Loss):
    factor: float
    def value(self, prediction, target):
        return self.factor * MSE().value(prediction, target)
    def gradient(self, prediction, target):
        return self.factor * MSE().gradient(prediction, target)
class Slow(Optimizer):
    def __init__(self, model, beta=None, *, brake=2.0):
        super().__init__(model, beta)
        self.brake = brake
    def direction(self, gradient, slots, step):
        return gradient / self.brake, {}
@attrs.frozen
class Even(Initializer):
    value: float
    lower, upper = 1e-9, 1e-3
    def draw(self, shape, rng):
        return self.value * rng.uniform(0.5, 1.0, shape)
@hookimpl
def ebana_rules():
    return [Halves]
@hookimpl
def ebana_losses():
    return [Steep]
@hookimpl
def ebana_optimizers():
    return [Slow]
@hookimpl
def ebana_initializers():
    return [Even]
"""
NAME = "even_plugin"
DATA = DataSet({"x": np.eye(2)}, {"y": [[0.0], [0.3]]})
EP = EquilibriumPropagation(1e-7, measurement=Measurement(noise=1e-9))


@pytest.fixture
def plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    fake_distribution(tmp_path, NAME, CODE)
    monkeypatch.syspath_prepend(str(tmp_path))
    sys.modules.pop(NAME, None)
    return importlib.import_module(NAME)


def network(initializer: Any) -> Model:
    x = InputVoltageLayer(units=2, name="x")
    dense = DenseLayer(units=2, name="d", initializer=initializer, lr=1e-9)(x)
    return Model(inputs=[x], outputs=[CurrentLayer(name="y")(dense)], seed=0)


def fit(model: Model, loss: Any, optimizer: Any, run: Path, epochs: int, **settings: Any) -> None:
    quiet = Metrics(model, verbose=False)
    model.fit(BatchGenerator(DATA), loss, optimizer, epochs, metrics=quiet, run=run, **settings)


def trained(plugin: Any, run: Path, epochs: int) -> Model:
    model = network(plugin.Even(1e-5))
    optimizer = plugin.Slow(model, brake=4.0)
    fit(model, plugin.Steep(3.0), optimizer, run, epochs, rule=plugin.Halves(0.5, EP))
    return model


def test_a_run_is_gone_on_with_by_name(plugin: Any, tmp_path: Path) -> None:
    run = tmp_path / "run.h5"
    trained(plugin, run, 2)
    model = Model.load(run)
    with_ = model.trained_with(run)
    assert with_.rule == plugin.Halves(0.5, EP)
    assert with_.losses == {"y": plugin.Steep(3.0)}
    assert isinstance(with_.optimizer, plugin.Slow)
    assert with_.optimizer.brake == 4.0
    fit(model, with_.losses, with_.optimizer, run, 4, rule=with_.rule, resume=True)
    whole = trained(plugin, tmp_path / "whole.h5", 4)
    assert np.array_equal(model.parameters["d.conductance"], whole.parameters["d.conductance"])
    with Run.open(run) as opened:
        assert opened.versions[NAME] == "1.2"


def test_without_the_plugin_its_name_and_version_are_told(plugin: Any, tmp_path: Path) -> None:
    run = tmp_path / "run.h5"
    trained(plugin, run, 2)
    shutil.rmtree(tmp_path / f"{NAME}-1.2.dist-info")
    with Run.open(run) as opened:
        assert opened.n_epochs == 2
    for act, thing in ((Model.load, "Even"), (network(RandomUniform(1e-6, 1e-5)).trained_with, "")):
        with pytest.raises(UnknownNameError, match=f"'{thing}.*of {NAME} 1.2, which") as caught:
            act(run)
        assert caught.value.fix == f"pip install {NAME}==1.2"
    told = CliRunner().invoke(app, ["runs", "info", str(run)])
    for thing in ("Even", "Halves", "Steep", "Slow"):
        assert f"'{thing}' of {NAME} 1.2, which is not installed" in told.output


@pytest.mark.parametrize("thing", ["rule", "losses", "optimizer"])
def test_a_run_resumed_otherwise_tells_the_plugin_that_is_missing(
    plugin: Any, tmp_path: Path, thing: str
) -> None:
    run = tmp_path / "run.h5"
    model = network(RandomUniform(1e-6, 1e-5))
    own = {
        "rule": plugin.Halves(0.5, EP),
        "losses": plugin.Steep(1.0),
        "optimizer": plugin.Slow(model),
    }
    core = {"rule": EP, "losses": losses.MSE(), "optimizer": optimizers.SGD(model)}
    mixed = {**core, thing: own[thing]}
    fit(model, mixed["losses"], mixed["optimizer"], run, 1, rule=mixed["rule"])
    shutil.rmtree(tmp_path / f"{NAME}-1.2.dist-info")
    with pytest.raises(StorageError, match=f"other {thing}.*{NAME} 1.2, which is not") as caught:
        fit(model, core["losses"], core["optimizer"], run, 2, rule=core["rule"], resume=True)
    assert caught.value.fix == f"pip install {NAME}==1.2"


@pytest.mark.parametrize(
    ("rule", "loss", "optimizer", "settings"),
    [
        (EP, losses.Weighted(losses.MSE(0.2), 0.5), optimizers.SGDMomentum, {"momentum": 0.7}),
        (CoupledLearning(0.3, "centered"), losses.MSE(), optimizers.Adam, {"beta_1": 0.8}),
    ],
)
def test_the_core_is_made_again_too(
    tmp_path: Path, rule: Any, loss: Any, optimizer: Any, settings: dict[str, float]
) -> None:
    model = network(RandomUniform(1e-6, 1e-5))
    fit(model, loss, optimizer(model, **settings), tmp_path / "run.h5", 1, rule=rule)
    found = model.trained_with(tmp_path / "run.h5")
    assert (found.rule, found.losses) == (rule, {"y": loss})
    assert type(found.optimizer) is optimizer
    assert vars(found.optimizer).items() >= settings.items()


def test_what_no_plugin_provides_is_handed_in(plugin: Any, tmp_path: Path) -> None:
    shutil.rmtree(tmp_path / f"{NAME}-1.2.dist-info")
    model, rule = network(RandomUniform(1e-6, 1e-5)), plugin.Halves(0.5, EP)
    fit(model, losses.MSE(), optimizers.SGD(model), tmp_path / "run.h5", 1, rule=rule)
    with pytest.raises(UnknownNameError, match="'rule' was Halves") as caught:
        model.trained_with(tmp_path / "run.h5")
    assert "callables={'rule': ...}" in caught.value.fix
    assert model.trained_with(tmp_path / "run.h5", {"rule": rule}).rule is rule
