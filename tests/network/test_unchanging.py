"""Answers belong to the values that were in force: nobody can change these behind their back."""

import numpy as np
import pytest

from ebana_core import Model, optimizers
from ebana_core.backends import OperatingPoints
from tests.support.networks import layered_model
from tests.support.runs import small_fit

INPUTS = {"x": np.array([[0.3, -0.7], [1.0, 0.2]])}


@pytest.fixture
def model() -> Model:
    return layered_model((2, 4, 2), (4.0,), seed=0)


@pytest.mark.parametrize("backend", ["native", "ngspice"])
def test_arrays_changed_in_place_are_solved_anew(model: Model, backend: str) -> None:
    """An array of the caller's own may hold other numbers at the next call."""
    simulator = model.simulator(backend)
    values = {name: array.copy() for name, array in model.parameters.items()}
    before = simulator.operating_points(values, INPUTS)
    power, voltages = before.total_power(), before.node_voltages.copy()
    first = simulator.operating_points(values, INPUTS)
    for array in values.values():
        array *= 2.0
    again = simulator.operating_points(values, INPUTS)
    fresh = layered_model((2, 4, 2), (4.0,), seed=0).simulator(backend)
    expected = fresh.operating_points({n: a.copy() for n, a in values.items()}, INPUTS)
    # ngspice repeats its answers to 1e-12 V only.
    assert again.node_voltages == pytest.approx(expected.node_voltages, abs=1e-11)
    assert np.abs(again.node_voltages - voltages).max() > 1e-3
    # Points that were solved earlier keep the values of their time.
    assert first.total_power() == pytest.approx(power, rel=1e-9, abs=0)
    assert first.residual <= 1e-12


def test_gains_changed_in_place_weigh_anew(model: Model) -> None:
    values = {name: array.copy() for name, array in model.parameters.items()}
    compiled = model.network.compiled
    before = compiled.scales(values).copy()
    gains = [name for name in values if name.endswith(".gain")]
    for name in gains:
        values[name][...] *= 2.0
    assert gains
    assert not np.array_equal(compiled.scales(values), before)


def test_no_flag_opens_the_values_of_a_model(model: Model) -> None:
    for array in model.parameters.values():
        with pytest.raises(ValueError, match="WRITEABLE"):
            array.flags.writeable = True
    _, optimizer, _ = small_fit(None, 1)
    with pytest.raises(ValueError, match="WRITEABLE"):
        optimizer.model.parameters["d.conductance"].flags.writeable = True
    for array in optimizer.slots.values():
        with pytest.raises(ValueError, match="read-only"):
            array += 1.0


def look(points: OperatingPoints) -> list[np.ndarray]:
    """Return what a user is handed of operating points."""
    found = [points.node_voltages, points.free_voltages, points.voltages, points.at("x")]
    found += [points.power("x"), points.total_power(), *points.predictions().values()]
    return found + [array for name in ("x", "d0") for array in points.currents(name).values()]


def test_what_a_user_is_handed_is_no_way_into_the_answers(model: Model) -> None:
    assert optimizers.SGD(model).slots == {}
    points = model.operating_points(INPUTS)
    power, residual = points.total_power().copy(), points.residual
    for array in look(points):
        try:
            array[...] = 7.0
        except ValueError:
            assert not array.flags.writeable
    assert np.array_equal(points.total_power(), power)
    assert np.array_equal(model.operating_points(INPUTS).node_voltages, points.node_voltages)
    assert points.balance("magnitudes").imbalance().max() == residual
    assert points.currents("x")["x"].max() < 1.0
