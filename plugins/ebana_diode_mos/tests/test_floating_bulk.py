"""A bulk that gmin alone holds where the law of its junctions falls."""

import numpy as np
import pytest
from ebana_diode_mos import TransistorCrossbarLayer

from ebana_core import Model
from ebana_core.laws.spice_constants import JUMP, thermal_voltage
from ebana_core.layers import InputVoltageLayer, SenseLayer

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
    ends = np.array([[[volts, points.at("net")[0, 0]]]])
    inside = law._settled(ends, values)[0, 0]  # type: ignore[attr-defined]  # of this law alone
    return float(inside[4] - inside[2])


@pytest.mark.parametrize("share", [-0.2, 0.1, 0.5, 0.9, 1.2])
def test_a_bulk_stands_within_the_fall(share: float) -> None:
    """Without a width of the fall, Newton's method would go to and fro across it for ever."""
    model, low, high = transistor(), 0.05, 4.0
    wanted = FALL - share * JUMP
    assert bulk(model, high) < wanted < bulk(model, low)
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if bulk(model, middle) > wanted else (low, middle)
    # Voltages of about 1 V are rounded at 1e-16 V, and solved to some thousand of that.
    assert bulk(model, low) == pytest.approx(wanted, rel=0, abs=1e-12)
    assert model.operating_points({"x": [[low]]}).residual <= 1e-12
