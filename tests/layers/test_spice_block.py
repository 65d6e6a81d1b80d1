"""A user's subcircuit as a layer: right, the same on both simulators, learned, stored, refused."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pytest
from PySpice.Spice.Netlist import SubCircuit, SubCircuitFactory
from PySpice.Unit import u_H, u_kHz, u_kΩ, u_mA, u_pF, u_uA, u_uS, u_V

from ebana_core import Model, losses, optimizers
from ebana_core.data import BatchGenerator, DataSet
from ebana_core.errors import (
    CircuitError,
    EbanaError,
    ModelError,
    ParameterError,
    ReciprocityError,
    ShapeError,
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

EXACT = EquilibriumPropagation(1e-9, "centered", "exact")


class Clipper(SubCircuitFactory):  # type: ignore[misc]  # PySpice has no types
    """A diode behind a resistor, lifted by a source; a load to the output."""

    NAME = "clipper"
    NODES = ("a", "b")

    def __init__(self) -> None:
        super().__init__()
        self.R(1, "a", "mid", 10 @ u_kΩ)
        self.model("dx", "D", IS=1e-9, N=1.5, RS=10)
        self.D(1, "mid", "lift", model="dx")
        self.V("up", "lift", self.gnd, 0.1 @ u_V)
        self.R(2, "mid", "b", 33 @ u_kΩ)
        self.I("b", "b", self.gnd, 2 @ u_uA)
        self.C(1, "b", self.gnd, 1 @ u_pF)


class Everything(SubCircuitFactory):  # type: ignore[misc]
    """Every element that native knows."""

    NAME = "everything"
    NODES = ("a", "b", "vdd")

    def __init__(self) -> None:
        super().__init__()
        self.R(1, "a", "m", 10 @ u_kΩ)
        self.L(1, "m", "m2", 1e-6 @ u_H)
        self.VCVS("amp", "x", self.gnd, "m2", self.gnd, voltage_gain=3)
        self.V("s", "x", "y", 0 @ u_V)
        self.R(2, "y", "b", 1 @ u_kΩ)
        self.VCCS("g", "b", self.gnd, "m", "y", transconductance=10 @ u_uS)
        self.CCCS("f", "m", self.gnd, "Vs", current_gain=0.1)
        self.CCVS("h", "w", self.gnd, "Vs", transresistance=2 @ u_kΩ)
        self.R(4, "w", "b", 4 @ u_kΩ)
        current = "1e-4*tanh(v(b)*3)+(v(m)>0 ? 1u*v(m)^2 : -2e-6*exp(v(a)))+0.123456789012345*i(Vs)"
        self.BehavioralSource("b", "b", self.gnd, current_expression=current)
        self.BehavioralSource("c", "q", self.gnd, voltage_expression="{max(min(v(b),0.4),-.4)}")
        self.R(5, "q", "b", 2 @ u_kΩ)
        self.model("nm", "NMOS", LEVEL=1, VTO=0.2, KP=1e-4, GAMMA=0.4, LAMBDA=0.02)
        self.model("pm", "PMOS", LEVEL=1, VTO=-0.3, KP=1e-4, LAMBDA=0.02)
        self.MOSFET(1, "d", "m", "b", self.gnd, model="nm", w=2e-6, l=1e-6)
        self.R(6, "vdd", "d", 10 @ u_kΩ)
        self.MOSFET(2, "d", "b", "vdd", "vdd", model="pm", w=2e-6, l=1e-6)


class Bipolar(SubCircuitFactory):  # type: ignore[misc]
    """An emitter follower with quasi-saturation, which only ngspice knows."""

    NAME = "bipolar"
    NODES = ("base", "emitter", "vcc")

    def __init__(self) -> None:
        super().__init__()
        self.model("npn", "NPN", BF=100, IS=1e-15, RCO=10)
        self.Q(1, "vcc", "base", "emitter", model="npn")
        self.R(1, "emitter", self.gnd, 10 @ u_kΩ)


def block(name: str = "act", **settings: Any) -> SpiceBlock:
    given = {"subcircuit": Clipper(), "inputs": "a", "outputs": "b", **settings}
    return SpiceBlock(name=name, **given)


EVERYTHING = {"subcircuit": Everything(), "supplies": {"vdd": 1.5}}
FOLLOWER = {
    "subcircuit": Bipolar(),
    "inputs": "base",
    "outputs": "emitter",
    "supplies": {"vcc": 3.0},
}


def network(act: Callable[[Layer], Layer], g: tuple[float, float] = (1e-5, 1e-4)) -> Model:
    x = InputVoltageLayer(units=2, name="x")
    init = RandomUniform(*g)
    hidden = DenseLayer(units=4, name="d", initializer=init, lr=1e-9, trainable=True)(x)
    last = DenseLayer(units=2, name="last", initializer=init, lr=1e-9, trainable=True)(act(hidden))
    return Model(inputs=[x], outputs=[CurrentLayer(name="y")(last)], seed=1)


def data(n_samples: int = 5) -> DataSet:
    x = np.random.default_rng(0).uniform(-1, 1, (n_samples, 2))
    return DataSet({"x": x}, {"y": x[:, :1] / 5})


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
    assert currents[..., 0] == pytest.approx(arriving, rel=1e-9)
    assert -currents[..., 1] == pytest.approx(points.row_currents("last"), rel=1e-9)
    voltages = np.stack([points.at("d"), points.at("act")], axis=-1)
    assert points.power("act") == pytest.approx((voltages * currents).sum(axis=(1, 2)), rel=1e-9)
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
    assert found.voltages == pytest.approx(expected.voltages, rel=1e-9)


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


@pytest.mark.parametrize(
    ("settings", "error", "match"),
    [
        ({"outputs": ()}, ModelError, r"the ports of 'clipper' are \['a', 'b'\]"),
        ({"inputs": ("a", "z")}, ModelError, r"inputs=\['a', 'z'\]"),
        ({"inputs": ("a", "b")}, ModelError, "name each port once"),
        ({"supplies": {"b": 1.0}}, ModelError, "name each port once"),
        ({"inputs": None}, ModelError, r"inputs=\[\]"),
        ({"inputs": 5}, ModelError, r"inputs=\['5'\]"),
        ({"param": {"r9": 1.0}}, ParameterError, "param key 'r9'"),
        ({"param": {"R1": 1.0, "r1": 2.0}}, ParameterError, "'R1', 'r1'"),
        ({**EVERYTHING, "supplies": {"VDD": 1.0, "vdd": 2.0}}, ParameterError, "'VDD', 'vdd'"),
        ({**EVERYTHING, "supplies": {"vdd": "x"}}, ParameterError, r"supplies\['vdd'\]='x'"),
        ({**EVERYTHING, "supplies": 1.0}, ParameterError, "supplies=1.0"),
        ({"trainable": ("c1",)}, ParameterError, "trainable of 'c1'"),
        ({**EVERYTHING, "trainable": ("eamp",)}, ParameterError, "no local rule"),
        ({**EVERYTHING, "supplies": {"vdd": np.inf}}, ParameterError, r"supplies\['vdd'\]=inf"),
    ],
)
def test_bad_settings_are_named(settings: Any, error: type[EbanaError], match: str) -> None:
    with pytest.raises(error, match=match):
        block(**settings)


@pytest.mark.parametrize(
    ("own", "value"),
    [("r1", -1.0), ("r1", 0.0), ("r1", 1e-6), ("c1", -1e-12)],
)
def test_values_out_of_range_are_refused(own: str, value: float) -> None:
    with pytest.raises(ParameterError, match=rf"act.{own} is {value!r}"):
        network(block(param={own: value}))


def test_names_may_be_written_as_in_the_netlist() -> None:
    own = block(
        trainable=("R1", "Vup"),
        lr={"R1": 1e9, "VUP": 1.0},
        max_step={"VUP": 0.1},
        limits={"VUP": (0.0, 1.0)},
        param={"R1": 9e3},
    )
    assert own.trained_names == ("r1", "vup")
    assert own.lr == {"r1": 1e9, "vup": 1.0}
    model = network(own)
    assert model.parameters["act.r1"] == 9e3


@pytest.mark.ngspice
@pytest.mark.parametrize("name", ["driven", "fed", "check"])
def test_blocks_of_any_name_are_checked(name: str) -> None:
    assert block(name).check(2)


@pytest.mark.parametrize("settings", [(0,), (4, np.nan), (4, 0.0), (4, np.inf)])
def test_checks_of_nothing_are_refused(settings: tuple[Any, ...]) -> None:
    with pytest.raises(ParameterError, match="check of 'act' has n_samples="):
        block().check(*settings)


@pytest.mark.ngspice
def test_a_check_says_that_circuits_may_have_several_solutions() -> None:
    latch = (
        ".subckt s a b\nE1 x 0 value={1-2*tanh(5*v(b)-2.5)/2}\nR1 x a 1k\n"
        "E2 y 0 value={1-tanh(5*v(a)-2.5)}\nR2 y b 1k\n.ends"
    )
    checked = block(subcircuit=latch, inputs=("a", "b"), outputs=()).check(64)
    assert not checked
    assert "It has several operating points" in str(checked)


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


def test_nodes_that_do_not_fit_are_refused() -> None:
    two = ".subckt s a b\nR1 a b 1k\n.ends"
    x = InputVoltageLayer(units=3, name="x")
    dense = DenseLayer(units=3, name="d", initializer=RandomUniform(1e-5, 1e-4))(x)
    pair = block(subcircuit=two, inputs=("a", "b"), outputs=())(dense)
    with pytest.raises(ShapeError, match="is fed by 3 nodes"):
        Model(inputs=[x], outputs=[CurrentLayer(name="y", fold=False)(pair)])


def test_a_node_that_nothing_holds_is_refused() -> None:
    text = ".subckt s a\nC1 a hung 1p\nC2 hung 0 1p\nR1 a 0 1k\n.ends"
    with pytest.raises(CircuitError, match=r"act.in_hung\[0\]"):
        network(block(subcircuit=text, outputs=()))


def test_pyspice_reaches_the_parser_as_it_prints() -> None:
    circuit = SubCircuit("div", "a", "b")
    circuit.R("top", "a", "b", 1 @ u_kΩ)
    circuit.SinusoidalVoltageSource("w", "b", circuit.gnd, amplitude=1 @ u_V, frequency=1 @ u_kHz)
    circuit.I("off", "b", circuit.gnd, 0.001 @ u_mA)
    own = block(subcircuit=circuit, inputs="a", outputs="b")
    assert own.numbers == {}
    defaults = {item.name: item.default for item in own.law.values}
    assert defaults == {"rtop": 1e3, "vw": 0.0, "ioff": pytest.approx(1e-6)}


FILE = """* \u00b0 \u00a7
.param unit=2k
.subckt divider top middle params: ratio=1
R1 top middle {unit}
R2 middle 0 {unit*ratio}
.ends
.subckt pair top middle
X1 top middle divider ratio=3
.ends
.subckt open top
R1 top 0 {nobody}
"""


def test_a_block_from_a_file_needs_the_file_no_more(tmp_path: Path) -> None:
    path = tmp_path / "vendor.lib"
    path.write_text(FILE, encoding="latin-1")
    x = InputVoltageLayer(units=1, name="x")
    block = SpiceBlock.from_file(path, "Pair", name="act", inputs="top", outputs="middle")
    model = Model(inputs=[x], outputs=[CurrentLayer(name="y", fold=False)(block(x))], seed=0)
    model.save(tmp_path / "model.h5")
    path.unlink()
    again = Model.load(tmp_path / "model.h5")
    for own in (model, again):
        # A divider of 2 and 6 kilohm.
        assert own.operating_points({"x": [[1.0]]}).at("act")[0, 0] == pytest.approx(
            0.75, rel=1e-12
        )
    assert "vendor" not in block.subcircuit


def test_a_file_of_one_subcircuit_needs_no_name(tmp_path: Path) -> None:
    one, two = tmp_path / "one.lib", tmp_path / "two.lib"
    one.write_text(".subckt inner a\nR1 a 0 1k\n.ends\n.subckt outer a\nX1 a inner\n.ends\n")
    two.write_text(".subckt first a\nR1 a 0 1k\n.ends\n.subckt second a\nR1 a 0 2k\n.ends\n")
    assert SpiceBlock.from_file(one, name="act", inputs="a").law.subcircuit.name == "outer"
    with pytest.raises(CircuitError, match=r"two.lib holds the subcircuits \['first', 'second'\]"):
        SpiceBlock.from_file(two, name="act", inputs="a")


def test_a_text_of_several_subcircuits_needs_a_name() -> None:
    text = "".join(f".subckt s{k} a\nR1 a 0 {k}k\n.ends\n" for k in (1, 2, 3))
    with pytest.raises(CircuitError, match="subcircuit_name"):
        SpiceBlock(name="act", subcircuit=text, inputs="a")
    block = SpiceBlock(name="act", subcircuit=text, subcircuit_name="S2", inputs="a")
    assert [item.default for item in block.law.values] == [2000.0]
    again = SpiceBlock(name="act", subcircuit=block.subcircuit, inputs="a")
    assert again.law.subcircuit == block.law.subcircuit
