"""Wires of crossbars: their drops by hand, on both simulators, and in what is learned."""

from typing import Any

import numpy as np
import pytest
from ebana_memristor import (
    Linear,
    MemristorLayer,
    Wires,
)

from ebana_core import Model, losses
from ebana_core.initializers import RandomUniform
from ebana_core.layers import CurrentLayer, InputVoltageLayer
from ebana_core.rules import Adjoint, EquilibriumPropagation
from tests.support.memristors import MEASURED, data, network


@pytest.mark.ngspice
@pytest.mark.parametrize("wires", [Wires(20.0, 30.0), Wires(20.0, 0.0), Wires(0.0, 30.0)])
@pytest.mark.parametrize("cell", [Linear(), MEASURED], ids=["linear", "measured"])
def test_wires_are_right_on_native_and_ngspice(wires: Wires, cell: Any) -> None:
    model, inputs = network(wires=wires, cell=cell), data().inputs
    native, reference = (model.operating_points(inputs, b) for b in ("native", "ngspice"))
    assert native.residual <= 1e-12
    assert native.power_balance <= 1e-12
    assert np.abs(native.node_voltages - reference.node_voltages).max() <= 1e-8


def test_a_wired_column_by_hand() -> None:
    """Two cells on one column: segments before the cells, one between, one to the output."""
    x = InputVoltageLayer(units=2, name="x")
    wired = MemristorLayer(
        name="m", units=1, initializer=RandomUniform(1e-5, 1e-4), wires=Wires(100.0, 200.0)
    )(x)
    load = MemristorLayer(name="l", units=1, initializer=RandomUniform(1e-5, 1e-4))(wired)
    other = MemristorLayer(name="o", units=1, initializer=RandomUniform(1e-5, 1e-4))(load)
    model = Model(inputs=[x], outputs=[CurrentLayer(name="y", fold=False)(other)], seed=0)
    points = model.operating_points({"x": [[1.0, 0.4]]})
    g = model.parameters["m.conductance"][:, 0]
    arms = 1 / (1 / g + 100.0)  # no current leaves the column at its end
    top = (1.0, 0.4)
    through = (top[0] - top[1]) / (1 / arms[0] + 200.0 + 1 / arms[1])
    expected = top[1] + through / arms[1]
    assert points.at("m")[0, 0] == pytest.approx(expected, rel=1e-9, abs=0)


def test_wires_let_voltages_fall_and_learning_knows() -> None:
    model = network(wires=Wires(200.0, 200.0))
    loss = losses.MSE()
    exact = model.gradients(data(), loss, EquilibriumPropagation(1e-9, "centered", "exact"))
    adjoint = model.gradients(data(), loss, Adjoint())
    for name, gradient in exact.items():
        scale = np.abs(adjoint[name]).max()
        assert np.abs(gradient - adjoint[name]).max() <= 1e-6 * scale
    ideal = network().operating_points(data().inputs).at("m2")
    assert np.abs(model.operating_points(data().inputs).at("m2") - ideal).max() > 1e-4
