"""Steep and hard-driven junctions, and the last resorts of Newton's method."""

import numpy as np
import pytest
from ebana_diode_mos import DiodeLayer

from ebana_core import Model
from ebana_core.arrays import Array, namespace
from ebana_core.backends import Backend, NativeBackend
from ebana_core.backends.native import search, stepping
from ebana_core.errors import ConvergenceError
from ebana_core.initializers import Given
from ebana_core.layers import CurrentLayer, DenseLayer, InputVoltageLayer
from tests.support.libraries import NUMPY, Standard

RIGHT = 1e-12


def network(kind: str, conductance: float = 1e-3, **param: float) -> Model:
    """Return one node behind a conductance, with a diode to ground."""
    source = InputVoltageLayer(units=1, name="x")
    layer = DenseLayer(units=1, name="d", initializer=Given(conductance))(source)
    direction = {} if kind == "antiparallel" else {"direction": "down"}
    layer = DiodeLayer(name="q", kind=kind, param=param, **direction)(layer)
    return Model(inputs=[source], outputs=[CurrentLayer(name="y", fold=False)(layer)], seed=0)


def node_voltage(voltage: float, conductance: float, values: dict[str, float]) -> float:
    """Return the voltage that the currents through conductance and Shockley diode share, V."""
    low, high = 0.0, voltage
    for _ in range(200):
        middle = (low + high) / 2
        current = conductance * (voltage - middle)
        at = values.get("V_off", 0.0) + values["a"] * np.log(current / values["IS"])
        low, high = (middle, high) if middle < at else (low, middle)
    return middle


@pytest.mark.parametrize("kind", ["shockley", "antiparallel"])
@pytest.mark.parametrize(
    ("voltage", "values"),
    [
        (100.0, {"IS": 1e-6, "a": 0.026}),
        (10.0, {"IS": 1e-6, "a": 0.005}),
        (1.0, {"IS": 1e-6, "a": 1e-4}),
        (1.0, {"IS": 1e-6, "a": 1e-4, "V_off": 0.1}),
        (50.0, {"IS": 1e-6, "a": 0.035, "V_off": 30.0}),
    ],
)
def test_steep_and_hard_driven_exponentials_are_solved(
    kind: str, voltage: float, values: dict[str, float]
) -> None:
    points = network(kind, **values).operating_points({"x": [[voltage]]})
    assert points.residual <= RIGHT
    # The closed form leaves out IS against the current, a part of 1e-3 of `a` at most.
    expected = node_voltage(voltage, 1e-3, values)
    assert points.at("d")[0, 0] == pytest.approx(expected, abs=2e-3 * values["a"])


def test_a_diode_whose_current_overflows_at_the_start_is_solved() -> None:
    # Its far end is at 100 V, so that 100 V lie across it while its node is at 0 V.
    source = InputVoltageLayer(units=1, name="x")
    layer = DenseLayer(units=1, name="d", initializer=Given(1e-3))(source)
    layer = DiodeLayer(
        name="q", kind="shockley", direction="up", bias_voltage=100.0, param={"a": 0.026}
    )(layer)
    model = Model(inputs=[source], outputs=[CurrentLayer(name="y", fold=False)(layer)], seed=0)
    points = model.operating_points({"x": [[0.0], [100.0], [200.0]]})
    assert points.residual <= RIGHT
    expected = 100 - node_voltage(100.0, 1e-3, {"IS": 1e-6, "a": 0.026})
    assert points.at("d")[0, 0] == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize("backend", [NUMPY, Standard()], ids=str)
@pytest.mark.parametrize("resort", ["_by_gmin", "_by_sources"])
def test_each_last_resort_alone_finds_the_operating_point(
    resort: str, backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = network("shockley", a=0.026)
    expected = model.operating_points({"x": [[10.0], [8.0]]}).at("d")
    other = {"_by_gmin": "_by_sources", "_by_sources": "_by_gmin"}[resort]
    newton, calls = stepping.newton, []

    def fails(*given: object, **settings: object) -> stepping.Outcome:
        outcome = newton(*given, **settings)  # type: ignore[arg-type]  # handed through
        both = namespace(outcome.x).arange(2, device=outcome.x.device)
        return stepping.Outcome(0 * outcome.x, both, 0 * outcome.x + 1.0)

    def counted(*given: object, **settings: object) -> stepping.Outcome:
        outcome = newton(*given, **settings)  # type: ignore[arg-type]  # handed through
        calls.append(outcome.failed.shape[0])
        return outcome

    monkeypatch.setattr(search, "newton", fails)
    monkeypatch.setattr(stepping, "newton", counted)
    monkeypatch.setattr(stepping, other, lambda equations, solve, outcome, *rest: outcome)
    found = model.operating_points({"x": [[10.0], [8.0]]}, backend).at("d")
    assert len(calls) > 2
    assert found == pytest.approx(expected, abs=1e-9)


def test_what_no_resort_solves_is_told_with_node_and_phase() -> None:
    model = network("shockley", a=0.026)
    message = r"free phase for samples \[0\]; worst node 'd\[0\]', residual .* source stepping"
    with pytest.raises(ConvergenceError, match=message):
        model.operating_points({"x": [[1e3]]}, NativeBackend(max_iterations=1))


def test_one_sample_without_a_step_does_not_fail_the_others() -> None:
    model = network("shockley", a=0.026)
    alone = model.operating_points({"x": [[1.0]]}).at("d")
    both: Array = model.operating_points({"x": [[1.0], [3e3]]}).at("d")
    assert both[0] == pytest.approx(alone[0], abs=1e-12)
