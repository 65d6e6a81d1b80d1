"""Devices of several terminals are computed a few samples at a time, whatever is asked of them."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from ebana_core.arrays import Array
from ebana_core.backends.operating_points import OperatingPoints
from ebana_core.circuit import terminals
from ebana_core.circuit.leaving import CurrentChanges, Currents, sum_leaving
from ebana_core.laws.transistor_branch import TransistorBranch
from tests.support.drawn_networks import transistor_grid

N_SAMPLES, N_TRANSISTORS = 7, 12


@pytest.fixture(scope="module")
def points() -> OperatingPoints:
    x = np.random.default_rng(4).uniform(0, 0.5, (N_SAMPLES, 2))
    return transistor_grid().operating_points({"x": x})


def changes(points: OperatingPoints) -> Array:
    v = points.node_voltages
    response = CurrentChanges(v, 1e-3 * v, points.parameters, points.inputs)
    return sum_leaving(points.compiled, points.parameters, response)


def leaving(points: OperatingPoints) -> Array:
    response = Currents(points.node_voltages, points.parameters, points.inputs)
    return sum_leaving(points.compiled, points.parameters, response)


ASKED: dict[str, Callable[[OperatingPoints], Array]] = {
    "powers": lambda points: points.power("t"),
    "magnitudes": lambda points: points.balance("magnitudes").magnitude,
    "currents": lambda points: next(iter(points.currents("t").values())),
    "leaving": leaving,
    "changes": changes,
}


@pytest.mark.parametrize("what", ASKED)
@pytest.mark.parametrize(("at_once", "largest"), [(1, 1), (2 * 4 * N_TRANSISTORS, 2)])
def test_samples_a_few_at_a_time_have_the_same_currents(
    what: str,
    at_once: int,
    largest: int,
    points: OperatingPoints,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    together = ASKED[what](points)
    seen, at = [], TransistorBranch.at

    def counted(self: TransistorBranch, voltages: Array, *rest: Any) -> Any:
        seen.append(len(voltages))
        return at(self, voltages, *rest)

    monkeypatch.setattr(TransistorBranch, "at", counted)
    monkeypatch.setattr(terminals, "SLOPES_AT_ONCE", at_once)
    apart = ASKED[what](points)
    np.testing.assert_allclose(apart, together, rtol=1e-12, atol=1e-24)
    assert apart.any()
    assert max(seen) == largest
