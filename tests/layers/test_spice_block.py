"""A user's subcircuit as a layer: right, the same on both simulators, learned and stored."""

from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pytest
from PySpice.Spice.Netlist import SubCircuitFactory
from PySpice.Unit import u_kΩ

from ebana_core import Model, losses, optimizers
from ebana_core.data import BatchGenerator
from ebana_core.errors import (
    ReciprocityError,
    UnsupportedError,
)
from ebana_core.initializers import RandomUniform
from ebana_core.layers import (
    AmplificationLayer,
    CurrentLayer,
    DenseLayer,
    InputVoltageLayer,
    Layer,
    SpiceBlock,
)
from ebana_core.metrics import Metrics
from ebana_core.rules import Adjoint, EquilibriumPropagation
from ebana_core.rules.phased import ReciprocityWarning
from tests.support.clippers import EVERYTHING, EXACT, Clipper, block, data, network


class Bipolar(SubCircuitFactory):  # type: ignore[misc]
    """An emitter follower with quasi-saturation, which only ngspice knows."""

    NAME = "bipolar"
    NODES = ("base", "emitter", "vcc")

    def __init__(self) -> None:
        super().__init__()
        self.model("npn", "NPN", BF=100, IS=1e-15, RCO=10)
        self.Q(1, "vcc", "base", "emitter", model="npn")
        self.R(1, "emitter", self.gnd, 10 @ u_kΩ)


FOLLOWER = {
    "subcircuit": Bipolar(),
    "inputs": "base",
    "outputs": "emitter",
    "supplies": {"vcc": 3.0},
}


@pytest.mark.ngspice
@pytest.mark.parametrize("settings", [{}, EVERYTHING], ids=["clipper", "everything"])
def test_native_is_right_and_ngspice_agrees(settings: dict[str, Any]) -> None:
    act = block(**settings)
    checked = act.check(64, 1.5)
    assert checked, str(checked)
    assert checked.residual <= 1e-12
    model, inputs = network(act), data().inputs
    for nudge in (None, {"y": np.full((5, 1), 1e-7)}):
        native, reference = (
            model.operating_points(inputs, b, nudge=nudge) for b in ("native", "ngspice")
        )
        assert native.residual <= 1e-12
        assert reference.residual <= 1e-11
        assert native.power_balance <= 1e-11
        assert np.abs(native.voltages - reference.voltages).max() <= 1e-8


@pytest.mark.ngspice
def test_ports_carry_what_flows_and_take_up_power() -> None:
    model = network(block())
    points = model.operating_points(data().inputs)
    currents = points.currents("act")["act"].reshape(5, 4, 2)
    arriving = points.column_currents("d")
    assert currents[..., 0] == pytest.approx(arriving, rel=1e-9, abs=0)
    assert -currents[..., 1] == pytest.approx(points.row_currents("last"), rel=1e-9, abs=0)
    voltages = np.stack([points.at("d"), points.at("act")], axis=-1)
    assert points.power("act") == pytest.approx(
        (voltages * currents).sum(axis=(1, 2)), rel=1e-9, abs=0
    )
    reference = model.operating_points(data().inputs, "ngspice").currents("act")["act"]
    assert np.abs(reference.reshape(5, 4, 2) - currents).max() <= 1e-12


def test_every_trained_value_of_a_block_has_its_gradient() -> None:
    names = ("r1", "r2", "vup", "ib")
    per_block = {"r1": [9e3, 10e3, 11e3, 12e3]}
    model, loss = network(block(trainable=names, param=per_block)), losses.MSE()
    assert model.parameters["act.r1"].shape == (4,)
    exact, adjoint = (model.gradients(data(), loss, rule) for rule in (EXACT, Adjoint()))
    for name in (f"act.{own}" for own in names):
        values = np.array(model.parameters[name])
        scale = np.abs(adjoint[name]).max()
        for place in np.ndindex(values.shape):
            found = []
            for factor in (-2, -1, 1, 2):
                moved = values.copy()
                moved[place] *= 1 + 1e-3 * factor
                model.restore({name: moved})
                found.append(model.evaluate(data(), loss, power=False).loss)
            model.restore({name: values})
            a, b, c, d = found
            expected = (a - 8 * b + 8 * c - d) / (12e-3 * values[place])
            assert abs(adjoint[name][place] - expected) <= 1e-6 * scale
            assert abs(exact[name][place] - expected) <= 1e-5 * scale
    for name in ("d.conductance", "last.conductance"):
        scale = np.abs(adjoint[name]).max()
        assert np.abs(exact[name] - adjoint[name]).max() <= 1e-6 * scale


def test_one_way_blocks_have_an_adjoint_and_no_energy() -> None:
    model, loss = network(block(**EVERYTHING)), losses.MSE()
    adjoint = model.gradients(data(), loss, Adjoint())["d.conductance"]
    values = np.array(model.parameters["d.conductance"])
    found = []
    for factor in (-2, -1, 1, 2):
        moved = values.copy()
        moved[0, 1] *= 1 + 1e-5 * factor
        model.restore({"d.conductance": moved})
        found.append(model.evaluate(data(), loss, power=False).loss)
    model.restore({"d.conductance": values})
    a, b, c, d = found
    expected = (a - 8 * b + 8 * c - d) / (12e-5 * values[0, 1])
    assert abs(adjoint[0, 1] - expected) <= 1e-6 * np.abs(adjoint).max()
    with pytest.raises(ReciprocityError, match="'act' holds 'eamp', which acts one way"):
        model.gradients(data(), loss, EXACT)
    with pytest.warns(ReciprocityWarning, match="'eamp'"):
        local = model.gradients(data(), loss, EquilibriumPropagation(1e-7))
    assert np.isfinite(local["d.conductance"]).all()


def test_a_behavioural_source_of_its_own_drop_is_reciprocal() -> None:
    text = ".subckt s a\nB1 a 0 i=1e-5*v(a)+2e-5*v(a)^3*(v(a)>0?1:-1)\n.ends"
    own = block(subcircuit=text, outputs=())
    assert not own.law.active
    model = network(own)
    exact, adjoint = (model.gradients(data(), losses.MSE(), r) for r in (EXACT, Adjoint()))
    for name, gradient in exact.items():
        assert np.abs(gradient - adjoint[name]).max() <= 1e-6 * np.abs(adjoint[name]).max()
    other = ".subckt s a b\nB1 a 0 i=1e-5*v(b)\nR1 a b 1k\n.ends"
    assert block(subcircuit=other, inputs=("a", "b"), outputs=()).law.active == "b1"


@pytest.mark.ngspice
def test_what_native_lacks_runs_on_ngspice() -> None:
    act = block(**FOLLOWER)
    checked = act.check()
    assert not checked
    assert (
        "element 'q1' is a transistor with ['rco'] (quasi-saturation), which native does not know"
        in str(checked)
    )
    model = network(act)
    with pytest.raises(UnsupportedError, match="'act': element 'q1'") as caught:
        model.operating_points(data().inputs)
    assert caught.value.fix == 'use backend="ngspice"'
    points = model.operating_points(data().inputs, "ngspice")
    assert points.residual <= 1e-9
    drop = points.at("d") - points.at("act")
    conducts = points.at("act") > 0.1
    assert (drop[conducts] > 0.4).all()
    with pytest.raises(UnsupportedError, match="linearised"):
        model.gradients(data(), losses.MSE(), Adjoint(), "ngspice")


@pytest.mark.ngspice
def test_an_expression_that_native_lacks_runs_on_ngspice() -> None:
    text = ".subckt s a\nB1 a 0 i=1e-5*v(a)*cos(temper*0)+0*(v(a)==1)\n.ends"
    act = block(subcircuit=text, outputs=())
    with pytest.raises(UnsupportedError, match="'b1' holds '== of voltages'"):
        network(act).operating_points(data().inputs)
    same = block(subcircuit=".subckt s a\nR1 a 0 100k\n.ends", outputs=())
    found = network(block(subcircuit=text, outputs=())).operating_points(data().inputs, "ngspice")
    expected = network(same).operating_points(data().inputs)
    assert found.voltages == pytest.approx(expected.voltages, rel=1e-9, abs=0)


def test_a_block_learns_and_comes_back(tmp_path: Path) -> None:
    model = network(block(trainable=("r1",), lr={"r1": 1e9}))
    before = model.evaluate(data(), losses.MSE()).loss
    model.fit(
        BatchGenerator(data(), batch_size=5),
        losses.MSE(0.0),
        optimizers.SGD(model),
        epochs=20,
        rule=EquilibriumPropagation(1e-7),
        metrics=Metrics(model, verbose=False),
        run=tmp_path / "run.h5",
    )
    after = model.evaluate(data(), losses.MSE()).loss
    assert after < before
    assert model.parameters["act.r1"] != 10e3
    again = Model.load(tmp_path / "run.h5")
    assert again.evaluate(data(), losses.MSE()).loss == after
    assert isinstance(again.layers["act"], SpiceBlock)
    assert "Clipper".lower() in again.layers["act"].subcircuit


@pytest.mark.ngspice
def test_several_ports_and_nested_subcircuits() -> None:
    class Pair(SubCircuitFactory):  # type: ignore[misc]
        NAME = "pair"
        NODES = ("p", "n", "out")

        def __init__(self) -> None:
            super().__init__()
            self.subcircuit(Clipper())
            self.X("one", "clipper", "p", "out")
            self.X("two", "clipper", "n", "out")

    pair = block(subcircuit=Pair(), inputs=("p", "n"), outputs="out")
    assert pair.output_shape([(4,)]) == (2,)
    checked = pair.check()
    assert checked, str(checked)
    assert {"xone_r1", "xtwo_r1"} <= {item.name for item in pair.law.values}
    x = InputVoltageLayer(units=3, name="x")
    dense = DenseLayer(units=4, name="d", initializer=RandomUniform(1e-5, 1e-4))(x)
    last = DenseLayer(units=2, name="o", initializer=RandomUniform(1e-5, 1e-4))(pair(dense))
    model = Model(inputs=[x], outputs=[CurrentLayer(name="y")(last)], seed=0)
    inputs = {"x": np.array([[0.5, -0.2, 0.9]])}
    native, reference = (model.operating_points(inputs, b) for b in ("native", "ngspice"))
    assert np.abs(native.voltages - reference.voltages).max() <= 1e-8


def test_what_is_no_current_adds_nothing_to_the_residual() -> None:
    def amplified(hidden: Layer) -> Layer:
        return block()(AmplificationLayer(name="amp", param={"gain": 3.0, "shift": 0.1})(hidden))

    assert network(amplified).operating_points(data().inputs).residual <= 1e-12


@pytest.mark.ngspice
def test_supplies_keep_nodes_of_their_own() -> None:
    text = ".subckt s a v+ v-\nR1 a v+ 1k\nR2 a v- 3k\n.ends"
    own = block(subcircuit=text, outputs=(), supplies={"V+": 1.0, "V-": -0.6})
    for backend in ("native", "ngspice"):
        points = network(own).operating_points({"x": np.zeros((1, 2))}, backend)
        assert points.at("d") == pytest.approx(0.6, abs=0.1)
        own = attrs.evolve(own)
