"""Adjoint coupled learning: the gradient of what clamps at the targets would take."""

from typing import Any

import numpy as np
import pytest

from ebana_core import Model, losses
from ebana_core.arrays import Array
from ebana_core.backends.linearized import Linearized
from ebana_core.data import DataSet
from ebana_core.errors import PhaseError
from ebana_core.initializers import Given
from ebana_core.layers import (
    AmplificationLayer,
    CurrentLayer,
    DenseLayer,
    InputVoltageLayer,
    ResistorNetworkLayer,
)
from ebana_core.rules import AdjointCoupledLearning, ContrastiveLearning, CoupledLearning
from tests.support.networks import layered_model, samples, soft_model

LOSS = losses.MSE()
KITE = [("s", "a"), ("s", "b"), ("a", "g"), ("b", "g"), ("a", "b")]
INPUTS = {"x": np.array([[1.0, 0.0]])}
TOWARDS = np.array([[0.3, -0.2]])
"""From the predictions of the kite to targets, V, times a scale."""


def kite() -> Model:
    """Return two voltage dividers with a resistor between their middles, which are the outputs."""
    source = InputVoltageLayer(units=2, name="x")
    init = Given(np.array([1.0, 2.0, 3.0, 1.5, 0.7]) * 1e-5)
    net = ResistorNetworkLayer(
        name="kite",
        branches=KITE,
        inputs=["s", "g"],
        outputs=["a", "b"],
        initializer=init,
        trainable=True,
    )(source)
    return Model([source], [CurrentLayer(name="y", fold=False)(net)], seed=0)


def data_of(model: Model, scale: float) -> DataSet:
    predicted = model.operating_points(INPUTS).predictions()["y"]
    return DataSet(INPUTS, {"y": predicted + scale * TOWARDS})


def energy(model: Model, data: DataSet) -> float:
    """Return the mean power of clamps at the targets, W."""
    points = model.operating_points(data.inputs)
    assert data.outputs is not None
    distance = data.outputs["y"] - points.predictions()["y"]
    conductances = np.linalg.inv(Linearized(points).port_resistances())
    return float(np.einsum("sk,skl,sl->", distance, conductances, distance) / 2 / len(distance))


def differences(model: Model, data: DataSet, name: str) -> Array:
    """Return central differences of fourth order of that energy by the values of a parameter."""
    values = np.array(model.parameters[name])
    result = np.zeros_like(values)
    for place in np.ndindex(values.shape):
        step = 1e-3 * values[place]
        for multiple, factor in ((-2, 1), (-1, -8), (1, 8), (2, -1)):
            moved = values.copy()
            moved[place] += multiple * step
            model.parameters[name] = moved
            result[place] += factor * energy(model, data) / (12 * step)
    model.parameters[name] = values
    return result


@pytest.mark.parametrize("variant", ["positive", "negative", "centered"])
@pytest.mark.parametrize("eta", [1e-6, 0.1])
def test_it_is_the_gradient_of_the_energy_that_clamps_take(variant: Any, eta: float) -> None:
    model = kite()
    data = data_of(model, 1.0)
    found = model.gradients(data, LOSS, AdjointCoupledLearning(eta, variant))["kite.conductance"]
    expected = differences(model, data, "kite.conductance")
    # Rounding of the energy over a relative step of 1e-3.
    assert np.abs(found - expected).max() <= 1e-9 * np.abs(expected).max()


def test_stages_behind_amplifiers_are_weighted() -> None:
    model = layered_model((3, 4, 4), (-2.5,), seed=3)
    data = samples(model, 3)
    rule = AdjointCoupledLearning(1e-6, gradient="exact")
    for name, found in model.gradients(data, LOSS, rule).items():
        expected = differences(model, data, name)
        # The same rounding, of energies of more parts.
        assert np.abs(found - expected).max() <= 1e-7 * np.abs(expected).max(), name


def test_plain_coupled_learning_departs_from_the_descent_with_the_cube_of_the_error() -> None:
    """The energy falls by the square of its gradient; plain coupled learning misses that."""
    model, scales = kite(), np.array([4e-3, 2e-3, 1e-3])
    missed, descent = [], []
    for scale in scales:
        data = data_of(model, scale)
        exact = model.gradients(data, LOSS, AdjointCoupledLearning(1e-6))["kite.conductance"]
        plain = model.gradients(data, LOSS, CoupledLearning(1e-9))["kite.conductance"]
        missed.append(abs(exact @ (plain - exact)))
        descent.append(exact @ exact)
    # The next order is smaller by the scale.
    assert np.polyfit(np.log(scales), np.log(missed), 1)[0] == pytest.approx(3.0, abs=0.01)
    assert np.polyfit(np.log(scales), np.log(descent), 1)[0] == pytest.approx(2.0, abs=0.01)


def test_what_plain_coupled_learning_misses_is_half_the_square_of_the_adjoint_drop() -> None:
    model = kite()
    data = data_of(model, 1.0)
    eta = 1e-7
    exact = model.gradients(data, LOSS, AdjointCoupledLearning(eta))["kite.conductance"]
    plain = model.gradients(data, LOSS, CoupledLearning(eta))["kite.conductance"]
    # The sources at 0 V, the outputs at the distances: the drops along s-a, s-b, a-g, b-g, a-b.
    a, b = TOWARDS[0]
    adjoint = np.array([-a, -b, a, b, a - b])
    # Plain coupled learning at a finite eta holds the eta-th part of it.
    assert exact - plain == pytest.approx((1 - eta) * adjoint**2 / 2, rel=1e-6, abs=0)


def test_the_whole_way_is_contrastive_learning() -> None:
    model = kite()
    data = data_of(model, 1.0)
    whole = model.gradients(data, LOSS, ContrastiveLearning())["kite.conductance"]
    for eta in (1.0, 1e-3):
        found = model.gradients(data, LOSS, AdjointCoupledLearning(eta))["kite.conductance"]
        # Changes keep their digits however small the clamp is.
        assert found == pytest.approx(whole, rel=1e-11, abs=1e-14)


def test_sources_and_bounds_follow_the_same_energy() -> None:
    model = layered_model((2, 3, 2), (2.0,), seed=5)
    data = samples(model, 5)
    names = ["b.bias_voltage", "amp0.gain", "amp0.shift"]
    for name in names:
        layer = name.split(".")[0]
        model.trainable[layer] = True
    found = model.gradients(data, LOSS, AdjointCoupledLearning(1e-6, gradient="exact"))
    whole = model.gradients(data, LOSS, AdjointCoupledLearning(1e-3, gradient="exact"))
    for name, gradient in found.items():
        assert gradient == pytest.approx(whole[name], rel=1e-9, abs=0), name


@pytest.mark.parametrize("variant", ["positive", "negative", "centered"])
def test_amplifiers_at_the_outputs_deliver_what_the_clamps_take(variant: Any) -> None:
    source = InputVoltageLayer(units=2, name="x")
    init = Given(np.array([[1.0, 2.0], [3.0, 1.5]]) * 1e-5)
    dense = DenseLayer(units=2, name="d", initializer=init, trainable=True)(source)
    last = AmplificationLayer(name="amp", param={"gain": 2.0}, trainable="gain")(dense)
    model = Model([source], [CurrentLayer(name="y", fold=False)(last)], seed=0)
    data = data_of(model, 1.0)
    rule = AdjointCoupledLearning(0.3, variant, "exact")
    for name, found in model.gradients(data, LOSS, rule).items():
        expected = differences(model, data, name)
        # Rounding of the energy over a relative step of 1e-3.
        assert np.abs(found - expected).max() <= 1e-9 * np.abs(expected).max(), name


def test_bending_devices_leave_it_between_the_two_rules() -> None:
    model = soft_model((3, 4, 4), (2.5,), seed=1)
    data = samples(model, 1)
    own, plain, whole = (
        model.gradients(data, LOSS, rule)["d_out.conductance"]
        for rule in (AdjointCoupledLearning(1e-4), CoupledLearning(1e-4), ContrastiveLearning())
    )
    assert np.abs(own - whole).max() < np.abs(plain - whole).max()


@pytest.mark.parametrize("eta", [0.0, -0.1, 1.1, np.nan, "1", None, True])
def test_an_eta_that_is_no_share_is_refused(eta: Any) -> None:
    with pytest.raises(PhaseError, match="AdjointCoupledLearning has eta"):
        AdjointCoupledLearning(eta)
