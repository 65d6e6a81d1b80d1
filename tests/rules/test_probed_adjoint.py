"""The adjoint measured by currents into nodes: exact, without reciprocity, and quiet."""

from typing import Any

import attrs
import numpy as np
import pytest

from ebana_core import Model, losses
from ebana_core.data import DataSet
from ebana_core.errors import ParameterError, UnsupportedError
from ebana_core.initializers import RandomUniform
from ebana_core.layers import CurrentLayer, DenseLayer, InputVoltageLayer
from ebana_core.rules import Adjoint, Measurement, ProbedAdjoint, ep_mult
from tests.support.circuits import everything
from tests.support.networks import samples, soft_model

HELD = ("b.E", "rail.E", "lifted.E", "amp.gain", "amp.shift", "ideal.bound")
"""Values of what holds nodes, which have no multiplier of their own."""
LOSS = losses.MSE()


def error(found: Any, expected: Any) -> float:
    """Return the largest relative difference of two gradients."""
    return max(
        float(np.abs(found[name] - expected[name]).max() / np.abs(expected[name]).max())
        for name in expected
    )


@pytest.mark.parametrize("patterns", ["hadamard", "single"])
@pytest.mark.parametrize("is_reciprocal", [False, True])
def test_every_device_has_its_gradient_to_second_order_in_the_current(
    patterns: str, *, is_reciprocal: bool
) -> None:
    bench = everything(reciprocal=is_reciprocal)
    names = [name for name in bench.parameters if name not in HELD]
    exact = bench.gradients(Adjoint(), names)
    rule = ProbedAdjoint(1e-9, patterns)
    near, far = (
        error(bench.gradients(attrs.evolve(rule, current=current), names), exact)
        for current in (1e-9, 4e-9)
    )
    assert near <= 1e-7
    # The next order is smaller by the square of the current once more.
    assert far / near == pytest.approx(16.0, rel=0.01, abs=0)


@pytest.mark.ngspice
def test_ngspice_answers_alike() -> None:
    model = soft_model((2, 3, 2), (2.5,), seed=1)
    data, rule = samples(model, 1), ProbedAdjoint(1e-7)
    native, reference = (model.gradients(data, LOSS, rule, b) for b in ("native", "ngspice"))
    # Responses of about 10 mV; ngspice's changes are right to 1e-12 V.
    assert error(reference, native) <= 1e-8


def crossbars(units: int) -> Model:
    """Return a linear network of some hidden nodes and one output node."""
    source = InputVoltageLayer(units=2, name="x")
    init = RandomUniform(1e-6, 1e-5)
    hidden = DenseLayer(units=units, name="d1", initializer=init, trainable=True)(source)
    last = DenseLayer(units=1, name="d2", initializer=init, trainable=True)(hidden)
    return Model([source], [CurrentLayer(name="y", fold=False)(last)], seed=1)


@pytest.mark.parametrize("units", [7, 31])
def test_noise_averages_over_the_number_of_probes(units: int) -> None:
    model = crossbars(units)  # with the output node 8 and 32 nodes, orders of Hadamard matrices
    rng = np.random.default_rng(0)
    data = DataSet({"x": rng.uniform(-1, 1, (6, 2))}, {"y": rng.normal(size=(6, 1))})
    exact = model.gradients(data, LOSS, Adjoint())["d1.conductance"]
    spread = {}
    for patterns in ("single", "hadamard"):
        errors = []
        for seed in range(450 // units):
            converter = Measurement(noise=1e-4, seed=seed)
            rule = ProbedAdjoint(1e-7, patterns, measurement=converter)
            errors.append(model.gradients(data, LOSS, rule)["d1.conductance"] - exact)
        spread[patterns] = np.mean(np.square(errors))
    # Two variances of about 450 independent errors, each known to 7 %: three standard deviations.
    assert spread["single"] / spread["hadamard"] == pytest.approx(units + 1, rel=0.3, abs=0)


def test_noise_is_the_same_when_it_is_measured_again() -> None:
    model = crossbars(3)
    data = DataSet({"x": [[0.3, -0.5]]}, {"y": [[0.1]]})
    rule = ProbedAdjoint(1e-7, measurement=Measurement(noise=1e-3))
    first, again = (model.gradients(data, LOSS, rule)["d1.conductance"] for _ in range(2))
    assert np.array_equal(first, again)
    other = ProbedAdjoint(1e-7, measurement=Measurement(noise=1e-3, seed=1))
    assert not np.array_equal(first, model.gradients(data, LOSS, other)["d1.conductance"])


def test_one_node_is_probed_alone() -> None:
    source = InputVoltageLayer(units=2, name="x")
    dense = DenseLayer(units=1, name="d", initializer=RandomUniform(1e-6, 1e-5))(source)
    model = Model([source], [CurrentLayer(name="y", fold=False)(dense)], seed=1)
    data = DataSet({"x": [[0.3, -0.5]]}, {"y": [[0.1]]})
    exact = model.gradients(data, LOSS, Adjoint())
    assert error(model.gradients(data, LOSS, ProbedAdjoint(1e-6)), exact) <= 1e-12


@pytest.mark.parametrize("name", HELD)
def test_values_that_hold_nodes_are_refused_by_name(name: str) -> None:
    with pytest.raises(UnsupportedError, match=name):
        everything().gradients(ProbedAdjoint(1e-8), [name])


def test_a_local_rule_is_refused_by_name() -> None:
    model = soft_model((3, 4, 4), (2.5,), seed=1, trainable={"d0": {"grad_func": ep_mult}})
    with pytest.raises(UnsupportedError, match=r"d0\.conductance.*grad_func"):
        model.gradients(samples(model, 1), LOSS, ProbedAdjoint(1e-8))


@pytest.mark.parametrize("current", [0.0, -1e-9, np.nan, np.inf, "1", None, True])
def test_a_current_that_is_none_is_refused(current: Any) -> None:
    with pytest.raises(ParameterError, match="ProbedAdjoint has current"):
        ProbedAdjoint(current)


def test_unknown_patterns_are_refused() -> None:
    with pytest.raises(ParameterError, match="patterns"):
        ProbedAdjoint(1e-8, "walsh")
