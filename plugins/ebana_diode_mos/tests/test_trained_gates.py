"""Gates of transistors: the exact gradient, and the rules that have none of them."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from ebana_diode_mos import UniformVoltage

from ebana_core import Model
from ebana_core.arrays import Array
from ebana_core.data import DataSet
from ebana_core.errors import UnsupportedError
from ebana_core.losses import MSE
from ebana_core.rules import Adjoint, CoupledLearning, EquilibriumPropagation
from tests.support.trained_transistors import PARAM, TIES, VOLTAGES, network


def finite_differences(model: Model, name: str, data: DataSet, loss: MSE) -> Array:
    """Return the gradient of the loss by a parameter from two solves for each of its values."""
    start, step = model.parameters[name].copy(), 1e-5
    result = np.zeros(start.shape)
    for place in np.ndindex(start.shape):
        losses = []
        for sign in (1, -1):
            moved = start.copy()
            moved[place] += sign * step
            model.parameters[name] = moved
            losses.append(model.evaluate(data, loss).loss)
        result[place] = (losses[0] - losses[1]) / (2 * step)
    model.parameters[name] = start
    return result


@pytest.mark.parametrize("ties", TIES)
@pytest.mark.parametrize("channel", ["n", "p"])
def test_adjoint_is_the_gradient_of_the_gates(ties: Mapping[str, Any], channel: str) -> None:
    sign = 1 if channel == "n" else -1
    model = network(
        channel=channel,
        param={**PARAM, "VTO": sign * 0.7},
        initializer=UniformVoltage(*sorted((sign * 1.5, sign * 4.0))),
        **ties,
    )
    data = DataSet({"x": VOLTAGES}, {"out": np.full((3, 2), 0.2)})
    found = model.gradients(data, MSE(), Adjoint())["net.gate"]
    expected = finite_differences(model, "net.gate", data, MSE())
    # Central differences of 1e-5 V: their own error is 1e-10 of the third derivative, and kinks.
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-7 * np.abs(expected).max())


@pytest.mark.parametrize("name", ["vto_offset", "kp_factor"])
@pytest.mark.parametrize("channel", ["n", "p"])
def test_sensitivities_to_the_chip_are_derivatives(name: str, channel: str) -> None:
    sign = 1.0 if channel == "n" else -1.0
    law = (
        network(channel=channel, param={**PARAM, "VTO": sign * 0.7}, initializer=sign)
        .layers["net"]
        .law.with_shunt(1e-9)
    )
    ends = np.array([[[0.7, 0.1], [0.1, 0.5], [0.0, -0.2], [0.3, 0.29]]])
    values = {"gate": sign * np.array([3.0, 2.0, 2.5, 4.0]), "vto_offset": np.full(4, 0.01)}
    values |= {"kp_factor": np.full(4, 1.02)}
    found = law.sensitivity(name, ends, values)
    above, below = (
        law.at(ends, {**values, name: values[name] + step}).currents for step in (1e-5, -1e-5)
    )
    # The second derivative changes little over 1e-5.
    np.testing.assert_allclose(found, (above - below) / 2e-5, rtol=1e-6, atol=1e-12)


@pytest.mark.parametrize("rule", [EquilibriumPropagation(beta=1e-6), CoupledLearning(eta=0.1)])
@pytest.mark.filterwarnings("ignore::ebana_core.rules.ReciprocityWarning")
def test_rules_that_compare_currents_say_that_a_gate_draws_none(rule: Any) -> None:
    data = DataSet({"x": VOLTAGES}, {"out": np.full((3, 2), 0.2)})
    with pytest.raises(UnsupportedError, match=r"draws no current.*\n?.*Adjoint"):
        network().gradients(data, MSE(), rule)
