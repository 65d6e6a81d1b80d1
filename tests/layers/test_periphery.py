"""Real periphery: resistances of sources, converters, offsets, input resistances."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ebana_core import Model, losses, optimizers
from ebana_core.circuit import Converter
from ebana_core.data import BatchGenerator
from ebana_core.errors import ParameterError
from ebana_core.initializers import Given
from ebana_core.layers import (
    BiasVoltageLayer,
    CurrentLayer,
    DenseLayer,
    InputVoltageLayer,
)
from ebana_core.metrics import Metrics
from ebana_core.rules import Adjoint
from tests.support.periphery import AMPLIFIER, BIAS, CONVERTED, EXACT, data, network, slope_of_loss


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
    d = DenseLayer(units=1, name="d", lr=0.0, initializer=Given(1e-5))(x)
    model = Model(inputs=[x], outputs=[CurrentLayer(name="y", fold=False)(d)], seed=0)
    points = model.operating_points({"x": [[1.0, 0.0]]})
    current = 1.0 / 220e3
    assert points.at("x")[0] == pytest.approx([1 - 1e4 * current, 1e4 * current], rel=1e-12, abs=0)
    assert points.power("x")[0] == pytest.approx(-current * (1 - 2e4 * current), rel=1e-9, abs=0)


def test_converters_round_and_clip() -> None:
    x = InputVoltageLayer(units=1, name="x", dac_bits=2, dac_range=(0.0, 3.0))
    d = DenseLayer(units=2, name="d", lr=0.0, initializer=Given(1e-5))(x)
    model = Model(inputs=[x], outputs=[CurrentLayer(name="y")(d)], seed=0)
    given = [[-1.0], [0.4], [0.6], [2.4], [9.0]]
    assert model.operating_points({"x": given}).at("x")[:, 0].tolist() == [0, 0, 1, 2, 3]


def test_an_offset_is_added_to_the_input() -> None:
    plain = network(source={}, amplifier={}).operating_points(data().inputs)
    moved = network(source={}, amplifier={"offset": 0.0}).operating_points(data().inputs)
    assert plain.voltages == pytest.approx(moved.voltages, rel=1e-12, abs=0)
    points = network().operating_points(data().inputs)
    expected = 0.1 + 3.0 * (points.at("d") + AMPLIFIER["offset"] - 0.1)
    assert points.at("amp") == pytest.approx(expected, rel=1e-12, abs=0)


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
    assert model.parameters["b.bias_voltage"] == pytest.approx([0.3, -0.5], rel=1e-12, abs=0)
    b, held, rng = model.layers["b"], np.array([0.3]), np.random.default_rng(0)
    for wish, expected in ((0.05, 0.3), (0.13, 0.5), (9.0, 0.5), (-9.0, 0.1)):
        new, _ = b.program("bias_voltage", held, np.array([wish]), rng, {})
        assert new == pytest.approx([expected], rel=1e-12, abs=0)


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
    assert (declaration.lower, declaration.upper) == pytest.approx(bounds, rel=1e-12, abs=0)
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
    assert after == pytest.approx([0.3, -0.5] - 0.2 * np.sign(gradient), rel=1e-12, abs=0)
    again = Model.load(tmp_path / "run.h5")
    assert again.parameters["b.bias_voltage"].tolist() == after.tolist()
    own = again.layers["b"]
    assert isinstance(own, BiasVoltageLayer)
    assert own.converter == Converter(3, -0.7, 0.7)
