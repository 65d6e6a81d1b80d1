"""Tiles that share their conductances, each in a stage of its own weight."""

from typing import Any

import numpy as np
import pytest

from ebana_core import Model, losses
from ebana_core.data import DataSet
from ebana_core.initializers import RandomUniform
from ebana_core.layers import (
    AmplificationLayer,
    Conv2DLayer,
    CurrentLayer,
    DenseLayer,
    InputVoltageLayer,
    ReshapeLayer,
)
from ebana_core.rules import Adjoint, EquilibriumPropagation

INIT = RandomUniform(1e-6, 1e-5)


@pytest.mark.parametrize("gain", [3.0, [1.0, 2.0, 3.0, 0.5]], ids=["same", "own"])
def test_a_shared_value_weighs_in_each_tile_as_its_stage_does(gain: Any) -> None:
    x = InputVoltageLayer(units=9, name="x")
    plane = ReshapeLayer(name="plane", shape=(3, 3, 1))(x)
    windows = Conv2DLayer(name="conv", filters=1, kernel_size=2, initializer=INIT, lr=1e-9)(plane)
    # Windows behind sources do not meet: every one of the four is a stage.
    amplified = AmplificationLayer(name="amp", param={"gain": gain})(windows)
    last = DenseLayer(units=2, name="last", initializer=INIT, lr=1e-9)(amplified)
    model = Model([x], [CurrentLayer(name="y")(last)], seed=1)
    rng = np.random.default_rng(0)
    data = DataSet({"x": rng.uniform(-1, 1, (3, 9))}, {"y": rng.normal(size=(3, 1))})
    exact = model.gradients(data, losses.MSE(), Adjoint())["conv.conductance"]
    rule = EquilibriumPropagation(1e-8, "centered", "exact")
    found = model.gradients(data, losses.MSE(), rule)["conv.conductance"]
    # Nothing bends: rounding is left.
    assert np.abs(found - exact).max() <= 1e-11 * np.abs(exact).max()
