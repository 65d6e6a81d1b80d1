"""Gradient checks: their numbers, what they recommend, and what they say of a circuit."""

import matplotlib as mpl
import numpy as np
import pytest
from ebana_diode_mos import DiodeLayer

from ebana_core import Model, losses
from ebana_core.analysis.gradient_check import GradientCheck
from ebana_core.analysis.gradient_check.agreement import Agreement
from ebana_core.data import DataSet
from ebana_core.errors import ConvergenceError, ParameterError, PhaseError
from ebana_core.layers import CurrentLayer, DenseLayer, InputVoltageLayer
from ebana_core.rules import (
    Adjoint,
    ContrastiveLearning,
    CoupledLearning,
    EquilibriumPropagation,
    Measurement,
)
from tests.support.networks import INITIALIZER, layered_model, samples, soft_model

mpl.use("Agg")

MODEL = soft_model((3, 5, 4, 4), (2.5, -3.0), seed=1)
DATA = samples(MODEL, 1, 20)
NAMES = ["d0.conductance", "d1.conductance", "d_out.conductance"]


def check(variant: str = "centered", gradient: str = "local", **settings: object) -> GradientCheck:
    rule = EquilibriumPropagation(1.0, variant, gradient)  # type: ignore[arg-type]  # texts
    return MODEL.check_gradient(DATA, rule, **settings)  # type: ignore[arg-type]  # passed on


def test_agreement_of_simple_vectors() -> None:
    found = Agreement.of(np.array([2.0, 0.0]), np.array([1.0, 1.0]))
    assert found.cosine == pytest.approx(np.sqrt(0.5), rel=1e-12, abs=0)
    assert found.angle == pytest.approx(45.0, rel=1e-12, abs=0)
    assert found.error == pytest.approx(1.0, rel=1e-12, abs=0)
    assert found.scale == pytest.approx(1.0, rel=1e-12, abs=0)
    assert found.signs == 0.5
    tiny = Agreement.of(np.array([1.0, 1e-12]), np.array([1.0, 0.0]))
    assert tiny.angle == pytest.approx(np.degrees(1e-12), abs=0, rel=1e-12)


def test_numbers_are_those_of_the_gradients() -> None:
    found = check("positive", "exact", strengths=[1e-8])
    exact = MODEL.gradients(DATA, losses.MSE(), Adjoint())
    rule = EquilibriumPropagation(1e-8, gradient="exact")
    for name, gradient in MODEL.gradients(DATA, losses.MSE(), rule).items():
        a, g = exact[name].reshape(-1), gradient.reshape(-1)
        (seen,) = found.parameters[name].seen
        assert seen.cosine == pytest.approx(
            g @ a / np.linalg.norm(a) / np.linalg.norm(g), rel=1e-12, abs=0
        )
        assert seen.error == pytest.approx(
            np.linalg.norm(g - a) / np.linalg.norm(a), rel=1e-12, abs=0
        )


def test_local_gradients_are_short_by_the_stage_weight() -> None:
    found = check()
    for name, weight in zip(NAMES, (56.25, 9.0, 1.0), strict=True):
        parameter = found.parameters[name]
        assert parameter.weights == pytest.approx((weight, weight), rel=1e-12, abs=0)
        assert parameter.seen[0].scale == pytest.approx(1 / weight, rel=1e-12, abs=0)
        assert parameter.seen[0].cosine == pytest.approx(1.0, rel=1e-12, abs=0)
        assert parameter.seen[0].signs == 1.0
    assert found.is_reciprocal


def test_the_bias_is_seen_to_shrink_and_the_largest_right_beta_is_told() -> None:
    found = check("positive", "exact", max_angle=0.5)
    for parameter in found.parameters.values():
        orders = np.diff(np.log10(parameter.series("error"))) / np.diff(np.log10(found.strengths))
        assert orders[:8] == pytest.approx(1.0, abs=0.05)
    worst = np.max([p.series("angle") for p in found.parameters.values()], axis=0)
    assert worst[found.largest] <= 0.5 < worst[found.largest + 1]
    assert f"0.5° off up to beta = {found.strengths[found.largest]:.3g}." in found.reason


def test_without_noise_a_check_and_a_diagnosis_recommend_one_beta() -> None:
    suggested = MODEL.diagnose(DATA).suggested_beta
    for variant in ("positive", "centered"):
        found = check(variant)
        assert found.suggested_beta == suggested
        # a power of ten, which is 1 in the middle, stands between the two
        assert found.strength == pytest.approx(suggested, rel=1e-12, abs=0)
        assert found.recommended < found.largest


def test_a_rule_without_a_suggestion_gets_the_largest_right_strength() -> None:
    found = MODEL.check_gradient(DATA, CoupledLearning(0.1, "centered", "exact"))
    assert found.recommended == found.largest
    assert np.isnan(found.suggested_beta)


def test_strengths_that_are_given_are_chosen_among() -> None:
    suggested = check().suggested_beta
    found = check(strengths=[suggested / 50, suggested * 2, suggested * 10])
    assert found.recommended == 1


def test_the_suggestion_moves_outputs_by_a_thousandth() -> None:
    found = check()
    middle = len(found.strengths) // 2
    change = found.parameters["d_out.conductance"].change[middle]
    predictions = MODEL.operating_points(DATA.inputs).predictions()["y"]
    # two phases apart, and each of two nodes by half
    assert 1e-4 < change / np.sqrt(np.mean(predictions**2)) < 1e-2


@pytest.mark.parametrize("noise", [1e-7, 1e-6])
def test_with_noise_a_larger_beta_balances_it_against_the_bias(noise: float) -> None:
    model = soft_model((3, 5, 4), (1.5,), seed=1)
    data = samples(model, 1, 20)
    rule = EquilibriumPropagation(1.0, measurement=Measurement(noise=noise))
    found = model.check_gradient(data, rule)
    assert 0 < found.recommended < len(found.strengths) - 1
    assert "where bias balances noise" in found.reason
    angles = np.stack([p.series("angle") for p in found.parameters.values()])
    total = (np.minimum(angles, 90) ** 2).mean(axis=0)
    assert total[found.recommended] == total.min()
    for parameter in found.parameters.values():
        assert parameter.seen[0].angle > 30  # drowned
        noiseless = [agreement.angle for agreement in parameter.noiseless]
        assert (np.diff(noiseless) > 0).all()  # the bias alone


def test_more_noise_calls_for_a_larger_beta() -> None:
    model = soft_model((3, 5, 4), (1.5,), seed=1)
    data = samples(model, 1, 20)
    quiet, loud = (
        model.check_gradient(
            data, EquilibriumPropagation(1.0, measurement=Measurement(noise=noise))
        )
        for noise in (1e-8, 1e-5)
    )
    assert loud.strength > 3 * quiet.strength


def test_changes_and_bits_tell_what_a_converter_must_resolve() -> None:
    found = check(strengths=[1e-9])
    points = MODEL.operating_points(DATA.inputs)
    rule = EquilibriumPropagation(1e-9, "centered")
    assert DATA.outputs is not None
    pull = points.predictions()["y"] - DATA.outputs["y"]
    plus, minus = (
        MODEL.operating_points(DATA.inputs, nudge={"y": -sign * rule.beta * pull}).change
        for sign in (1, -1)
    )
    assert plus is not None
    assert minus is not None
    circuit = points.circuit
    rows, columns = (circuit.nodes_of(name) for name in ("amp0", "d1"))
    apart = plus - minus
    change = np.sqrt(np.mean((apart[:, rows, None] - apart[:, None, columns]) ** 2))
    voltages = points.node_voltages
    drop = np.abs(voltages[:, rows, None] - voltages[:, None, columns]).max()
    parameter = found.parameters["d1.conductance"]
    assert parameter.change == [pytest.approx(change, rel=1e-12, abs=0)]
    assert parameter.largest_drop == pytest.approx(drop, rel=1e-12, abs=0)
    assert parameter.bits(0) == pytest.approx(np.log2(2 * drop / change), rel=1e-12, abs=0)


@pytest.mark.parametrize("gradient", ["local", "exact"])
def test_a_circuit_without_energy_is_told_with_the_route(gradient: str) -> None:
    model = layered_model((3, 4, 4), (4.0,), seed=5, skip=True)
    rule = EquilibriumPropagation(1.0, "centered", gradient)  # type: ignore[arg-type]  # text
    found = model.check_gradient(samples(model, 1, 10), rule)
    assert not found.is_reciprocal
    assert found.route is not None
    assert "amp0[0] (gain 4)" in found.route
    assert "not reciprocal" in str(found)
    assert found.parameters["d0.conductance"].seen[found.recommended].angle > 5
    assert "as good as any" in found.reason


def test_coupled_learning_is_checked_over_eta_and_contrastive_once() -> None:
    coupled = MODEL.check_gradient(DATA, CoupledLearning(0.1))
    assert coupled.strength_name == "eta"
    assert coupled.strengths[-1] == 1.0
    once = MODEL.check_gradient(DATA, ContrastiveLearning())
    assert len(once.strengths) == 1
    at_one = coupled.parameters["d0.conductance"].seen[-1].cosine
    assert once.parameters["d0.conductance"].seen[0].cosine == pytest.approx(
        at_one, rel=1e-12, abs=0
    )
    assert "At its only strength" in once.reason


def test_strengths_without_an_operating_point_are_left_out_and_told() -> None:
    source = InputVoltageLayer(units=2, name="x")
    dense = DenseLayer(units=2, name="d", initializer=INITIALIZER)(source)
    held = DiodeLayer(name="ideal", kind="ideal", direction="down", bias_voltage=0.5)(dense)
    last = CurrentLayer(name="y", fold=False)(held)
    model = Model([source], [last], seed=0)
    data = DataSet({"x": [[-0.5, 0.2]]}, {"y": [[0.4, 9.0]]})
    found = model.check_gradient(data, CoupledLearning(0.1))
    assert max(found.failures) == 1.0
    assert max(found.strengths) < 0.2
    assert "Not at eta = 1: No current clamps output y[1]" in str(found)
    with pytest.raises(ConvergenceError):
        model.check_gradient(data, CoupledLearning(0.1), strengths=[0.9, 1.0])


def test_parameters_that_no_gradient_reaches_are_named() -> None:
    source = InputVoltageLayer(units=1, name="x")
    seen = DenseLayer(units=2, name="seen", initializer=INITIALIZER)(source)
    DenseLayer(units=2, name="unseen", initializer=INITIALIZER)(source)
    model = Model(
        [source], [CurrentLayer(name="y")(DiodeLayer(name="pair", kind="antiparallel")(seen))]
    )
    data = DataSet({"x": [[0.5], [0.2]]}, {"y": [[0.1], [0.3]]})
    found = model.check_gradient(data, EquilibriumPropagation(1.0))
    assert found.idle == ("unseen.conductance",)
    assert list(found.parameters) == ["seen.conductance"]
    assert "No gradient reaches unseen.conductance" in str(found)


def test_the_adjoint_agrees_with_itself() -> None:
    found = MODEL.check_gradient(DATA, Adjoint())
    assert all(p.seen[0].error == 0 for p in found.parameters.values())
    assert "nan" in str(found)  # it moves no drops


@pytest.mark.ngspice
def test_a_simulator_is_checked_at_its_own_operating_points() -> None:
    data = DATA.subset(range(3))
    rule = EquilibriumPropagation(1.0, "centered", "exact")
    found = MODEL.check_gradient(data, rule, strengths=[1e-7], backend="ngspice")
    # rounding of ngspice's voltages over the nudge
    assert max(p.seen[0].error for p in found.parameters.values()) < 1e-3


def test_it_prints_every_beta_and_marks_the_recommended() -> None:
    found = check("positive")
    shown = str(found).splitlines()
    marked = [line for line in shown if " < " in line]
    assert len(marked) == 1
    assert marked[0].startswith(f"{found.strength:.2e} <")
    assert sum(line.startswith(name) for name in NAMES for line in shown) == 3
    assert max(map(len, shown)) <= 130
    assert f"{found.strength:.3g}" in repr(found)


def test_it_plots_three_panels() -> None:
    rule = EquilibriumPropagation(1.0, measurement=Measurement(noise=1e-6))
    figure = MODEL.check_gradient(DATA, rule, n_readings=2).plot()
    labels = [axes.get_ylabel() for axes in figure.axes]
    assert labels == ["cosine similarity", "relative error", "angle (degrees)"]
    assert [len(axes.lines) for axes in figure.axes] == [7, 7, 7]  # seen, noiseless, one mark
    figure.canvas.draw()
    without = MODEL.check_gradient(DATA, ContrastiveLearning()).plot()
    without.canvas.draw()  # a rule without strength has no logarithm of one
    assert [len(axes.lines) for axes in without.axes] == [3, 3, 3]


def test_what_is_no_rule_is_refused_by_name() -> None:
    with pytest.raises(ParameterError, match="rule is 'mse'"):
        MODEL.check_gradient(DATA, "mse")


def test_what_cannot_be_checked_is_refused() -> None:
    rule = EquilibriumPropagation(1.0)
    with pytest.raises(PhaseError, match="strengths is empty"):
        MODEL.check_gradient(DATA, rule, strengths=[])
    with pytest.raises(PhaseError, match=r"beta=-1\.0"):
        MODEL.check_gradient(DATA, rule, strengths=[-1.0])
    with pytest.raises(ParameterError, match="n_readings is 0"):
        MODEL.check_gradient(DATA, rule, n_readings=0)
    learned = DataSet(dict(DATA.inputs), MODEL.predict(DATA))
    with pytest.raises(PhaseError, match="zero on these samples"):
        MODEL.check_gradient(learned, rule)
    frozen = soft_model((2, 3, 2), (2.5,), seed=1)
    for name in ("d0", "d_out"):
        frozen.trainable[name] = False
    with pytest.raises(ParameterError, match="no trainable parameter"):
        frozen.check_gradient(samples(frozen, 1), rule)
