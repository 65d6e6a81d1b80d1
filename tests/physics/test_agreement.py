"""Native and ngspice agree on random networks, and both obey Kirchhoff's laws."""

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings

from tests.support.random_networks import build, networks

RIGHT = 1e-12
"""A small RS is left to tests of its own: ngspice gives it an inner node, whose elimination
costs eps/(RS*G) of a voltage."""
PHASES = [Phase.explicit, Phase.generate]
"""Shrinking takes minutes; the seed in a failing network is small enough to look at."""


@pytest.mark.ngspice
@settings(
    max_examples=200,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize=True,
    phases=PHASES,
)
@given(network=networks)
def test_native_and_ngspice_agree_on_every_node(network: dict[str, Any]) -> None:
    model, inputs, nudge = build(network)
    for currents in (None, nudge):
        native = model.operating_points(inputs, nudge=currents)
        reference = model.operating_points(inputs, "ngspice", nudge=currents)
        assert np.abs(native.voltages - reference.voltages).max() <= 1e-8
        assert reference.residual <= RIGHT
        assert reference.power_balance <= RIGHT
        assert native.power_balance <= RIGHT
        if currents is None:
            assert native.residual <= RIGHT
        else:
            assert native.change is not None
            assert reference.change is not None
            assert np.abs(native.change - reference.change).max() <= 1e-8


@settings(max_examples=60, deadline=None, derandomize=True, phases=PHASES)
@given(network=networks)
def test_native_finds_every_operating_point(network: dict[str, Any]) -> None:
    model, inputs, nudge = build(network)
    points = model.operating_points(inputs)
    assert points.residual <= RIGHT
    assert points.power_balance <= RIGHT
    model.operating_points(inputs, nudge=nudge)
