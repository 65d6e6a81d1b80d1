"""Coupled and contrastive learning against closed forms and the co-content that they descend."""

import numpy as np
import pytest
from ebana_diode_mos import DiodeLayer

from ebana_core import Model, losses, optimizers
from ebana_core.arrays import Array
from ebana_core.backends import OperatingPoints
from ebana_core.backends.linearized import Linearized
from ebana_core.circuit.branches import branch_ends, branch_values
from ebana_core.data import BatchGenerator, DataSet
from ebana_core.errors import ConvergenceError, ParameterError, PhaseError
from ebana_core.layers import CurrentLayer, DenseLayer, InputVoltageLayer
from ebana_core.metrics import Metrics
from ebana_core.rules import (
    Adjoint,
    ContrastiveLearning,
    CoupledLearning,
    EquilibriumPropagation,
    LearningRule,
)
from ebana_core.rules.clamping import clamped
from tests.support.networks import INITIALIZER, layered_model, samples, soft_model


def conductance_gradients(model: Model, data: DataSet, rule: LearningRule) -> dict[str, Array]:
    return model.gradients(data, losses.MSE(), rule)


def linearized(model: Model, data: DataSet) -> Linearized:
    return Linearized(model.operating_points(data.inputs))


@pytest.mark.parametrize("variant", ["positive", "negative", "centered"])
def test_one_output_gives_the_port_conductance_times_equilibrium_propagation(variant: str) -> None:
    model = layered_model((3, 2), (), seed=1)
    data = samples(model, 1, n_samples=1)
    conductance = 1 / linearized(model, data).port_resistances().item()
    eta = 0.3
    found = conductance_gradients(model, data, CoupledLearning(eta, variant))
    expected = conductance_gradients(
        model, data, EquilibriumPropagation(eta * conductance, variant)
    )
    for name, gradient in found.items():
        assert gradient == pytest.approx(conductance * expected[name], rel=1e-9, abs=0)


def test_several_outputs_are_preconditioned_by_the_port_matrix() -> None:
    model = layered_model((3, 4, 4), (1.0,), seed=2)
    data = samples(model, 2)
    points = model.operating_points(data.inputs)
    assert data.outputs is not None
    predicted = points.predictions()["y"]
    gap = predicted - data.outputs["y"]
    resistances = Linearized(points).port_resistances()
    currents = np.linalg.solve(resistances, gap[:, :, None])[:, :, 0]
    # A target that misses the prediction by as many volts as the currents have amperes.
    preconditioned = DataSet(data.inputs, {"y": predicted - currents})
    expected = conductance_gradients(model, preconditioned, Adjoint())
    found = conductance_gradients(model, data, CoupledLearning(1e-6, "centered"))
    for name, gradient in found.items():
        assert gradient == pytest.approx(expected[name], rel=1e-6, abs=0)


@pytest.mark.parametrize(
    "rule", [CoupledLearning(0.3, gradient="exact"), ContrastiveLearning("exact")]
)
def test_it_descends_the_difference_of_co_contents_at_frozen_clamps(rule: CoupledLearning) -> None:
    model = soft_model((3, 4, 4), (2.5,), seed=3)
    data = samples(model, 3)
    found = conductance_gradients(model, data, rule)
    values = model.parameters.snapshot()
    assert data.outputs is not None
    free = model.operating_points(data.inputs).predictions()["y"]
    frozen = free + rule.eta * (data.outputs["y"] - free)

    def height(name: str, moved: Array) -> float:
        simulator, parameters = model.simulator(), {**values, name: moved}
        points = simulator.operating_points(parameters, data.inputs)
        away = {"y": frozen - points.predictions()["y"]}
        held = clamped(simulator, parameters, data.inputs, points, away)
        return (co_content(held) - co_content(points)) / rule.eta / len(data)

    for name, gradient in found.items():
        expected = np.zeros_like(gradient)
        for place in np.ndindex(gradient.shape):
            step = 1e-4 * values[name][place]
            for sign in (1, -1):
                moved = values[name].copy()
                moved[place] += sign * step
                expected[place] += sign * height(name, moved) / (2 * step)
        # a difference over 1e-4 of the value: its third derivative and the rounding of the heights
        assert np.abs(gradient - expected).max() <= 1e-6 * np.abs(expected).max()


def co_content(points: OperatingPoints) -> float:
    """Return the weighted co-content, summed over samples, W."""
    weights = points.compiled.weights(points.parameters)
    total = 0.0
    for array in points.circuit.element_arrays:
        heads, tails = branch_ends(array.topology)
        voltages = points.node_voltages
        values = branch_values(array, points.parameters, points.inputs, slice(None))
        own = array.law.co_content(voltages[:, heads] - voltages[:, tails], values)
        weight = weights.of_branches(array.topology, points.compiled.stages.of_node).reshape(-1)
        total += float((own * weight).sum())
    return total


def test_tiny_clamps_lose_no_digits() -> None:
    model = soft_model((3, 4, 4), (2.5,), seed=4)
    data = samples(model, 4)
    large, tiny = (
        conductance_gradients(model, data, CoupledLearning(eta, "centered"))
        for eta in (1e-4, 1e-12)
    )
    for name, gradient in large.items():
        assert tiny[name] == pytest.approx(gradient, rel=1e-6, abs=0)


def test_at_the_target_nothing_moves() -> None:
    model = soft_model((3, 4, 4), (2.5,), seed=5)
    data = samples(model, 5)
    there = DataSet(dict(data.inputs), model.predict(data))
    for gradient in conductance_gradients(model, there, CoupledLearning(0.5)).values():
        assert (gradient == 0).all()


@pytest.mark.ngspice
def test_ngspice_clamps_the_same_circuit() -> None:
    model = soft_model((2, 3, 2), (2.5,), seed=6)
    data, loss = samples(model, 6), losses.MSE()
    rule = CoupledLearning(0.2, "centered")
    native, reference = (model.gradients(data, loss, rule, b) for b in ("native", "ngspice"))
    for name, gradient in native.items():
        assert np.abs(gradient - reference[name]).max() <= 1e-6 * np.abs(gradient).max()


def test_a_clamp_beyond_an_ideal_diode_names_output_and_sample() -> None:
    source = InputVoltageLayer(units=2, name="x")
    dense = DenseLayer(units=2, name="d", initializer=INITIALIZER)(source)
    held = DiodeLayer(name="ideal", kind="ideal", direction="down", bias_voltage=0.1)(dense)
    model = Model([source], [CurrentLayer(name="y", fold=False)(held)], seed=0)
    data = DataSet({"x": [[-1.0, -1.0]] * 2}, {"y": [[-0.5, 0.0], [-0.5, 5.0]]})
    with pytest.raises(ConvergenceError, match=r"clamps output y\[1\] of sample 1"):
        model.gradients(data, losses.MSE(), CoupledLearning(1.0))


def test_targets_that_are_no_voltages_are_refused() -> None:
    model = soft_model((2, 3, 4), (2.5,), seed=7)
    data = DataSet({"x": [[0.1, 0.2]]}, {"y": [[0.0, 1.0]]})
    with pytest.raises(ParameterError, match="'y' are those of BCE"):
        model.gradients(data, losses.BCE(), CoupledLearning(0.5))


@pytest.mark.parametrize("eta", [0.0, -0.1, 1.5, float("nan"), "small", True])
def test_eta_must_be_a_share(eta: object) -> None:
    with pytest.raises(PhaseError, match="CoupledLearning has eta="):
        CoupledLearning(eta)  # type: ignore[arg-type]  # that it is refused is the test


@pytest.mark.parametrize(
    "settings", [{"variant": "both"}, {"gradient": "global"}, {"measurement": 12}]
)
def test_unknown_choices_are_refused(settings: dict[str, object]) -> None:
    with pytest.raises(ParameterError, match=f"CoupledLearning has {next(iter(settings))}="):
        CoupledLearning(0.1, **settings)  # type: ignore[arg-type]  # that is the test


def test_training_with_each_rule_lowers_the_loss() -> None:
    settings = {name: {"lr": 1e-6} for name in ("d0", "d_out")}
    for rule in (CoupledLearning(0.1, "centered"), ContrastiveLearning(), Adjoint()):
        model = soft_model((2, 4, 2), (2.5,), seed=8, trainable=settings)
        data = DataSet(
            {"x": [[-1, -1], [-1, 1], [1, -1], [1, 1]]}, {"y": [[0], [0.1], [0.2], [0.3]]}
        )
        before = model.evaluate(data, losses.MSE()).loss
        optimizer = optimizers.Adam(model)
        batches = BatchGenerator(data, batch_size=2)
        quiet = Metrics(model, verbose=False)
        model.fit(batches, losses.MSE(), optimizer, epochs=5, rule=rule, metrics=quiet)
        assert model.evaluate(data, losses.MSE()).loss < before / 2, rule
