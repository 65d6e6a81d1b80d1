"""Layers of transistors: models of files, bounds, and settings that are refused."""

import re
import sys
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ebana_diode_mos import TransistorCrossbarLayer, TransistorNetworkLayer, UniformVoltage

from ebana_core import Model
from ebana_core.errors import CircuitError, EbanaError, ParameterError, ShapeError, UnknownNameError
from ebana_core.initializers import RandomUniform
from ebana_core.layers import CurrentLayer, DenseLayer, InputVoltageLayer
from tests.support.trained_transistors import BRANCHES, PARAM, VOLTAGES, network


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


@pytest.mark.parametrize("way", ["param", "model", "file", "load"])
def test_unknown_words_are_told_once_at_the_line_of_the_user(way: str, tmp_path: Path) -> None:
    path, saved = tmp_path / "own.lib", tmp_path / "model.h5"
    path.write_text(".model small nmos(level=1 vto=0.6 theta=0.3)\n", encoding="ascii")
    words = {"vto": 0.6, "theta": 0.3}
    settings: Mapping[str, Any] = {
        "param": {"param": words},
        "model": {"model": {"type": "nmos", **words}},
        "file": {"model": path},
        "load": {"param": words},
    }[way]
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        x = InputVoltageLayer(units=2, name="x")
        net = TransistorCrossbarLayer(units=2, name="net", initializer=2.0, **settings)
        line = net_line = sys._getframe().f_lineno - 1
        model = Model([x], [CurrentLayer(name="out", fold=False)(net(x))], seed=0)
        model.operating_points({"x": VOLTAGES})
        if way == "load":
            model.save(saved)
            Model.load(saved)
            line = sys._getframe().f_lineno - 1
    assert all("theta" in str(one.message) for one in told)
    places = [(one.filename, one.lineno) for one in told]
    assert places == [(__file__, number) for number in dict.fromkeys([net_line, line])]


def test_a_card_of_another_level_is_refused_without_a_warning(tmp_path: Path) -> None:
    (tmp_path / "own.lib").write_text(".model a nmos(level=3 vto=0.6 theta=0.3 eta=0.2)\n")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(ParameterError, match="of level 3"):
            network(model=tmp_path / "own.lib")


@pytest.mark.parametrize(("channel", "kind"), [("n", "pmos"), ("p", "nmos")])
@pytest.mark.parametrize("way", ["mapping", "file"])
def test_another_channel_than_the_models_is_warned_of(
    way: str, channel: str, kind: str, tmp_path: Path
) -> None:
    (tmp_path / "own.lib").write_text(f".model a {kind}(level=1)\n", encoding="ascii")
    model: Any = {"type": kind} if way == "mapping" else tmp_path / "own.lib"
    with pytest.warns(UserWarning, match=f"channel='{channel}' beside .* '{kind}', which") as told:
        contradicted = network(model=model, channel=channel, param={})
    assert len(told) == 1
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # of what agrees nothing is said
        silent = [network(model=model, channel=own, param={}) for own in (None, kind[0])]
        silent[1].save(tmp_path / "model.h5")
        silent.append(Model.load(tmp_path / "model.h5"))
    found = contradicted.operating_points({"x": VOLTAGES}).voltages
    for other in silent:
        assert np.array_equal(other.operating_points({"x": VOLTAGES}).voltages, found)


def test_sizes_in_a_card_are_told_where_they_stand(tmp_path: Path) -> None:
    (tmp_path / "own.lib").write_text(".model a nmos(level=1 vto=0.6 w=1e-4 l=8e-6 nrd=2)\n")
    with pytest.warns(UserWarning, match=r"has nrd, which .* nrd stand in `param`"):
        network(model=tmp_path / "own.lib", param={})


def test_models_within_sections_are_told_from_missing_ones(tmp_path: Path) -> None:
    (tmp_path / "own.lib").write_text(".lib tt\n.model a nmos(level=1 vto=0.6)\n.endl\n")
    with pytest.raises(UnknownNameError, match=r"sections \['tt'\] are not read") as caught:
        network(model=tmp_path / "own.lib", model_name="a")
    assert "outside of sections" in caught.value.fix


def test_words_of_a_model_come_in_either_case() -> None:
    lower, upper = (
        network(model=model, param={"w": 1e-4, "l": 8e-6}).operating_points({"x": VOLTAGES})
        for model in ({"type": "nmos", "vto": 0.6}, {"TYPE": "NMOS", "VTO": 0.6})
    )
    assert np.array_equal(lower.voltages, upper.voltages)


def test_a_saved_model_has_its_transistors(tmp_path: Path) -> None:
    model = network(body="floating", gate_reference="drain", lower=0.4, upper=8.0)
    model.save(tmp_path / "model.h5")
    again = Model.load(tmp_path / "model.h5")
    found, expected = (m.operating_points({"x": VOLTAGES}).voltages for m in (again, model))
    assert np.array_equal(found, expected)


@pytest.mark.parametrize("of_numpy", [np.int64, np.float32, np.array])
def test_bounds_may_be_numbers_of_numpy(of_numpy: Any) -> None:
    model = network(initializer=2.0, lower=of_numpy(1), upper=of_numpy(3))
    assert (model.layers["net"].lower, model.layers["net"].upper) == (1.0, 3.0)
    with pytest.raises(ParameterError, match=r"outside the bounds \[1, 3\] V"):
        model.parameters["net.gate"] = np.full(6, 3.1)


def test_gates_stay_within_their_bounds_and_steps() -> None:
    model = network(initializer=2.0, lower=1.9, upper=2.1, max_step=0.05)
    layer = model.layers["net"]
    new, _ = layer.program(
        "gate", np.full(6, 2.0), np.linspace(-1, 1, 6), np.random.default_rng(0), {}
    )
    assert new.min() == pytest.approx(1.95, abs=1e-15)
    assert new.max() == pytest.approx(2.05, abs=1e-15)
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
        ({"lower": True}, ParameterError, "lower=True"),
        ({"body": "bulk"}, ParameterError, "body"),
        ({"gate_reference": "bulk"}, ParameterError, "gate_reference"),
        ({"body_resistance": -1.0}, ParameterError, "body_resistance"),
        ({"channel": "x"}, ParameterError, "channel"),
        ({"channel": "x", "model": {"type": "nmos"}}, ParameterError, "channel"),
        ({"channel": ""}, ParameterError, "channel"),
        ({"param": {"vto": 0.7, "magic": 1.0}}, ParameterError, "magic"),
        ({"param": {"level": 3}}, ParameterError, "level 3"),
        ({"param": {"vto": float("nan")}}, ParameterError, "vto"),
        ({"param": {"w": 0.0}}, ParameterError, "w"),
        ({"param": {"w": 1e300}}, ParameterError, "sizes up to"),
        ({"param": {"W": "20u"}}, ParameterError, "'20u', a text."),
        ({"inputs": ["a", "z"]}, ShapeError, "'z'"),
        ({"inputs": ["a", "a"]}, ShapeError, "inputs"),
        ({"inputs": ["a"]}, ShapeError, "names 1 inputs and gets 2"),
        ({"outputs": []}, ShapeError, "outputs"),
        ({"branches": [("a", "a"), ("a", "b")]}, ShapeError, "('a', 'a')"),
        ({"max_step": 0.0}, ParameterError, "max_step"),
        ({"branches": None}, ShapeError, "branches=None"),
        ({"inputs": "ab"}, ShapeError, "'ab'"),
        ({"outputs": 5}, ShapeError, "outputs=5"),
        ({"model": {"type": "npn"}}, ParameterError, "type 'npn'"),
        ({"model": {"vto": 0.7}}, ParameterError, "type None"),
        ({"model": {"type": "nmos", "VTO": 0.7, "vto": 0.8}}, ParameterError, "'vto' twice"),
        ({"param": {"VTO": 0.7, "vto": 0.8}}, ParameterError, "'vto' twice"),
        ({"model": 5}, ParameterError, "model=5"),
        ({"model": "any.lib", "model_name": 5}, ParameterError, "model_name=5"),
        ({"model_name": "small"}, ParameterError, "model_name='small' and no model"),
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
