"""Amplifiers that end at their supplies: right on both simulators, always found, and trained."""

from typing import Any

import numpy as np
import pytest
from ebana_memristor import MemristorLayer

from ebana_core import Model, losses
from ebana_core.errors import ReciprocityError
from ebana_core.initializers import RandomUniform
from ebana_core.layers import (
    AmplificationLayer,
    CurrentLayer,
    DenseLayer,
    InputVoltageLayer,
)
from ebana_core.rules import Adjoint, EquilibriumPropagation
from ebana_core.rules.phased import ReciprocityWarning
from tests.support.periphery import EXACT, INIT, data, network, slope_of_loss


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
    expected = native.row_currents("last") / gain
    # At its ends an amplifier's input takes nothing: what rounding leaves of microamperes.
    assert arriving == pytest.approx(expected, rel=1e-9, abs=1e-20)


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
