"""Real periphery: resistances of sources, converters, offsets and input resistances."""

from typing import Any

import numpy as np
import pytest

from ebana_core import Model, losses
from ebana_core.data import DataSet
from ebana_core.errors import ParameterError, ShapeError
from ebana_core.initializers import Given, RandomUniform
from ebana_core.layers import AmplificationLayer, CurrentLayer, DenseLayer, InputVoltageLayer
from ebana_core.rules import Adjoint, EquilibriumPropagation

SOURCE = {"source_resistance": 1e4, "dac_bits": 4, "dac_range": (-0.8, 0.8)}
AMPLIFIER = {"offset": [0.01, -0.02, 0.03], "input_resistance": 1e6}


def network(
    source: dict[str, Any] = SOURCE, amplifier: dict[str, Any] = AMPLIFIER, **settings: Any
) -> Model:
    x = InputVoltageLayer(units=2, name="x", **source)
    init = RandomUniform(1e-6, 1e-5)
    hidden = DenseLayer(units=3, name="d", initializer=init, trainable=True)(x)
    amp = AmplificationLayer(name="amp", param={"gain": 3.0, "shift": 0.1}, **amplifier, **settings)
    last = DenseLayer(units=2, name="last", initializer=init, trainable=True)(amp(hidden))
    return Model(inputs=[x], outputs=[CurrentLayer(name="y")(last)], seed=0)


def data() -> DataSet:
    x = np.random.default_rng(0).uniform(-1, 1, (5, 2))
    return DataSet({"x": x}, {"y": x[:, :1] / 5})


@pytest.mark.ngspice
def test_native_is_right_and_ngspice_agrees() -> None:
    model, inputs = network(), data().inputs
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
    model, loss = network(trainable=trainable), losses.MSE()
    adjoint = model.gradients(data(), loss, Adjoint())
    exact = model.gradients(data(), loss, EquilibriumPropagation(1e-9, "centered", "exact"))
    assert set(adjoint) == set(exact)
    assert ("amp.offset" in exact) is bool(trainable)
    for name, gradient in exact.items():
        scale = max(np.abs(adjoint[name]).max(), 1e-9)  # a common shift moves no difference
        assert np.abs(gradient - adjoint[name]).max() <= 1e-6 * scale


@pytest.mark.parametrize(
    ("source", "amplifier", "match"),
    [
        ({"source_resistance": -1.0}, {}, "source_resistance=-1.0"),
        ({"dac_bits": 0}, {}, "dac_bits=0"),
        ({"dac_bits": 2.5}, {}, "dac_bits=2.5"),
        ({"dac_bits": 8, "dac_range": (1.0, 1.0)}, {}, r"dac_range=\(1.0, 1.0\)"),
        ({}, {"input_resistance": 0.0}, "input_resistance=0.0"),
        ({}, {"offset": float("nan")}, "amp.offset"),
    ],
)
def test_bad_settings_are_named(source: Any, amplifier: Any, match: str) -> None:
    with pytest.raises(ParameterError, match=match):
        network(source, amplifier)


def test_offsets_of_another_number_are_refused() -> None:
    with pytest.raises(ShapeError, match=r"amp.offset has shape \(2,\)"):
        network({}, {"offset": [0.1, 0.2]})
