"""Networks of ideal diodes: solved exactly, and the limit of steep ramps."""

from typing import Any

import numpy as np
import pytest
from ebana_diode_mos import DiodeLayer

from ebana_core import Model, losses
from ebana_core.arrays import DOUBLE
from ebana_core.data import DataSet
from ebana_core.errors import CircuitError
from ebana_core.initializers import Given
from ebana_core.layers import (
    AmplificationLayer,
    ConcatenateLayer,
    CurrentLayer,
    DenseLayer,
    InputVoltageLayer,
)
from ebana_core.rules import EquilibriumPropagation
from tests.support.ideal_diodes import CASES, INITIALIZER, clamped_model, samples


@pytest.mark.parametrize("case", CASES, ids=str)
def test_bounds_hold_and_currents_balance(case: dict[str, Any]) -> None:
    model = clamped_model(**case, seed=3)
    inputs = samples(model, 1)
    nudge = np.random.default_rng(2).normal(scale=1e-8, size=(6, model.network.shapes["y"][0]))
    for points in (
        model.operating_points(inputs),
        model.operating_points(inputs, nudge={"y": nudge}),
    ):
        assert points.residual <= 1e-12
        assert points.power_balance <= 1e-12
        name = "amp0" if case.get("behind") else "d0"
        clamped = points.at(name)
        assert clamped.min() >= -0.2 - DOUBLE.at_bound
        assert clamped.max() <= 0.3 + DOUBLE.at_bound
        held = (np.abs(clamped - 0.3) < 1e-12) | (np.abs(clamped + 0.2) < 1e-12)
        assert 0.1 < held.mean() < 0.95
        rounding = (
            1e-12 * points.balance("powers").power_magnitude.max()
        )  # of the sum of all the others
        expected = expected_power(points, "act0_0")
        assert points.power("act0_0") == pytest.approx(expected, rel=1e-6, abs=rounding)


def expected_power(points: Any, layer: str) -> np.ndarray:
    """Return what a layer of ideal diodes takes: all that nobody else takes or delivers."""
    parts = [power for name, power in points.balance("powers").power.items() if name != layer]
    return np.asarray(-np.sum(parts, axis=0))


@pytest.mark.ngspice
@pytest.mark.parametrize("case", CASES[:-1], ids=str)
def test_ngspice_finds_the_same(case: dict[str, Any]) -> None:
    for seed in range(5):
        model = clamped_model(**case, seed=seed)
        inputs = samples(model, seed + 10)
        nudge = np.random.default_rng(2).normal(scale=1e-8, size=(6, model.network.shapes["y"][0]))
        native = model.operating_points(inputs, nudge={"y": nudge})
        reference = model.operating_points(inputs, "ngspice", nudge={"y": nudge})
        assert native.voltages == pytest.approx(reference.voltages, abs=1e-8)
        assert native.change is not None
        assert native.change == pytest.approx(reference.change, abs=1e-9)


def test_many_small_networks_are_solved() -> None:
    rng = np.random.default_rng(0)
    for seed in range(150):
        depth = int(rng.integers(1, 4))
        widths = (3, *map(int, rng.integers(1, 9, depth)), 2)
        gain = None if rng.uniform() < 0.5 else float(rng.choice([-1, 1]) * rng.uniform(0.5, 5))
        model = clamped_model(widths, seed=seed, gain=gain)
        points = model.operating_points(samples(model, seed), nudge={"y": np.full((6, 1), 1e-8)})
        assert points.residual <= 1e-12


@pytest.mark.parametrize("gain", [None, 2.0])
def test_centered_gradient_equals_finite_differences(gain: float | None) -> None:
    model = clamped_model((4, 6, 4), seed=5, gain=gain)
    rng = np.random.default_rng(6)
    data = DataSet({"x": rng.uniform(-2, 2, (5, 4))}, {"y": rng.uniform(-0.3, 0.3, (5, 2))})
    loss = losses.MSE(None)
    rule = EquilibriumPropagation(1e-9, variant="centered", gradient="exact")
    gradients = model.gradients(data, loss, rule)
    for name, gradient in gradients.items():
        values = model.parameters[name]
        expected = np.zeros_like(values)
        for place in np.ndindex(values.shape):
            ends = []
            for sign in (1, -1):
                moved = values.copy()
                moved[place] *= 1 + sign * 1e-5
                model.parameters[name] = moved
                ends.append(model.evaluate(data, loss).loss)
            expected[place] = (ends[0] - ends[1]) / (2e-5 * values[place])
            model.parameters[name] = values
        assert np.abs(gradient - expected).max() <= 1e-5 * np.abs(expected).max()


def test_contradicting_diodes_are_named() -> None:
    diodes = (
        {"direction": "up", "bias_voltage": 0.2},
        {"direction": "down", "bias_voltage": -0.1},
    )
    model = clamped_model((3, 4, 2), seed=0, diodes=diodes)
    with pytest.raises(CircuitError, match=r"'act0_0' and 'act0_1'.*'d0\[0\]'.*0.2 V.*-0.1 V"):
        model.operating_points(samples(model, 0))


@pytest.mark.parametrize("sign", [1, -1])
def test_bounds_of_one_sign_hold_at_the_nearer_one(sign: int) -> None:
    """A node behind 10 uS that may move between 0.1 and 0.3 V, or between -0.3 and -0.1 V."""
    source = InputVoltageLayer(units=1, name="x")
    node: Any = DenseLayer(units=1, name="d", initializer=Given(1e-5))(source)
    for name, bound in (("up", min(0.1 * sign, 0.3 * sign)), ("down", max(0.1 * sign, 0.3 * sign))):
        node = DiodeLayer(name=name, kind="ideal", direction=name, bias_voltage=bound)(node)
    model = Model(inputs=[source], outputs=[CurrentLayer(name="y", fold=False)(node)])
    drives = sign * np.array([[-1.0], [0.09], [0.2], [0.31], [5.0]])
    points = model.operating_points({"x": drives})
    expected = sign * np.array([0.1, 0.1, 0.2, 0.3, 0.3])
    assert points.at("d")[:, 0] == pytest.approx(expected, rel=1e-12, abs=0)
    assert points.residual <= 1e-12


def test_a_diode_at_a_source_is_named() -> None:
    source = InputVoltageLayer(units=2, name="x")
    held = DiodeLayer(name="act", direction="up", kind="ideal")(source)
    output = CurrentLayer(name="y")(DenseLayer(units=2, name="d", initializer=INITIALIZER)(held))
    with pytest.raises(CircuitError, match=r"'act' clamps node 'x\[0\]'"):
        Model(inputs=[source], outputs=[output])


def test_one_layer_may_clamp_both_sides_of_an_amplifier() -> None:
    source = InputVoltageLayer(units=5, name="x")
    dense = DenseLayer(units=6, name="d0", initializer=INITIALIZER)(source)
    amplified = AmplificationLayer(name="amp", param={"gain": 2.0})(dense)
    both = ConcatenateLayer(name="both")([dense, amplified])
    clamped = DiodeLayer(name="act", kind="ideal", direction="down", bias_voltage=0.2)(both)
    output = DenseLayer(units=4, name="d1", initializer=INITIALIZER)(clamped)
    model = Model(inputs=[source], outputs=[CurrentLayer(name="y")(output)], seed=0)
    points = model.operating_points(samples(model, 0))
    assert points.at("d0").max() == pytest.approx(0.1, rel=1e-12, abs=0)
    assert points.residual <= 1e-12
    assert points.power_balance <= 1e-12
