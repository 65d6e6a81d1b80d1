"""Gradient checks of trained transistors: what converters see, and what is said of rules."""

import numpy as np
import pytest
from ebana_diode_mos import TransistorCrossbarLayer, UniformVoltage

from ebana_core import Model
from ebana_core.data import DataSet
from ebana_core.layers import InputVoltageLayer, SenseLayer
from ebana_core.losses import MSE
from ebana_core.rules import AsymmetricPropagation, DropSquared, LearningRule

PARAM = {"VTO": 0.7, "KP": 6e-5, "GAMMA": 1.0, "PHI": 0.9, "RSH": 70, "W": 1e-4, "L": 8e-6}
VOLTAGES = np.array([[0.4, 0.1, 0.0], [0.05, 0.3, 0.2]])  # V
TARGETS = np.array([[0.3], [0.0]])  # V
DATA = DataSet({"x": VOLTAGES}, {"y": TARGETS})


def network() -> Model:
    """Return a column of three transistors whose output a clamp holds all but ideally."""
    x = InputVoltageLayer(units=3, name="x")
    gates = UniformVoltage(1.0, 4.0)
    crossbar = TransistorCrossbarLayer(name="t", units=1, param=PARAM, initializer=gates)(x)
    sense = SenseLayer(name="y", fold=False, clamp_resistance=1e-6)(crossbar)
    return Model([x], [sense], seed=0, gmin=1e-8, shunt=1e-9)


def test_the_drops_of_transistors_are_told_as_a_converter_sees_them() -> None:
    found = network().check_gradient(DATA, DropSquared(0.2), MSE())
    seen = found.parameters["t.gate"]
    output = network().operating_points({"x": VOLTAGES}).at("t")
    assert seen.largest_drop == pytest.approx(np.abs(VOLTAGES - output).max(), rel=1e-12, abs=0)
    # Sources hold the other ends, so that each drop moves by what the clamp does: a share of the
    # way to the target. Its resistance takes less than 1e-8 of that (microohms, millisiemens).
    moved = 0.2 * (TARGETS - output)
    assert seen.change[0] == pytest.approx(np.sqrt(np.mean(moved**2)), rel=1e-7, abs=0)
    assert "nan" not in str(found)


@pytest.mark.parametrize("rule", [DropSquared(0.01), AsymmetricPropagation(1e-8)])
def test_rules_without_energy_are_not_told_that_no_strength_is_right(rule: LearningRule) -> None:
    found = network().check_gradient(DATA, rule, MSE())
    assert not found.is_reciprocal
    assert "No energy exists: AsymmetricPropagation" in str(found)
    assert "no strength" not in str(found)
