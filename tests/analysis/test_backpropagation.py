"""Vector-Jacobian products against finite differences, the adjoint rule, and what is refused."""

from typing import Any

import numpy as np
import pytest

from ebana_core import Model, losses
from ebana_core.arrays import Array
from ebana_core.backends import NativeBackend
from ebana_core.errors import EbanaError, ParameterError, UnsupportedError
from ebana_core.layers import CurrentLayer, DenseLayer, InputVoltageLayer
from ebana_core.rules import Adjoint
from ebana_core.rules.backpropagation import AdjointSums
from tests.support.circuits import everything
from tests.support.networks import INITIALIZER, samples, soft_model

FOURTH_ORDER = ((-2, 1), (-1, -8), (1, 8), (2, -1))
"""Multiples of the step and their factors over 12 steps: central differences."""
STEP = 1e-3
"""V. Differences of fourth order leave 1e-12 of the function beside 1e-13 of rounding over a step;
both are far below the tolerance of 1e-6."""


def test_derivatives_by_inputs_equal_finite_differences() -> None:
    """Through every kind of element: sources, floating sources, amplifiers, ideal diodes."""
    bench = everything()
    points = bench.simulator.operating_points(bench.parameters, bench.samples.inputs)
    sums = AdjointSums(points, bench.samples.loss_gradients(points), (), ("x",))
    sums.result()
    found, x = sums.of_inputs()["x"], bench.samples.inputs["x"]

    def loss_at(inputs: Array) -> Array:
        moved = bench.simulator.operating_points(bench.parameters, {"x": inputs}).predictions()
        total, targets = np.zeros(len(x)), bench.samples.targets
        for name, loss in bench.samples.losses.items():
            total += loss.value(moved[name], targets[name]).sum(axis=1)
        return total

    for unit in range(x.shape[1]):
        step = STEP * np.eye(x.shape[1])[unit]
        expected = sum(f * loss_at(x + m * step) for m, f in FOURTH_ORDER) / (12 * STEP)
        assert np.abs(found[:, unit] - expected).max() <= 1e-6 * np.abs(expected).max()


def network(**of_input: Any) -> Model:
    source = InputVoltageLayer(units=3, name="x", **of_input)
    dense = DenseLayer(units=4, name="d", initializer=INITIALIZER)(source)
    return Model([source], [CurrentLayer(name="y")(dense)], seed=1)


def test_sums_over_shards_are_those_of_the_adjoint_rule() -> None:
    model = soft_model((3, 4, 4), (2.5,), seed=1)
    data, loss = samples(model, 1, 600), losses.MSE()
    points = model.operating_points(data.inputs)
    assert data.outputs is not None
    found = model.vjp(points, {"y": loss.nudge(points.predictions()["y"], data.outputs["y"])})
    expected = model.gradients(data, loss, Adjoint())
    assert set(found.parameters) == set(expected)
    for name, gradient in expected.items():
        # The same operations in the same shards.
        assert (found.parameters[name] / len(data) == gradient).all()
    assert found.inputs["x"].shape == (600, 3)


def test_a_nudge_counts_as_a_constant() -> None:
    model = soft_model((3, 4, 4), (2.5,), seed=1)
    inputs, nudge = {"x": np.full((1, 3), 0.3)}, {"y": np.full((1, 2), 2e-6)}
    name, place = "d0.conductance", (1, 2)
    values = model.parameters[name]
    free, points = model.operating_points(inputs), model.operating_points(inputs, nudge=nudge)
    found = model.vjp(points, {"y": [[1.0, -2.0]]}).parameters[name][place]
    step, expected = 1e-3 * values[place], 0.0
    for multiple, factor in FOURTH_ORDER:
        moved = values.copy()
        moved[place] += multiple * step
        y = model.operating_points(inputs, nudge=nudge, values={name: moved}).predictions()["y"][0]
        expected += factor * (y[0] - 2 * y[1]) / (12 * step)
    assert abs(found - expected) <= 1e-6 * abs(expected)
    unmoved = model.vjp(free, {"y": [[1.0, -2.0]]}).parameters[name][place]
    assert abs(unmoved - expected) > 1e-3 * abs(expected)


def test_other_values_leave_the_model_as_it_is() -> None:
    model = network()
    before, inputs = model.parameters["d.conductance"], {"x": [[0.1, 0.2, -0.3]]}
    other = model.operating_points(inputs, values={"d.conductance": before[::-1]})
    assert model.parameters["d.conductance"] is before
    model.parameters["d.conductance"] = before[::-1]
    assert (other.voltages == model.operating_points(inputs).voltages).all()
    with pytest.raises(ParameterError, match=r"d\.conductance"):
        model.operating_points(inputs, values={"d.conductance": -before})


def test_only_what_is_asked_for_is_returned() -> None:
    model = soft_model((3, 4, 4), (2.5,), seed=1)
    points = model.operating_points({"x": [[0.1, 0.2, 0.3]]})
    found = model.vjp(points, {"y": [1.0, 0.0]}, parameters=["d0.conductance"], inputs=[])
    assert (set(found.parameters), found.inputs) == ({"d0.conductance"}, {})
    # A frozen value is returned where it is named, and what no output pulls at is zero.
    bias = model.vjp(points, {}, parameters=["b.bias_voltage"], inputs=[])
    assert (bias.parameters["b.bias_voltage"] == 0).all()


def test_an_input_behind_a_converter_has_no_derivative() -> None:
    model = network(dac_bits=4)
    points = model.operating_points({"x": [[0.1, 0.2, -0.3]]})
    with pytest.raises(UnsupportedError, match="'x' passes a converter"):
        model.vjp(points, {"y": [[1.0, 1.0]]})
    assert model.vjp(points, {"y": [[1.0, 1.0]]}, inputs=[]).parameters["d.conductance"].any()


def test_points_of_another_circuit_or_of_few_digits_are_refused() -> None:
    model, other = network(), network()
    inputs = {"x": [[0.1, 0.2, -0.3]]}
    with pytest.raises(ParameterError, match="another circuit"):
        model.vjp(other.operating_points(inputs), {"y": [[1.0, 1.0]]})
    rounded = model.operating_points(inputs, backend=NativeBackend(dtype="float32"))
    with pytest.raises(ParameterError, match="float32"):
        model.vjp(rounded, {"y": [[1.0, 1.0]]})


WRONG = [None, 3, "y", [1.0], {"q": [1.0]}, {"y": "volts"}, {"y": [[1.0]]}, {"y": [[np.nan, 1.0]]}]


@pytest.mark.parametrize("given", WRONG, ids=str)
def test_wrong_derivatives_are_named(given: Any) -> None:
    model = network()
    points = model.operating_points({"x": [[0.1, 0.2, -0.3]]})
    with pytest.raises(EbanaError, match="output_gradients"):
        model.vjp(points, given)


@pytest.mark.parametrize("names", ["d.conductance", 3, ["q"], [None]], ids=str)
def test_wrong_names_and_points_are_named(names: Any) -> None:
    model = network()
    points = model.operating_points({"x": [[0.1, 0.2, -0.3]]})
    with pytest.raises(EbanaError, match="parameters"):
        model.vjp(points, {"y": [[1.0, 1.0]]}, parameters=names)
    with pytest.raises(EbanaError, match="inputs"):
        model.vjp(points, {"y": [[1.0, 1.0]]}, inputs=names)
    with pytest.raises(ParameterError, match="points is"):
        model.vjp(names, {"y": [[1.0, 1.0]]})
