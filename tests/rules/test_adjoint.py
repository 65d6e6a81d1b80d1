"""The adjoint against finite differences, for every kind of value that learning can change."""

import numpy as np
import pytest

from ebana_core.rules import Adjoint
from tests.circuits import everything

BENCH = everything()


@pytest.mark.parametrize("name", sorted(BENCH.parameters))
def test_adjoint_equals_finite_differences(name: str) -> None:
    found, expected = BENCH.gradients(Adjoint(), [name])[name], BENCH.differences(name)
    assert np.abs(expected).max() > 0
    assert np.abs(found - expected).max() <= 1e-6 * np.abs(expected).max()


def test_the_bench_has_devices_in_every_state() -> None:
    points = BENCH.simulator.operating_points(BENCH.parameters, BENCH.samples.inputs)
    assert points.residual <= 1e-12
    assert BENCH.compiled.weights(BENCH.parameters).conflict
    held = np.stack([points.at("y")[:, 2], points.at("a")[:, 0]], axis=1)
    is_at_bound = held == BENCH.parameters["ideal.bound"]
    assert is_at_bound.any(axis=0).all()
    assert not is_at_bound.all(axis=0).any()
