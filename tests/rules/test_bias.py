"""The bias of Equilibrium Propagation: what is left of its gradient's error as beta shrinks."""

import numpy as np
import pytest

from ebana_core import Model, losses
from ebana_core.data import DataSet
from ebana_core.errors import ParameterError
from ebana_core.layers import (
    AmplificationLayer,
    CurrentLayer,
    DenseLayer,
    InputVoltageLayer,
)
from ebana_core.losses import Loss
from ebana_core.rules import Adjoint, CoupledLearning, EquilibriumPropagation, Measurement
from tests.support.circuits import everything
from tests.support.layer_blocks import data_for, driven, periphery
from tests.support.networks import INITIALIZER, samples, soft_model


def errors(variant: str, betas: tuple[float, ...]) -> dict[str, list[float]]:
    model = soft_model((3, 5, 4, 4), (2.5, -3.0), seed=1)
    data, loss = samples(model, 1, 20), losses.MSE()
    exact = model.gradients(data, loss, Adjoint())
    result: dict[str, list[float]] = {name: [] for name in exact}
    for beta in betas:
        rule = EquilibriumPropagation(beta, variant, "exact")  # type: ignore[arg-type]  # text
        for name, gradient in model.gradients(data, loss, rule).items():
            distance = np.linalg.norm(gradient - exact[name]) / np.linalg.norm(exact[name])
            result[name].append(float(distance))
    return result


@pytest.mark.parametrize(
    ("variant", "order"), [("positive", 1.0), ("negative", 1.0), ("centered", 2.0)]
)
def test_it_shrinks_with_its_order(variant: str, order: float) -> None:
    for name, (large, small) in errors(variant, (2e-8, 5e-9)).items():
        assert np.log2(large / small) / 2 == pytest.approx(order, abs=0.05), name


def test_centered_exact_becomes_the_adjoint() -> None:
    for (error,) in errors("centered", (1e-11,)).values():
        assert error <= 1e-9


@pytest.mark.parametrize(
    ("loss", "target"),
    [
        (losses.MSE(), [[0.3, -0.2], [0.1, 0.4]]),
        (losses.BCE(), [[0.3, 0.9], [0.0, 1.0]]),
        (losses.CrossEntropyLoss(), [[1, 0], [0.4, 0.6]]),
        (losses.SoftmaxMSE(), [[1, 0], [0.4, 0.6]]),
        (losses.SparsemaxLoss(), [[1, 0], [0.4, 0.6]]),
    ],
    ids=repr,
)
def test_every_loss_is_learned_by_its_gradient(loss: Loss, target: list[list[float]]) -> None:
    model = soft_model((3, 5, 4), (2.5,), seed=3)
    data = DataSet({"x": [[0.5, -0.2, 0.9], [-0.7, 0.3, 0.1]]}, {"y": target})
    exact = model.gradients(data, loss, Adjoint())
    rule = EquilibriumPropagation(1e-10, "centered", "exact")
    values = model.parameters.snapshot()
    for name, gradient in model.gradients(data, loss, rule).items():
        assert np.abs(gradient - exact[name]).max() <= 1e-7 * np.abs(exact[name]).max()
        place = np.unravel_index(np.abs(gradient).argmax(), gradient.shape)
        step, scores = 1e-4 * values[name][place], []
        for sign in (1, -1):
            moved = values[name].copy()
            moved[place] += sign * step
            model.restore({**values, name: moved})
            scores.append(model.evaluate(data, loss, power=False).loss)
        model.restore(values)
        # third derivative over a relative step of 1e-4, rounding of the loss over it
        assert gradient[place] == pytest.approx(
            (scores[0] - scores[1]) / (2 * step), rel=1e-6, abs=0
        )


def two_outputs() -> Model:
    source = InputVoltageLayer(units=3, name="x")
    first = DenseLayer(units=4, name="d1", initializer=INITIALIZER)(source)
    early = CurrentLayer(name="early")(first)
    amplified = AmplificationLayer(name="amp", param={"gain": 3.0})(first)
    late = CurrentLayer(name="late")(
        DenseLayer(units=4, name="d2", initializer=INITIALIZER)(amplified)
    )
    return Model([source], [late, early], seed=0)


def test_outputs_in_several_stages_each_have_their_loss() -> None:
    model = two_outputs()
    data = DataSet(
        {"x": [[0.5, -0.2, 0.9], [-0.7, 0.3, 0.1]]},
        {"early": [[1.0, 0.0], [0.4, 0.6]], "late": [[0.2, -0.1], [0.0, 0.3]]},
    )
    loss = {"early": losses.CrossEntropyLoss(), "late": losses.MSE()}
    exact = model.gradients(data, loss, Adjoint())
    found = model.gradients(data, loss, EquilibriumPropagation(1e-10, "centered", "exact"))
    for name, gradient in exact.items():
        assert found[name] == pytest.approx(gradient, rel=1e-6, abs=0)
    alone = {"early": losses.MSE(), "late": losses.MSE()}
    assert set(model.gradients(data, alone, CoupledLearning(0.1))) == set(exact)
    scores = model.evaluate(data, loss).per_output
    assert set(scores) == {"early", "late"}


RECIPROCAL = everything(reciprocal=True)


@pytest.mark.parametrize("name", sorted(RECIPROCAL.parameters))
def test_every_kind_of_value_is_learned_by_its_gradient(name: str) -> None:
    centered = EquilibriumPropagation(1e-10, "centered", "exact")
    exact = RECIPROCAL.gradients(Adjoint(), [name])[name]
    found = RECIPROCAL.gradients(centered, [name])[name]
    assert np.abs(exact).max() > 0
    assert np.abs(found - exact).max() <= 1e-6 * np.abs(exact).max()


@pytest.mark.parametrize("name", ["b.E", "amp.gain", "amp.shift", "ideal.bound", "lifted.E"])
def test_the_bias_of_what_holds_nodes_is_linear_in_beta(name: str) -> None:
    exact = RECIPROCAL.gradients(Adjoint(), [name])[name]
    off = [
        np.linalg.norm(RECIPROCAL.gradients(rule, [name])[name] - exact)
        for rule in (EquilibriumPropagation(beta, gradient="exact") for beta in (4e-8, 1e-8))
    ]
    assert np.log2(off[0] / off[1]) / 2 == pytest.approx(1.0, abs=0.1)


def test_coupled_learning_of_one_output_is_the_gradient_of_sources_and_gains() -> None:
    model = periphery()
    data, loss = data_for(model, 1), losses.MSE()
    exact = model.gradients(data, loss, Adjoint())
    coupled = model.gradients(data, loss, CoupledLearning(1e-6, "centered", "exact"))
    ratios = {name: coupled[name] / exact[name] for name in exact}
    port = float(np.mean(ratios["d3.conductance"]))
    for name, ratio in ratios.items():
        assert ratio == pytest.approx(np.full_like(ratio, port), rel=1e-5, abs=0), name


def test_the_local_gradient_of_a_source_is_the_current_that_it_delivers() -> None:
    model, beta = driven(), 1e-9
    data, loss = data_for(model, 1), losses.MSE()
    found = model.gradients(data, loss, EquilibriumPropagation(beta))["b.bias_voltage"]
    free = model.operating_points(data.inputs)
    gradient = free.predictions()["y"] - data.outputs["y"]
    nudged = model.operating_points(data.inputs, nudge={"y": -beta * gradient})
    taken = [-points.power("b") / 0.4 for points in (free, nudged)]
    assert found == pytest.approx((taken[1] - taken[0]).sum() / beta, rel=1e-3, abs=0)


def test_a_measurement_of_a_source_is_refused() -> None:
    model = driven()
    rule = EquilibriumPropagation(1e-8, measurement=Measurement(noise=1e-6))
    with pytest.raises(ParameterError, match=r"'b\.bias_voltage' is not a value of branches"):
        model.gradients(data_for(model), losses.MSE(), rule)
