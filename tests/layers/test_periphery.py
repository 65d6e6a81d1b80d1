"""Real periphery: resistances of sources, converters, offsets, input resistances, supplies."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ebana_memristor import MemristorLayer

from ebana_core import Model, losses, optimizers
from ebana_core.circuit import Converter
from ebana_core.data import BatchGenerator, DataSet
from ebana_core.errors import ParameterError, ReciprocityError, ShapeError
from ebana_core.initializers import Given, RandomUniform
from ebana_core.layers import (
    AmplificationLayer,
    BiasVoltageLayer,
    ConcatenateLayer,
    CurrentLayer,
    DenseLayer,
    InputVoltageLayer,
)
from ebana_core.metrics import Metrics
from ebana_core.rules import Adjoint, EquilibriumPropagation
from ebana_core.rules.phased import ReciprocityWarning

SOURCE: dict[str, Any] = {"source_resistance": 1e4, "dac_bits": 4, "dac_range": (-0.8, 0.8)}
AMPLIFIER: dict[str, Any] = {"offset": [0.01, -0.02, 0.03], "input_resistance": 1e6}
EXACT = EquilibriumPropagation(1e-9, "centered", "exact")
INIT = RandomUniform(1e-6, 1e-5)


def network(
    source: dict[str, Any] = SOURCE,
    amplifier: dict[str, Any] = AMPLIFIER,
    bias: dict[str, Any] | None = None,
    cls: Any = DenseLayer,
    init: RandomUniform = INIT,
) -> Model:
    x = InputVoltageLayer(units=2, name="x", **source)
    sources = [x] if bias is None else [x, BiasVoltageLayer(name="b", **bias)]
    joined = x if bias is None else ConcatenateLayer(name="j")(sources)
    hidden = cls(units=3, name="d", initializer=init, trainable=True)(joined)
    given = {"param": {"gain": 3.0, "shift": 0.1}, **amplifier}
    amp = AmplificationLayer(name="amp", **given)(hidden)
    last = cls(units=2, name="last", initializer=init, trainable=True)(amp)
    return Model(inputs=sources, outputs=[CurrentLayer(name="y")(last)], seed=0)


def data(n_samples: int = 5) -> DataSet:
    x = np.random.default_rng(0).uniform(-1, 1, (n_samples, 2))
    return DataSet({"x": x}, {"y": x[:, :1] / 5})


def slope_of_loss(model: Model, name: str, place: tuple[int, ...], step: float) -> float:
    """Return a central difference of fourth order of the loss by one value."""
    values, found = np.array(model.parameters[name]), []
    for multiple in (-2, -1, 1, 2):
        moved = values.copy()
        moved[place] += multiple * step
        model.restore({name: moved})
        found.append(model.evaluate(data(), losses.MSE(), power=False).loss)
    model.restore({name: values})
    a, b, c, d = found
    return (a - 8 * b + 8 * c - d) / (12 * step)


BIAS = {"units": 2, "bias_voltage": [0.31, -0.52], "source_resistance": 2e4}
CONVERTED = {"units": 2, "bias_voltage": [0.31, -0.52], "dac_bits": 3, "dac_range": (-0.7, 0.7)}


@pytest.mark.ngspice
@pytest.mark.parametrize("bias", [None, BIAS, {**CONVERTED, "source_resistance": 2e4}])
def test_native_is_right_and_ngspice_agrees(bias: Any) -> None:
    model, inputs = network(bias=bias), data().inputs
    native, reference = (model.operating_points(inputs, b) for b in ("native", "ngspice"))
    assert native.residual <= 1e-12
    assert native.power_balance <= 1e-12
    assert np.abs(native.node_voltages - reference.node_voltages).max() <= 1e-8


def test_a_source_of_resistance_divides() -> None:
    """1 V behind 10 kΩ, loaded by 100 kΩ to a column that 100 kΩ hold at the other input."""
    x = InputVoltageLayer(units=2, name="x", source_resistance=1e4)
    d = DenseLayer(units=1, name="d", initializer=Given(1e-5))(x)
    model = Model(inputs=[x], outputs=[CurrentLayer(name="y", fold=False)(d)], seed=0)
    points = model.operating_points({"x": [[1.0, 0.0]]})
    current = 1.0 / 220e3
    assert points.at("x")[0] == pytest.approx([1 - 1e4 * current, 1e4 * current], rel=1e-12)
    assert points.power("x")[0] == pytest.approx(-current * (1 - 2e4 * current), rel=1e-9)


def test_converters_round_and_clip() -> None:
    x = InputVoltageLayer(units=1, name="x", dac_bits=2, dac_range=(0.0, 3.0))
    d = DenseLayer(units=2, name="d", initializer=Given(1e-5))(x)
    model = Model(inputs=[x], outputs=[CurrentLayer(name="y")(d)], seed=0)
    given = [[-1.0], [0.4], [0.6], [2.4], [9.0]]
    assert model.operating_points({"x": given}).at("x")[:, 0].tolist() == [0, 0, 1, 2, 3]


def test_an_offset_is_added_to_the_input() -> None:
    plain = network(source={}, amplifier={}).operating_points(data().inputs)
    moved = network(source={}, amplifier={"offset": 0.0}).operating_points(data().inputs)
    assert np.allclose(plain.voltages, moved.voltages, rtol=1e-12)
    points = network().operating_points(data().inputs)
    expected = 0.1 + 3.0 * (points.at("d") + AMPLIFIER["offset"] - 0.1)
    assert points.at("amp") == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("trainable", [False, ("gain", "shift", "offset")])
def test_learning_knows_the_periphery(trainable: Any) -> None:
    model = network(amplifier={**AMPLIFIER, "trainable": trainable})
    adjoint, exact = (model.gradients(data(), losses.MSE(), rule) for rule in (Adjoint(), EXACT))
    assert set(adjoint) == set(exact)
    assert ("amp.offset" in exact) is bool(trainable)
    for name, gradient in exact.items():
        scale = max(np.abs(adjoint[name]).max(), 1e-9)  # a common shift moves no difference
        assert np.abs(gradient - adjoint[name]).max() <= 1e-6 * scale


@pytest.mark.parametrize("voltage", [0.31, [0.31, -0.52]])
@pytest.mark.parametrize("resistance", [0.0, 2e4])
def test_a_trained_bias_has_its_gradient(voltage: Any, resistance: float) -> None:
    bias = {**BIAS, "bias_voltage": voltage, "source_resistance": resistance, "trainable": True}
    model, name = network(bias=bias), "b.bias_voltage"
    adjoint, exact = (model.gradients(data(), losses.MSE(), rule) for rule in (Adjoint(), EXACT))
    scale = np.abs(adjoint[name]).max()
    for place in np.ndindex(adjoint[name].shape):
        expected = slope_of_loss(model, name, place, 1e-3)
        assert abs(adjoint[name][place] - expected) <= 1e-6 * scale
        assert abs(exact[name][place] - expected) <= 1e-5 * scale


def test_a_converter_makes_the_nearest_of_its_voltages_of_a_bias() -> None:
    """Levels are 0.2 V apart, 0.1 V among them."""
    model = network(bias={**CONVERTED, "trainable": True, "max_step": 0.13})
    assert model.parameters["b.bias_voltage"] == pytest.approx([0.3, -0.5], rel=1e-12)
    b, held, rng = model.layers["b"], np.array([0.3]), np.random.default_rng(0)
    for wish, expected in ((0.05, 0.3), (0.13, 0.5), (9.0, 0.5), (-9.0, 0.1)):
        new, _ = b.program("bias_voltage", held, np.array([wish]), rng, {})
        assert new == pytest.approx([expected], rel=1e-12)


@pytest.mark.parametrize(
    ("limits", "bounds"),
    [
        ((-0.4, 0.31), (-0.3, 0.3)),
        ((-0.7, 0.7), (-0.7, 0.7)),
        ((-9.0, np.inf), (-0.7, 0.7)),
    ],
)
def test_limits_end_at_voltages_of_the_converter(limits: Any, bounds: Any) -> None:
    bias = {**CONVERTED, "bias_voltage": 0.1, "trainable": True}
    model = network(bias={**bias, "limits": {"bias_voltage": limits}})
    declaration = model.declared["b.bias_voltage"].declaration
    assert (declaration.lower, declaration.upper) == pytest.approx(bounds, rel=1e-12)
    for empty in ((0.15, 0.25), (0.8, 0.9), (-0.9, -0.8)):
        with pytest.raises(ParameterError, match="converters of 3 bits"):
            network(bias={**bias, "limits": {"bias_voltage": empty}})


def test_a_converted_bias_learns_and_comes_back(tmp_path: Path) -> None:
    model = network(bias={**CONVERTED, "trainable": True, "lr": 1e15, "max_step": 0.13})
    gradient = model.gradients(data(), losses.MSE(0.0), EXACT)["b.bias_voltage"]
    model.fit(
        BatchGenerator(data(), batch_size=5),
        losses.MSE(0.0),
        optimizers.SGD(model),
        epochs=1,
        rule=EXACT,
        metrics=Metrics(model, verbose=False),
        run=tmp_path / "run.h5",
    )
    after = model.parameters["b.bias_voltage"]
    assert after == pytest.approx([0.3, -0.5] - 0.2 * np.sign(gradient), rel=1e-12)
    again = Model.load(tmp_path / "run.h5")
    assert again.parameters["b.bias_voltage"].tolist() == after.tolist()
    own = again.layers["b"]
    assert isinstance(own, BiasVoltageLayer)
    assert own.converter == Converter(3, -0.7, 0.7)


@pytest.mark.ngspice
@pytest.mark.parametrize(
    ("cls", "init"), [(DenseLayer, INIT), (MemristorLayer, RandomUniform(2e-6, 5e-5))]
)
def test_limited_amplifiers_are_the_same_on_both(cls: Any, init: RandomUniform) -> None:
    """Gains of both signs, in networks of microsiemens; half with a bias, half with an offset."""
    n_ends = 0
    for seed in range(20):
        rng = np.random.default_rng(seed)
        gain = rng.uniform(1.5, 8) * rng.choice([-1, 1], 3)
        amplifier = {"param": {"gain": gain, "shift": 0.05}, "saturation": (-0.3, 0.36)}
        if seed % 4 > 1:
            amplifier["offset"] = rng.normal(0, 0.01, 3)
        bias = {"units": 1, "bias_voltage": 0.3} if seed % 2 else None
        model, inputs = network({}, amplifier, bias, cls, init), data().inputs
        native, reference = (model.operating_points(inputs, b) for b in ("native", "ngspice"))
        assert native.residual <= 1e-12
        assert native.power_balance <= 1e-11
        assert np.abs(native.node_voltages - reference.node_voltages).max() <= 1e-8, seed
        n_ends += (np.abs(native.at("amp") - 0.03) > 0.3299).any(axis=1).sum()
    assert 10 <= n_ends < 100


@pytest.mark.ngspice
@pytest.mark.parametrize("resistance", [None, 1e-6, 100.0])
@pytest.mark.parametrize("gain", [3.0, -2.0])
def test_a_limited_amplifier_ends_at_its_supplies(gain: float, resistance: float | None) -> None:
    amplifier = {"saturation": (-0.3, 0.4), "offset": 0.01, "output_resistance": resistance}
    model, inputs = network({}, {**amplifier, "param": {"gain": gain}}), data(40).inputs
    native, reference = (model.operating_points(inputs, b) for b in ("native", "ngspice"))
    assert np.abs(native.node_voltages - reference.node_voltages).max() <= 1e-8
    wished = gain * (native.at("d") + 0.01)
    loss = (resistance or 1.0) * native.row_currents("last")
    assert native.at("amp") == pytest.approx(np.clip(wished, -0.3, 0.4) - loss, abs=1e-12)
    assert (np.clip(wished, -0.3, 0.4) != wished).any()
    arriving = native.column_currents("d")
    assert arriving == pytest.approx(native.row_currents("last") / gain, rel=1e-9)


def test_no_search_runs_to_and_fro_between_the_supplies() -> None:
    """Steps that are followed by equally long ones would be taken for ever."""
    for seed in range(60):
        rng = np.random.default_rng(seed)
        x = InputVoltageLayer(units=3, name="x")
        hidden = DenseLayer(units=4, name="d", initializer=INIT)(x)
        amp = AmplificationLayer(
            name="amp",
            param={"gain": rng.uniform(1.5, 8, 4) * rng.choice([-1, 1], 4), "shift": 0.05},
            saturation=(-0.3, 0.36),
        )(hidden)
        last = DenseLayer(units=4, name="last", initializer=INIT)(amp)
        model = Model(inputs=[x], outputs=[CurrentLayer(name="y")(last)], seed=seed)
        inputs = {"x": rng.uniform(-1, 1, (60, 3))}
        assert model.operating_points(inputs).residual <= 1e-12


def test_a_limited_amplifier_has_an_adjoint_and_no_energy() -> None:
    model = network({}, {"saturation": (-0.3, 0.4), "output_resistance": 1e3})
    adjoint = model.gradients(data(), losses.MSE(), Adjoint())["d.conductance"]
    expected = slope_of_loss(model, "d.conductance", (0, 1), 1e-10)
    assert abs(adjoint[0, 1] - expected) <= 1e-6 * np.abs(adjoint).max()
    with pytest.raises(ReciprocityError, match="'saturation', which acts one way"):
        model.gradients(data(), losses.MSE(), EXACT)


def test_an_amplifier_far_from_its_supplies_learns_as_an_ideal_one() -> None:
    rule = EquilibriumPropagation(1e-9, "centered")
    one = network({}, {}).gradients(data(), losses.MSE(), rule)
    real = network({}, {"saturation": (-50, 50), "output_resistance": 1e-3})
    with pytest.warns(ReciprocityWarning, match="'saturation'"):
        other = real.gradients(data(), losses.MSE(), rule)
    for name, gradient in one.items():
        assert np.abs(gradient - other[name]).max() <= 1e-5 * np.abs(gradient).max()


BAD_SOURCES = [
    *({"source_resistance": bad} for bad in (-1.0, "a", None, float("nan"), 1e-320, np.inf, True)),
    *({"dac_bits": bad} for bad in (0, 2.5, True, 3.0, "8", 25)),
    *({"dac_range": bad, "dac_bits": 8} for bad in (5, (1,), ("a", "b"), (1.0, 1.0), "ab", (1, 0))),
    {"dac_range": (-1e308, 1e308), "dac_bits": 8},
    {"dac_range": (0.0, 1.0)},
]
BAD_AMPLIFIERS = [
    *({"saturation": bad} for bad in (5, (1,), ("a", 2), (1.0, 0.0), (0.0, float("nan")))),
    *({"input_resistance": bad} for bad in ("x", 0.0, -1.0, 1e-320, np.inf)),
    *({"output_resistance": bad, "saturation": (-1, 1)} for bad in ("x", 0.0, np.inf)),
    {"output_resistance": 10.0},
    *({"offset": bad} for bad in ("x", float("nan"))),
]


@pytest.mark.parametrize("bad", BAD_SOURCES, ids=str)
def test_bad_sources_are_named(bad: dict[str, Any]) -> None:
    setting, value = next(iter(bad.items()))
    with pytest.raises(ParameterError, match=f"'x' has {setting}=") as caught:
        network(bad)
    assert repr(value) in caught.value.problem
    with pytest.raises(ParameterError, match=f"'b' has {setting}="):
        network(bias={"units": 2, "bias_voltage": 0.1, **bad})


@pytest.mark.parametrize("bad", BAD_AMPLIFIERS, ids=str)
def test_bad_amplifiers_are_named(bad: dict[str, Any]) -> None:
    setting, value = next(iter(bad.items()))
    with pytest.raises(ParameterError, match=rf"amp\W+(has )?{setting}( is |=)") as caught:
        network(amplifier=bad)
    assert repr(value) in caught.value.problem


def test_settings_without_their_partner_say_which_it_is() -> None:
    with pytest.raises(ParameterError, match="no dac_bits") as caught:
        network({"dac_range": (0.0, 1.0)})
    assert caught.value.fix == "give dac_bits, too, or leave dac_range out"
    with pytest.raises(ParameterError, match="and no saturation"):
        network({}, {"output_resistance": 10.0})
    with pytest.raises(ParameterError, match="no local rule"):
        network({}, {"saturation": (-1, 1), "trainable": "gain"})


def test_offsets_of_another_number_are_refused() -> None:
    with pytest.raises(ShapeError, match=r"amp.offset has shape \(2,\)"):
        network({}, {"offset": [0.1, 0.2]})
    with pytest.raises(ParameterError, match="inhomogeneous"):
        network({}, {"offset": [[0.1], [0.2, 0.3]]})
