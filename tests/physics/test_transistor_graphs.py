"""Random networks of trained transistors: both simulators find one point, or each a right one."""

from typing import Any

import numpy as np
import pytest
from ebana_diode_mos import TransistorNetworkLayer
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ebana_core import Model
from ebana_core.layers import CurrentLayer, InputVoltageLayer

RIGHT = 1e-12
"""Imbalance of a right operating point."""
NODES = st.integers(0, 6)


@st.composite
def layers(draw: st.DrawFn) -> dict[str, Any]:
    """Return settings of a layer: any graph over up to seven nodes, any ties, either channel."""
    channel = draw(st.sampled_from("np"))
    sign = 1.0 if channel == "n" else -1.0
    pairs = st.tuples(NODES, NODES).filter(lambda pair: pair[0] != pair[1])
    # Every node hangs on an input, whatever else is drawn.
    chain = [(k, k + 1) if draw(st.booleans()) else (k + 1, k) for k in range(6)]
    branches = chain + draw(st.lists(pairs, min_size=2, max_size=8))
    gates = draw(st.lists(st.floats(0.4, 6.0), min_size=len(branches), max_size=len(branches)))
    squares = st.sampled_from([0.0, 0.3, 1.0])
    return {
        "branches": branches,
        "inputs": [0, 3, 6],
        "outputs": [1],
        "channel": channel,
        "body": draw(st.sampled_from(["ground", "drain", "source", "floating"])),
        "body_resistance": draw(st.sampled_from([0.0, 10.0, 1e4])),
        "gate_reference": draw(st.sampled_from(["ground", "drain", "source"])),
        "initializer": sign * np.array(gates),
        "param": {
            "vto": sign * draw(st.sampled_from([0.3, 0.75])),
            "kp": 6e-5,
            "gamma": draw(st.sampled_from([0.0, 1.09])),
            "phi": 0.95,
            "lambda": draw(st.sampled_from([0.0, 0.2])),
            "rsh": 73.0,
            "nrd": draw(squares),
            "nrs": draw(squares),
            "w": 1.4e-4,
            "l": 8e-6,
        },
    }


@pytest.mark.parametrize(("gmin", "shunt"), [(1e-8, 1e-9), (1e-12, 0.0)])
@settings(
    max_examples=100, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
)
@given(own=layers(), drive=st.lists(st.floats(-0.6, 1.0), min_size=3, max_size=3))
def test_native_and_ngspice_agree(
    gmin: float, shunt: float, own: dict[str, Any], drive: list[float]
) -> None:
    x = InputVoltageLayer(units=3, name="x")
    out = CurrentLayer(name="out", fold=False)(TransistorNetworkLayer(name="net", **own)(x))
    model = Model([x], [out], seed=0, gmin=gmin, shunt=shunt)
    native = model.operating_points({"x": [drive]})
    ngspice = model.operating_points({"x": [drive]}, backend="ngspice")
    apart = np.abs(native.voltages - ngspice.voltages).max()
    assert native.residual <= RIGHT
    # Gates and bulks that follow the ends can leave a network two points; both are then right.
    assert apart <= 1e-8 or ngspice.residual <= RIGHT
