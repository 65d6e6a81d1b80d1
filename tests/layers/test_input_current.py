"""Currents of a sample: closed form, both simulators, gradients, netlists."""

from pathlib import Path

import numpy as np
import pytest

from ebana_core import Model
from ebana_core.data import BatchGenerator, DataSet
from ebana_core.errors import ModelError, ShapeError
from ebana_core.initializers import Given, RandomUniform
from ebana_core.layers import (
    AmplificationLayer,
    CurrentLayer,
    DenseLayer,
    InputCurrentLayer,
    InputVoltageLayer,
)
from ebana_core.losses import MSE
from ebana_core.optimizers import SGD
from ebana_core.rules import Adjoint, EquilibriumPropagation
from tests.support.zoo import DiodeLayer

INIT = RandomUniform(1e-6, 1e-5)
RNG = np.random.default_rng(0)
DATA = DataSet(
    {"x": RNG.uniform(-1, 1, (5, 2)), "i": RNG.uniform(-2, 2, (5, 4))},
    {"y": RNG.uniform(-0.3, 0.3, (5, 1))},
)


def network(amplified: bool = False, **settings: object) -> Model:
    """Diodes, currents of samples at the hidden nodes, and perhaps amplifiers behind them."""
    x, i = InputVoltageLayer(units=2, name="x"), InputVoltageLayer(units=4, name="i")
    d1 = DenseLayer(units=4, name="d1", initializer=INIT, lr=1e-9)(x)
    param = {"IS": 1e-7, "a": 0.1}
    q = DiodeLayer(name="q", kind="antiparallel", param=param)(d1)
    c = InputCurrentLayer(name="c", transconductance=[1e-6, 2e-6, -1e-6, 1e-6], **settings)([q, i])
    if amplified:
        c = AmplificationLayer(name="g", param={"gain": 3.0})(c)
    d2 = DenseLayer(units=2, name="d2", initializer=INIT, lr=1e-9)(c)
    return Model(inputs=[x, i], outputs=[CurrentLayer(name="y")(d2)], seed=1)


def test_a_current_into_a_conductance_is_a_voltage() -> None:
    x, i = InputVoltageLayer(units=1, name="x"), InputVoltageLayer(units=1, name="i")
    d = DenseLayer(units=1, name="d", initializer=Given(2e-6))(x)
    c = InputCurrentLayer(name="c")([d, i])
    model = Model(inputs=[x, i], outputs=[CurrentLayer(name="y", fold=False)(c)])
    amperes = np.array([[3e-6], [-1e-6], [0.0]])
    points = model.operating_points({"x": np.zeros((3, 1)), "i": amperes})
    assert points.at("c") == pytest.approx(amperes / 2e-6, rel=1e-12, abs=0)
    assert points.residual <= 1e-12


def test_each_number_of_a_sample_goes_to_its_own_node() -> None:
    x, i = InputVoltageLayer(units=1, name="x"), InputVoltageLayer(units=2, name="i")
    siemens = np.array([[2e-6, 5e-6]])
    d = DenseLayer(units=2, name="d", initializer=Given(siemens))(x)
    c = InputCurrentLayer(name="c", transconductance=[1e-6, 3e-6])([d, i])
    model = Model(inputs=[x, i], outputs=[CurrentLayer(name="y", fold=False)(c)])
    points = model.operating_points({"x": [[0.0]], "i": [[1.0, -2.0]]})
    assert points.at("c") == pytest.approx(np.array([[1e-6, -6e-6]]) / siemens, rel=1e-12, abs=0)


@pytest.mark.ngspice
def test_both_simulators_agree() -> None:
    model = network(amplified=True)
    ours = model.operating_points(dict(DATA.inputs))
    theirs = model.operating_points(dict(DATA.inputs), backend="ngspice")
    assert theirs.node_voltages == pytest.approx(ours.node_voltages, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("amplified", [False, True])
def test_learning_beside_input_currents_follows_the_gradient_of_the_loss(amplified: bool) -> None:
    model = network(amplified, trainable=True, lr=1e-12)
    rule = EquilibriumPropagation(1e-9, "centered", "exact")
    measured = model.gradients(DATA, MSE(), rule)
    exact = model.gradients(DATA, MSE(), Adjoint())
    assert set(measured) == {"d1.conductance", "d2.conductance", "c.transconductance"}
    for name, found in measured.items():
        # The centered form's bias is of the second order in a beta of a thousandth of siemens.
        assert found == pytest.approx(exact[name], rel=1e-6, abs=1e-9 * np.abs(exact[name]).max())


def test_the_adjoint_is_the_difference_of_losses() -> None:
    model = network(trainable=True, lr=1e-12)
    exact = model.gradients(DATA, MSE(), Adjoint())["c.transconductance"]
    at = model.parameters["c.transconductance"]
    for k in range(4):
        losses = []
        for sign in (1, -1):
            moved = at.copy()
            moved[k] += sign * 1e-9
            model.parameters["c.transconductance"] = moved
            losses.append(model.evaluate(DATA, MSE()).loss)
        model.parameters["c.transconductance"] = at
        assert (losses[0] - losses[1]) / 2e-9 == pytest.approx(exact[k], rel=1e-4, abs=0)


def test_a_network_with_input_currents_trains_and_is_saved(tmp_path: Path) -> None:
    model = network(trainable=True, lr=1e-12)
    before = model.evaluate(DATA, MSE()).loss
    model.fit(BatchGenerator(DATA), MSE(), SGD(model), epochs=20, beta=1e-8)
    assert model.evaluate(DATA, MSE()).loss < before
    model.save(tmp_path / "model.h5")
    again = Model.load(tmp_path / "model.h5")
    assert (again.predict(DATA)["y"] == model.predict(DATA)["y"]).all()


def test_what_it_cannot_stand_at_is_refused() -> None:
    x, i = InputVoltageLayer(units=2, name="x"), InputVoltageLayer(units=3, name="i")
    d = DenseLayer(units=4, name="d", initializer=INIT)(x)
    for parents in ([d], [i, d], [d, i, i], d):
        with pytest.raises(ModelError, match="call it on two layers"):
            InputCurrentLayer(name="c")(parents)
    behind = InputVoltageLayer(units=4, name="r", source_resistance=10.0)
    with pytest.raises(ModelError, match="without source_resistance"):
        InputCurrentLayer(name="c")([d, behind])
    c = InputCurrentLayer(name="c")([d, i])
    with pytest.raises(ShapeError, match="into 4 nodes and gets samples of 3"):
        Model(inputs=[x, i], outputs=[CurrentLayer(name="y")(c)])
