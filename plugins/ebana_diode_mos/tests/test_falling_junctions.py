"""Nodes that little holds where the current of a junction falls from one value to another."""

import numpy as np
import pytest
from ebana_diode_mos import DiodeLayer, TransistorCrossbarLayer
from ebana_diode_mos.mos import DiodeMos

from ebana_core import Model
from ebana_core.initializers import RandomUniform
from ebana_core.laws.spice_constants import JUMP, thermal_voltage
from ebana_core.layers import DenseLayer, InputVoltageLayer, SenseLayer

FALL = -3 * float(thermal_voltage(np.array(300.15)))
"""Voltage of a junction at which its current falls, V."""


def transistor() -> Model:
    x = InputVoltageLayer(units=1, name="x")
    net = TransistorCrossbarLayer(
        name="net",
        units=1,
        param={"vto": 0.7, "kp": 1e-4, "rsh": 50.0, "w": 1e-5, "l": 1e-6, "nrd": 1.0, "nrs": 1.0},
        body="floating",
        initializer=4.0,
    )(x)
    y = SenseLayer(name="y", fold=False, sense_resistance=1e3)(net)
    return Model([x], [y], seed=0, gmin=1e-8, shunt=1e-9)


def bulk(model: Model, volts: float) -> float:
    """Return the voltage of the junction from the bulk to the drain, V."""
    law = model.network.compiled.circuit.terminal_devices[0].law
    values = {"gate": np.array([4.0]), "vto_offset": np.zeros(1), "kp_factor": np.ones(1)}
    points = model.operating_points({"x": [[volts]]})
    ends = np.array([[volts, points.at("net")[0, 0]]])
    inside = law._settled(ends, values)[:, 0]  # type: ignore[attr-defined]  # of this law alone
    return float(inside[4] - inside[2])


def test_a_bulk_stands_anywhere_within_the_fall() -> None:
    """Without a width of the fall, Newton's method would go to and fro across it for ever."""
    model, low, high = transistor(), 0.05, 4.0
    assert bulk(model, high) < FALL < bulk(model, low)
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if bulk(model, middle) > FALL else (low, middle)
    # What is left of the saturation current moves a bulk behind gmin by 0.05 µV.
    near = low + np.linspace(-1e-6, 1e-6, 81)
    found = np.array([bulk(model, volts) for volts in near])
    assert ((found < FALL) & (found > FALL - JUMP)).sum() > 3
    assert (np.diff(found) < 0).all()
    for volts in near:
        assert model.operating_points({"x": [[volts]]}).residual <= 1e-12


@pytest.mark.parametrize("share", [-0.2, 0.1, 0.5, 0.9, 1.2])
def test_a_node_of_a_diode_connected_transistor_stands_within_the_fall(share: float) -> None:
    x = InputVoltageLayer(units=1, name="x")
    dense = DenseLayer(name="d", units=1, initializer=RandomUniform(1e-9, 1.0001e-9))(x)
    diode = DiodeLayer(
        name="a", kind="mos", direction="down", bias_voltage=0.0, param={"VTO": 0.9}
    )(dense)
    model = Model([x], [SenseLayer(name="y", fold=False, sense_resistance=1e9)(diode)], seed=0)

    def node(volts: float) -> float:
        return float(model.operating_points({"x": [[volts]]}).at("d")[0, 0])

    low, high, wanted = 0.0, 1.0, -FALL + share * JUMP
    assert node(low) < wanted < node(high)
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if node(middle) < wanted else (low, middle)
    assert node(high) == pytest.approx(wanted, rel=0, abs=1e-12)
    assert model.operating_points({"x": [[high]]}).residual <= 1e-12


def test_a_diode_connected_transistor_is_whole_within_the_fall() -> None:
    """Slope and change are those of the current, and the current is the slope of the co-content."""
    law, step = DiodeMos("n"), JUMP / 100
    values = {item.name: np.array(item.default) for item in law.values}
    drops = -FALL + JUMP * np.array([-0.5, 0.1, 0.5, 0.9, 1.5])
    current = [law.current(drops + sign * step, values) for sign in (-1, 1)]
    # Currents of 1e-14 A are rounded at 1e-30 A.
    slopes = (current[1] - current[0]) / (2 * step)
    assert law.slope(drops, values) == pytest.approx(slopes, rel=1e-6, abs=1e-30 / step)
    change = law.current_change(drops - step, np.full(5, 2 * step), values)
    assert change == pytest.approx(current[1] - current[0], rel=1e-6, abs=1e-30)
    # A step over the whole fall: co-contents of 1e-17 W are rounded at 1e-33 W.
    wide = np.array([-FALL - JUMP, -FALL + 2 * JUMP])
    points, weights = np.polynomial.legendre.leggauss(2000)
    mean = (weights @ law.current(wide.mean() + 1.5 * JUMP * points, values)) / 2
    gained = np.diff(law.co_content(wide, values))[0]
    assert gained == pytest.approx(3 * JUMP * mean, rel=1e-6, abs=0)
