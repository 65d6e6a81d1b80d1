"""Clamps beyond the target: where they stand, what they teach, and against which errors."""

import numpy as np
import pytest

from ebana_core import Model, losses, optimizers
from ebana_core.arrays import Array
from ebana_core.backends.linearized import Linearized
from ebana_core.data import DataSet
from ebana_core.errors import ParameterError, PhaseError
from ebana_core.initializers import RandomUniform
from ebana_core.layers import CurrentLayer, InputVoltageLayer, ResistorNetworkLayer
from ebana_core.losses import Loss
from ebana_core.rules import Adjoint, CoupledLearning, LearningRule, OverClamping
from ebana_core.testing import RuleConformance
from ebana_core.testing.rules import run_rule, samples_of

EDGES = [("a", "o"), ("o", "b"), ("a", "p"), ("p", "b"), ("o", "p")]


class TestOverClamping(RuleConformance):
    agreement = None  # it descends the loss and the distance, times the output's conductance

    @pytest.fixture
    def rule(self) -> OverClamping:
        return OverClamping(0.1, beyond=0.01)


def graph(drift: float = 0.0) -> Model:
    """Return a network whose updates all err by a drift, S."""
    x = InputVoltageLayer(units=2, name="x")
    network = ResistorNetworkLayer(
        name="net",
        branches=EDGES,
        inputs=["a", "b"],
        outputs=["o"],
        initializer=RandomUniform(1e-5, 1e-4, 1e-6, 1e-3),
        lr=2e-5,
        weight_update_func=lambda values, change: values + change + drift * SIGNS,
    )(x)
    return Model([x], [CurrentLayer(name="y", fold=False)(network)], seed=0)


SIGNS = np.array([1.0, -1.0, 1.0, -1.0, 1.0])
"""A drift that pulls the divider up."""


def near(model: Model, miss: float) -> DataSet:
    """Return one sample whose target is missed by some volts."""
    at = DataSet({"x": [[1.0, 0.0]]})
    return DataSet(dict(at.inputs), {"y": model.predict(at)["y"] + miss})


@pytest.mark.parametrize("miss", [0.2, -0.05, 1e-4])
@pytest.mark.parametrize("variant", ["positive", "negative"])
def test_clamps_stand_past_the_target_by_beyond(miss: float, variant: str) -> None:
    model = graph()
    samples = samples_of(model, losses.MSE(), near(model, miss))
    rule = OverClamping(0.25, beyond=0.03, variant=variant)
    clamped = run_rule(rule, model, samples).phases["nudged"].change
    heads = model.network.compiled.circuit.outputs[0].heads
    move = 0.25 * miss + 0.03 * np.sign(miss)
    expected = move if variant == "positive" else -move
    assert clamped[0, heads] == pytest.approx(expected, rel=1e-9, abs=0)


def test_within_the_tolerance_nothing_is_taught() -> None:
    model = graph()
    rule = OverClamping(0.25, beyond=0.03, tolerance=0.01)
    for miss, is_taught in ((0.009, False), (-0.009, False), (0.011, True)):
        found = model.gradients(near(model, miss), losses.MSE(), rule)["net.conductance"]
        assert found.any() == is_taught


class Absolute(Loss):
    """``e²/2 + ratio*|e|``, whose gradient over-clamping follows."""

    ratio = 0.0

    @property
    def targets_are_voltages(self) -> bool:
        return True

    def value(self, prediction: Array, target: Array) -> Array:
        miss = np.abs(prediction - target)
        return miss**2 / 2 + self.ratio * miss

    def gradient(self, prediction: Array, target: Array) -> Array:
        miss = prediction - target
        return miss + self.ratio * np.sign(miss)


class Beyond(Absolute):
    ratio = 0.3


def test_one_output_gives_its_conductance_times_the_gradient_of_square_and_distance() -> None:
    model = graph()
    data = near(model, -0.04)
    points = model.operating_points(data.inputs)
    conductance = 1 / Linearized(points).port_resistances().item()
    eta = 1e-6
    found = model.gradients(data, losses.MSE(), OverClamping(eta, 0.3 * eta, variant="centered"))
    exact = model.gradients(data, Beyond(), Adjoint())
    for name, gradient in exact.items():
        # Centered on a linear circuit: only rounding is left.
        assert found[name] == pytest.approx(conductance * gradient, rel=1e-8, abs=0)


def trained(rule: LearningRule, drift: float) -> float:
    """Return the distance from the target after a training, V, the largest of its end."""
    model = graph(drift)
    data = DataSet({"x": [[1.0, 0.0]]}, {"y": [[0.35]]})
    optimizer, misses = optimizers.SGD(model), []
    for _ in range(250):
        optimizer.step(model.gradients(data, losses.MSE(), rule))
        misses.append(abs(float(model.predict(data)["y"][0, 0]) - 0.35))
    return max(misses[-50:])


def test_devices_that_drift_end_nearer_to_the_target() -> None:
    drift = 5e-7
    plain = trained(CoupledLearning(0.1), drift)
    beyond = trained(OverClamping(0.1, beyond=0.02, tolerance=1e-3), drift)
    assert trained(CoupledLearning(0.1), 0.0) < 1e-3  # without drift both would learn
    assert beyond < plain / 2


@pytest.mark.parametrize("eta", [0.0, 1.5, float("nan"), "small"])
def test_eta_must_be_a_share(eta: object) -> None:
    with pytest.raises(PhaseError, match="OverClamping has eta="):
        OverClamping(eta, 0.1)  # type: ignore[arg-type]  # that it is refused is the test


@pytest.mark.parametrize("beyond", [0.0, -0.1, float("inf"), None])
def test_beyond_must_lead_past_the_target(beyond: object) -> None:
    with pytest.raises(PhaseError, match="OverClamping has beyond="):
        OverClamping(0.5, beyond)  # type: ignore[arg-type]  # that it is refused is the test


def test_a_tolerance_below_zero_is_refused() -> None:
    with pytest.raises(ParameterError, match="tolerance="):
        OverClamping(0.5, 0.1, tolerance=-1e-3)


def test_targets_that_are_no_voltages_are_refused() -> None:
    model = graph()
    data = DataSet({"x": [[1.0, 0.0]]}, {"y": [[1.0]]})
    with pytest.raises(ParameterError, match="which are not voltages"):
        model.gradients(data, losses.BCE(), OverClamping(0.5, 0.1))
