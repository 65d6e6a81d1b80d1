"""Layers of trained transistors: their models, ties, gates and gradients, and what they refuse."""

import re
import subprocess
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ebana_diode_mos import TransistorCrossbarLayer, TransistorNetworkLayer, UniformVoltage

from ebana_core import Model
from ebana_core.arrays import Array
from ebana_core.backends import NativeBackend
from ebana_core.data import DataSet
from ebana_core.errors import CircuitError, EbanaError, ParameterError, ShapeError, UnsupportedError
from ebana_core.initializers import RandomUniform
from ebana_core.layers import CurrentLayer, DenseLayer, InputVoltageLayer, Layer
from ebana_core.losses import MSE
from ebana_core.rules import Adjoint, CoupledLearning, EquilibriumPropagation
from ebana_core.testing.spice import need_ngspice

PARAM: Mapping[str, float] = {
    "VTO": 0.7,
    "KP": 6e-5,
    "GAMMA": 0.9,
    "PHI": 0.9,
    "LAMBDA": 0.1,
    "RSH": 70.0,
    "W": 1e-4,
    "L": 8e-6,
    "NRD": 0.3,
}
BRANCHES = [("a", "h"), ("h", "b"), ("h", "c"), ("c", "h"), ("c", "b"), ("a", "c")]
VOLTAGES = np.array([[0.8, 0.0], [0.1, 0.5], [-0.3, 0.4]])


def network(**settings: Any) -> Model:
    """Return a small graph with parallel and antiparallel branches between two inputs."""
    own = {"param": PARAM, "initializer": UniformVoltage(1.5, 4.0), **settings}
    x = InputVoltageLayer(units=2, name="x")
    graph: dict[str, Any] = {"branches": BRANCHES, "inputs": ["a", "b"], "outputs": ["h", "c"]}
    net = TransistorNetworkLayer(name="net", **{**graph, **own})(x)
    return Model([x], [CurrentLayer(name="out", fold=False)(net)], seed=3, gmin=1e-9, shunt=1e-9)


TIES = [
    {"body": body, "gate_reference": reference, "body_resistance": ohms}
    for body, reference, ohms in [
        ("ground", "ground", 0.0),
        ("ground", "source", 10.0),
        ("drain", "ground", 0.0),
        ("drain", "drain", 1e3),
        ("source", "source", 0.0),
        ("source", "drain", 1e5),
        ("floating", "ground", 0.0),
        ("floating", "drain", 1e6),
    ]
]


def finite_differences(model: Model, name: str, data: DataSet, loss: MSE) -> Array:
    """Return the gradient of the loss by a parameter from two solves for each of its values."""
    start, step = model.parameters[name].copy(), 1e-5
    result = np.zeros(start.shape)
    for place in np.ndindex(start.shape):
        losses = []
        for sign in (1, -1):
            moved = start.copy()
            moved[place] += sign * step
            model.parameters[name] = moved
            losses.append(model.evaluate(data, loss).loss)
        result[place] = (losses[0] - losses[1]) / (2 * step)
    model.parameters[name] = start
    return result


@pytest.mark.parametrize("ties", TIES)
@pytest.mark.parametrize("channel", ["n", "p"])
def test_adjoint_is_the_gradient_of_the_gates(ties: Mapping[str, Any], channel: str) -> None:
    sign = 1 if channel == "n" else -1
    model = network(
        channel=channel,
        param={**PARAM, "VTO": sign * 0.7},
        initializer=UniformVoltage(*sorted((sign * 1.5, sign * 4.0))),
        **ties,
    )
    data = DataSet({"x": VOLTAGES}, {"out": np.full((3, 2), 0.2)})
    found = model.gradients(data, MSE(), Adjoint())["net.gate"]
    expected = finite_differences(model, "net.gate", data, MSE())
    # Central differences of 1e-5 V: their own error is 1e-10 of the third derivative, and kinks.
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-7 * np.abs(expected).max())


@pytest.mark.parametrize("name", ["vto_offset", "kp_factor"])
@pytest.mark.parametrize("channel", ["n", "p"])
def test_sensitivities_to_the_chip_are_derivatives(name: str, channel: str) -> None:
    sign = 1.0 if channel == "n" else -1.0
    law = (
        network(channel=channel, param={**PARAM, "VTO": sign * 0.7}, initializer=sign)
        .layers["net"]
        .law.with_shunt(1e-9)
    )
    ends = np.array([[[0.7, 0.1], [0.1, 0.5], [0.0, -0.2], [0.3, 0.29]]])
    values = {"gate": sign * np.array([3.0, 2.0, 2.5, 4.0]), "vto_offset": np.full(4, 0.01)}
    values |= {"kp_factor": np.full(4, 1.02)}
    found = law.sensitivity(name, ends, values)
    above, below = (
        law.at(ends, {**values, name: values[name] + step}).currents for step in (1e-5, -1e-5)
    )
    # The second derivative changes little over 1e-5.
    np.testing.assert_allclose(found, (above - below) / 2e-5, rtol=1e-6, atol=1e-12)


@pytest.mark.parametrize("rule", [EquilibriumPropagation(beta=1e-6), CoupledLearning(eta=0.1)])
@pytest.mark.filterwarnings("ignore::ebana_core.rules.ReciprocityWarning")
def test_rules_that_compare_currents_say_that_a_gate_draws_none(rule: Any) -> None:
    data = DataSet({"x": VOLTAGES}, {"out": np.full((3, 2), 0.2)})
    with pytest.raises(UnsupportedError, match=r"draws no current.*\n?.*Adjoint"):
        network().gradients(data, MSE(), rule)


def test_compiled_code_finds_what_numpy_finds() -> None:
    for ties in TIES:
        model = network(**ties)
        plain = model.operating_points({"x": VOLTAGES}, backend=NativeBackend(compiled=False))
        fast = model.operating_points({"x": VOLTAGES})
        # Both end at rounding of a solution of conductances around 1e-4 S.
        np.testing.assert_allclose(fast.voltages, plain.voltages, rtol=0, atol=1e-12)
        assert fast.residual <= 1e-12
        assert plain.residual <= 1e-12


def test_a_p_channel_mirrors_an_n_channel() -> None:
    for ties in TIES:
        n = network(initializer=2.5, **ties)
        p = network(initializer=-2.5, channel="p", param={**PARAM, "VTO": -0.7}, **ties)
        found = p.operating_points({"x": -VOLTAGES}).voltages
        np.testing.assert_allclose(found, -n.operating_points({"x": VOLTAGES}).voltages, atol=1e-13)


def crossbar_and_graph(**settings: Any) -> tuple[Model, Model]:
    """Return a crossbar of three inputs and two outputs, and the graph of the same transistors."""
    models = []
    own: dict[str, Any] = {"name": "net", "param": PARAM, "initializer": np.linspace(1.5, 4, 6)}
    for kind in ("crossbar", "graph"):
        x = InputVoltageLayer(units=3, name="x")
        layer: Layer
        if kind == "crossbar":
            layer = TransistorCrossbarLayer(units=2, **own, **settings)(x)
        else:
            ends = [(f"i{k}", f"o{j}") for k in range(3) for j in range(2)]
            layer = TransistorNetworkLayer(
                branches=ends, inputs=["i0", "i1", "i2"], outputs=["o0", "o1"], **own, **settings
            )(x)
        out = CurrentLayer(name="out", fold=False)(layer)
        models.append(Model([x], [out], seed=0, gmin=1e-8, shunt=1e-9))
    return models[0], models[1]


@pytest.mark.parametrize("ties", TIES)
def test_a_crossbar_is_the_graph_of_its_transistors(ties: Mapping[str, Any]) -> None:
    x = np.random.default_rng(0).uniform(-0.2, 0.9, (5, 3))
    crossbar, graph = crossbar_and_graph(**ties)
    # The same equations in the same order: the same bits.
    assert np.array_equal(
        crossbar.operating_points({"x": x}).voltages, graph.operating_points({"x": x}).voltages
    )


def test_unknowns_that_nothing_joins_are_solved_as_together() -> None:
    x = np.random.default_rng(1).uniform(0, 0.9, (4, 3))
    crossbar, _ = crossbar_and_graph()
    alone = crossbar.operating_points({"x": x}).voltages
    one_by_one = [crossbar.operating_points({"x": row[None]}).voltages[0] for row in x]
    # Where a search begins does not show in its end, but for rounding.
    np.testing.assert_allclose(alone, one_by_one, rtol=0, atol=1e-13)


@pytest.mark.parametrize("ties", TIES)
def test_a_netlist_of_the_same_transistors_gives_the_same(
    ties: Mapping[str, Any], tmp_path: Path
) -> None:
    need_ngspice()
    model = network(**ties)
    model.parameters["net.vto_offset"] = np.linspace(-0.02, 0.02, len(BRANCHES))
    model.parameters["net.kp_factor"] = np.linspace(0.97, 1.03, len(BRANCHES))
    path = tmp_path / "net.cir"
    path.write_text(by_hand(model, ties), encoding="ascii")
    done = subprocess.run(["ngspice", "-b", path], capture_output=True, text=True, check=True)
    found = re.findall(r"^v\((\w)\) = (\S+)", done.stdout, re.MULTILINE)
    points = model.operating_points({"x": VOLTAGES[:1]})
    net = model.layers["net"]
    assert isinstance(net, TransistorNetworkLayer)
    expected = dict(zip(net.own_nodes, points.voltages[0, 2:], strict=True))
    assert {name for name, _ in found} == set(expected)
    for name, text in found:
        # ngspice ends at its `reltol` of 1e-10.
        assert float(text) == pytest.approx(expected[name], rel=0, abs=1e-10)


def by_hand(model: Model, ties: Mapping[str, Any]) -> str:
    """Return the netlist of `network` as its user would write it, without words of ours."""
    lines = ["by hand", ".options gmin=1e-9 rshunt=1e9 reltol=1e-10 vntol=1e-13 abstol=1e-15"]
    lines += [f"Va a 0 {float(VOLTAGES[0, 0])!r}", f"Vb b 0 {float(VOLTAGES[0, 1])!r}"]
    words = {key: value for key, value in PARAM.items() if key not in ("W", "L", "NRD")}
    for k, (drain, source) in enumerate(BRANCHES):
        known = {"ground": "0", "drain": drain, "source": source}
        gate, offset, factor = (
            float(model.parameters[f"net.{name}"][k])
            for name in ("gate", "vto_offset", "kp_factor")
        )
        own = {**words, "VTO": words["VTO"] + offset, "KP": words["KP"] * factor}
        card = " ".join(f"{key}={value!r}" for key, value in own.items())
        body = known.get(ties["body"], f"far{k}" if ties["body_resistance"] else f"bulk{k}")
        if ties["body_resistance"]:
            lines.append(f"Rb{k} bulk{k} {body} {ties['body_resistance']!r}")
            body = f"bulk{k}"
        lines.append(f"Vg{k} gate{k} {known[ties['gate_reference']]} {gate!r}")
        lines.append(f"M{k} {drain} gate{k} {source} {body} model{k} W=1e-4 L=8e-6 NRD=0.3 NRS=1")
        lines.append(f".model model{k} nmos(level=1 {card})")
    shown = [".control", "op", "set numdgt=15", "print v(h) v(c)", "quit 0", ".endc", ".end"]
    return "\n".join([*lines, *shown]) + "\n"


def test_a_card_of_a_file_is_kept_as_numbers(tmp_path: Path) -> None:
    path = tmp_path / "own.lib"
    path.write_text(
        ".model small nmos(level=1 vto=0.6 kp=5e-5 rsh=60 theta=0.3 wonder=2)\n"
        ".model other pmos(level=1 vto=-0.6)\n",
        encoding="ascii",
    )
    sizes = {"w": 1e-4, "l": 8e-6}
    with pytest.warns(UserWarning, match=r"theta, wonder, which .* count for nothing, as in ngsp"):
        model = network(model=path, model_name="small", param=sizes)
    path.unlink()
    plain = network(param={**sizes, "vto": 0.6, "kp": 5e-5, "rsh": 60})
    found, expected = (m.operating_points({"x": VOLTAGES}).voltages for m in (model, plain))
    assert np.array_equal(found, expected)


def test_a_saved_model_has_its_transistors(tmp_path: Path) -> None:
    model = network(body="floating", gate_reference="drain", lower=0.4, upper=8.0)
    model.save(tmp_path / "model.h5")
    again = Model.load(tmp_path / "model.h5")
    found, expected = (m.operating_points({"x": VOLTAGES}).voltages for m in (again, model))
    assert np.array_equal(found, expected)


def test_gates_stay_within_their_bounds_and_steps() -> None:
    model = network(initializer=2.0, lower=1.9, upper=2.1, max_step=0.05)
    layer = model.layers["net"]
    new, _ = layer.program(
        "gate", np.full(6, 2.0), np.linspace(-1, 1, 6), np.random.default_rng(0), {}
    )
    assert new.min() == pytest.approx(1.95)
    assert new.max() == pytest.approx(2.05)
    with pytest.raises(ParameterError, match=r"net\.gate"):
        model.parameters["net.gate"] = np.full(6, 2.2)


def test_uniform_voltages_are_drawn_from_their_interval() -> None:
    gates = network(initializer=UniformVoltage(-3.0, -1.0)).parameters["net.gate"]
    assert len(np.unique(gates)) == len(BRANCHES)
    assert ((gates >= -3) & (gates <= -1)).all()
    assert not np.array_equal(
        gates, network(initializer=RandomUniform(1.0, 3.0)).parameters["net.gate"]
    )


@pytest.mark.parametrize(
    ("settings", "error", "said"),
    [
        ({"initializer": 9.0, "upper": 8.0}, ParameterError, "net.gate"),
        ({"initializer": np.ones(4)}, ShapeError, "shape"),
        ({"initializer": "soon"}, ParameterError, "initializer"),
        ({"lower": 3.0, "upper": 2.0}, ParameterError, "from 3.0 V to 2.0 V"),
        ({"lower": float("nan")}, ParameterError, "lower"),
        ({"body": "bulk"}, ParameterError, "body"),
        ({"gate_reference": "bulk"}, ParameterError, "gate_reference"),
        ({"body_resistance": -1.0}, ParameterError, "body_resistance"),
        ({"channel": "x"}, ParameterError, "channel"),
        ({"param": {"vto": 0.7, "magic": 1.0}}, ParameterError, "magic"),
        ({"param": {"level": 3}}, ParameterError, "level 3"),
        ({"param": {"vto": float("nan")}}, ParameterError, "vto"),
        ({"param": {"w": 0.0}}, ParameterError, "w"),
        ({"inputs": ["a", "z"]}, ShapeError, "'z'"),
        ({"inputs": ["a", "a"]}, ShapeError, "inputs"),
        ({"inputs": ["a"]}, ShapeError, "names 1 inputs and gets 2"),
        ({"outputs": []}, ShapeError, "outputs"),
        ({"branches": [("a", "a"), ("a", "b")]}, ShapeError, "('a', 'a')"),
        ({"max_step": 0.0}, ParameterError, "max_step"),
    ],
)
def test_bad_settings_get_one_clear_error(
    settings: Mapping[str, Any], error: type[EbanaError], said: str
) -> None:
    with pytest.raises(error, match=re.escape(said)):
        network(**settings)


def test_a_node_that_nothing_holds_is_named() -> None:
    x = InputVoltageLayer(units=1, name="x")
    net = TransistorNetworkLayer(
        name="net",
        branches=[("a", "b"), ("c", "d")],
        inputs=["a"],
        outputs=["b"],
        body="floating",
        param=PARAM,
        initializer=2.0,
    )(x)
    with pytest.raises(CircuitError, match=r"net\["):
        Model([x], [CurrentLayer(name="out", fold=False)(net)])


def test_transistors_stand_behind_other_layers() -> None:
    x = InputVoltageLayer(units=2, name="x")
    dense = DenseLayer(units=2, name="d", initializer=RandomUniform(1e-4, 1e-3))(x)
    net = TransistorCrossbarLayer(units=2, name="net", param=PARAM, initializer=2.0)(dense)
    out = CurrentLayer(name="out", fold=False)(
        DenseLayer(units=2, name="e", initializer=RandomUniform(1e-4, 1e-3))(net)
    )
    model = Model([x], [out], seed=0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert model.operating_points({"x": VOLTAGES}).residual <= 1e-12
