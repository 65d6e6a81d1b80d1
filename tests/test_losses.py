"""Losses: closed forms, gradients against central differences, and accuracy."""

import math
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from ebana_core.activations import activation_function, log_softmax, sigmoid, softmax, sparsemax
from ebana_core.errors import DataError, ParameterError, ShapeError, UnknownNameError
from ebana_core.losses import (
    BCE,
    MSE,
    CrossEntropyLoss,
    Loss,
    SoftmaxMSE,
    SparsemaxLoss,
    Weighted,
)

LOSSES = [MSE(), BCE(), CrossEntropyLoss(), SoftmaxMSE(), SparsemaxLoss()]
LOSSES.append(CrossEntropyLoss(temperature=4.0))
ENTROPIES = LOSSES[1:3]
VOLTS = arrays(np.float64, (2, 3), elements=st.floats(-30, 30))
CHANCES = arrays(np.float64, (2, 3), elements=st.floats(0.01, 1))


@pytest.mark.parametrize("loss", LOSSES, ids=repr)
@given(prediction=VOLTS, chances=CHANCES)
def test_gradient_is_the_derivative_of_the_loss_of_a_sample(loss, prediction, chances):
    target = chances / chances.sum(axis=1, keepdims=True)
    step = 1e-4
    measured = np.empty_like(prediction)
    for index in np.ndindex(prediction.shape):
        change = np.zeros_like(prediction)
        change[index] = step
        plus, minus = (loss.value(prediction + sign * change, target) for sign in (1, -1))
        measured[index] = (plus - minus)[index[0]].sum() / (2 * step)
    # rounding of a loss of 500 and of p + step: 2e-9; third derivative, 0.1*step**2/6: 2e-10;
    # where a probability of sparsemax becomes zero, the derivative has a kink: step/4
    tolerance = step / 4 if isinstance(loss, SparsemaxLoss) else 1e-8
    assert loss.gradient(prediction, target) == pytest.approx(measured, abs=tolerance)


def test_squared_loss_has_its_half():
    assert MSE().value([[3.0, 0.0]], [[1.0, 0.5]]).tolist() == [[2.0, 0.125]]
    assert MSE().gradient([[3.0, 0.0]], [[1.0, 0.5]]).tolist() == [[2.0, -0.5]]


def test_binary_cross_entropy_matches_its_definition():
    prediction, target = np.array([[0.3, -2.0]]), np.array([[1.0, 0.25]])
    chance = 1 / (1 + np.exp(-prediction))
    expected = -(target * np.log(chance) + (1 - target) * np.log(1 - chance))
    assert BCE().value(prediction, target) == pytest.approx(expected, rel=1e-14, abs=0)


def test_cross_entropy_matches_its_definition():
    prediction, target = np.array([[0.3, -2.0, 1.0]]), np.array([[0.2, 0.3, 0.5]])
    chance = np.exp(prediction) / np.exp(prediction).sum()
    expected = -target * np.log(chance)
    assert CrossEntropyLoss().value(prediction, target) == pytest.approx(expected, rel=1e-14, abs=0)
    assert CrossEntropyLoss().gradient(prediction, target) == pytest.approx(
        chance - target, rel=1e-12, abs=0
    )


def test_squared_loss_of_probabilities_matches_its_definition():
    prediction, target = np.array([[0.3, -2.0, 1.0]]), np.array([[0.2, 0.3, 0.5]])
    chance = np.exp(prediction) / np.exp(prediction).sum()
    expected = 0.5 * (chance - target) ** 2
    assert SoftmaxMSE().value(prediction, target) == pytest.approx(expected, rel=1e-14, abs=0)


@given(prediction=VOLTS, chances=CHANCES)
def test_sparsemax_loss_matches_its_definition(prediction, chances):
    target = chances / chances.sum(axis=1, keepdims=True)
    found = SparsemaxLoss().value(prediction, target)
    chance = sparsemax(prediction)
    # Fenchel-Young: what t is short of the best point of the simplex, squares regularised
    best = (chance * prediction - chance**2 / 2).sum(axis=1)
    own = (target * prediction - target**2 / 2).sum(axis=1)
    rounding = 1e-15 * (100 + np.abs(prediction).max())
    assert found.sum(axis=1) == pytest.approx(best - own, abs=rounding)
    assert (found >= 0).all()


def test_sparsemax_is_the_nearest_probability():
    found = sparsemax([[0.5, 0.5, -0.5], [3.0, 1.0, 1.0], [0.6, 0.0, -1.0], [1.1, 1.0, 0.2]])
    expected = np.array([[0.5, 0.5, 0], [1, 0, 0], [0.8, 0.2, 0], [0.55, 0.45, 0]])
    assert found == pytest.approx(expected, abs=1e-15)


@given(volts=VOLTS)
def test_sparsemax_is_a_distribution_that_only_differences_shape(volts):
    chance = sparsemax(volts)
    assert chance.sum(axis=1) == pytest.approx(np.ones(2), rel=1e-12, abs=0)
    assert sparsemax(volts + 100.0) == pytest.approx(chance, abs=1e-13)  # the sum rounds


@pytest.mark.parametrize("loss", ENTROPIES, ids=repr)
def test_entropies_stay_finite_and_exact_at_a_thousand_volts(loss):
    target = np.array([[1.0, 0.0]])
    right, wrong = np.array([[1e3, -1e3]]), np.array([[-1e3, 1e3]])
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        assert loss.mean(right, target) == 0
        assert (loss.gradient(right, target) == 0).all()
        assert loss.mean(wrong, target) == 2000
        assert loss.gradient(wrong, target).tolist() == [[-1, 1]]


def test_small_entropy_keeps_its_digits():
    # log1p(exp(-p)) = exp(-p) there; the plain form log(1 + exp(p)) - p would give 0
    assert BCE().mean([[40.0]], [[1.0]]) == pytest.approx(math.exp(-40), rel=1e-12, abs=0)


def test_mean_is_over_samples_of_the_sum_over_predictions():
    assert MSE().mean([[1.0, 1.0], [3.0, 1.0]], np.zeros((2, 2))) == (1.0 + 5.0) / 2


def test_squared_loss_is_right_when_every_prediction_is_on_its_side():
    loss = MSE(output_midpoint=0.5)
    prediction = [[0.9, 0.1], [0.9, 0.6], [0.5, 0.4], [0.4, 0.4]]
    target = [[1.0, 0.0], [1.0, 0.0], [1.0, 0.0], [1.0, 0.0]]
    assert loss.correct(prediction, target).tolist() == [1, 0, 1, 0]
    assert loss.accuracy(prediction, target) == 0.5


def test_value_at_the_midpoint_counts_as_above_for_targets_too():
    assert MSE(0.5).correct([[0.5], [0.4]], [[0.5], [0.5]]).tolist() == [1, 0]


def test_squared_loss_without_midpoint_has_no_accuracy():
    assert np.isnan(MSE().correct([[1.0], [2.0]], [[1.0], [2.0]])).tolist() == [True, True]
    assert math.isnan(MSE().accuracy([[1.0]], [[1.0]]))


def test_binary_side_is_that_of_probability_one_half():
    prediction = [[0.0, -1e-9], [0.1, 0.1], [-3.0, -3.0]]
    target = [[1.0, 0.0], [1.0, 0.0], [0.4, 0.0]]
    assert BCE().correct(prediction, target).tolist() == [1, 0, 1]


def test_class_is_the_largest_prediction():
    prediction = [[-3.0, -2.0, -9.0], [1.0, 2.0, 0.0]]
    target = [[0.0, 1.0, 0.0], [0.6, 0.4, 0.0]]
    for loss in (CrossEntropyLoss(), SoftmaxMSE(), SparsemaxLoss()):
        assert loss.correct(prediction, target).tolist() == [1, 0]


@pytest.mark.parametrize("loss", [MSE(0.0), *LOSSES[1:]], ids=repr)
@pytest.mark.parametrize("method", ["value", "gradient", "correct", "mean", "accuracy"])
def test_predictions_and_targets_of_unlike_shape_are_refused(loss, method):
    with pytest.raises(ShapeError, match=r"\(2, 3\) and targets \(3,\)"):
        getattr(loss, method)(np.zeros((2, 3)), np.zeros(3))
    with pytest.raises(ShapeError, match=r"\(2,\)"):
        getattr(loss, method)(np.zeros(2), np.zeros(2))


@pytest.mark.parametrize("loss", [MSE(0.0), *LOSSES[1:]], ids=repr)
@pytest.mark.parametrize("method", ["value", "gradient", "correct"])
def test_prediction_that_is_not_finite_names_its_sample(loss, method):
    with pytest.raises(DataError, match="prediction 1 of sample 0 is nan V"):
        getattr(loss, method)([[0.0, np.nan]], [[0.0, 1.0]])


@pytest.mark.parametrize("loss", LOSSES, ids=repr)
def test_proper_targets_pass(loss):
    loss.check_targets(np.eye(3), "iris")
    loss.check_targets(np.float32([[0.1, 0.2, 0.7]]), "iris")


@pytest.mark.parametrize(
    ("loss", "target", "error", "named"),
    [
        (MSE(), [[0.0], [np.nan]], DataError, "target 0 of 'y' at sample 1 is nan"),
        (BCE(), [[0.0], [np.inf]], DataError, "target 0 of 'y' at sample 1 is inf"),
        (MSE(), [0.0, 1.0], ShapeError, r"'y' have shape \(2,\)"),
        (BCE(), [[0.5, 1.5]], DataError, "target 1 of 'y' at sample 0 is 1.5"),
        (BCE(), [[0.5], [-0.1]], DataError, "target 0 of 'y' at sample 1 is -0.1"),
        (CrossEntropyLoss(), [[1, 0], [1, 1]], DataError, "'y' at sample 1 sum to 2.0"),
        (CrossEntropyLoss(), [[1.5, -0.5]], DataError, "target 1 of 'y' at sample 0 is -0.5"),
        (CrossEntropyLoss(), [[0.0], [1.0]], ShapeError, "'y' have 1 prediction"),
        (SoftmaxMSE(), [[1, 0], [1, 1]], DataError, "'y' at sample 1 sum to 2.0"),
        (SparsemaxLoss(), [[1.5, -0.5]], DataError, "target 1 of 'y' at sample 0 is -0.5"),
    ],
)
def test_improper_targets_name_output_and_sample(loss, target, error, named):
    with pytest.raises(error, match=named):
        loss.check_targets(np.array(target), "y")


@pytest.mark.parametrize("midpoint", [math.nan, math.inf, "high", [0.5, 0.5]])
def test_midpoint_must_be_one_voltage(midpoint):
    with pytest.raises(ParameterError, match=r"MSE has output_midpoint"):
        MSE(midpoint)


def test_losses_are_values():
    assert MSE(output_midpoint=0.5) == pickle.loads(pickle.dumps(MSE(0.5)))
    assert repr(MSE(0.5)) == "MSE(output_midpoint=0.5)"
    assert len({BCE(), BCE(), CrossEntropyLoss()}) == 2


def test_a_weighted_loss_is_another_times_its_weight():
    prediction, target = np.array([[0.3, -2.0]]), np.array([[1.0, 0.25]])
    weighted, plain = Weighted(MSE(0.5), 0.1), MSE(0.5)
    expected = 0.1 * plain.value(prediction, target)
    assert weighted.value(prediction, target) == pytest.approx(expected, rel=1e-15, abs=0)
    expected = 0.1 * plain.gradient(prediction, target)
    assert weighted.gradient(prediction, target) == pytest.approx(expected, rel=1e-15, abs=0)
    assert (weighted.correct(prediction, target) == plain.correct(prediction, target)).all()


def test_loss_of_a_stranger_needs_two_methods_only():
    class Absolute(Loss):
        def value(self, prediction, target):
            return np.abs(prediction - target)

        def gradient(self, prediction, target):
            return np.sign(prediction - target)

    prediction, target = np.array([[2.0, 0.0]]), np.array([[0.0, 1.0]])
    assert Absolute().mean(prediction, target) == 3.0
    assert math.isnan(Absolute().accuracy(prediction, target))
    Absolute().check_targets(target, "y")


@given(volts=VOLTS)
def test_softmax_is_a_distribution_and_its_logarithm_agrees(volts):
    chance = softmax(volts)
    assert chance.sum(axis=1) == pytest.approx(np.ones(2), rel=1e-14, abs=0)
    assert np.exp(log_softmax(volts)) == pytest.approx(chance, rel=1e-13, abs=0)
    assert softmax(volts + 100.0) == pytest.approx(chance, rel=1e-12, abs=0)  # the sum rounds


def test_sigmoid_keeps_its_digits_in_both_tails():
    volts = np.array([-1e4, -700.0, -40.0, 0.0, 40.0, 1e4])
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        measured = sigmoid(volts)
    # exp rounds by its argument times eps: 700*2.2e-16
    expected = [0.0, math.exp(-700), math.exp(-40), 0.5, 1.0, 1.0]
    assert measured == pytest.approx(np.array(expected), rel=2e-13, abs=0)


def test_activation_is_found_by_name_or_passed_through():
    assert activation_function("softmax") is softmax
    assert activation_function("sigmoid") is sigmoid
    assert activation_function(np.tanh) is np.tanh
    assert activation_function(None) is None


def test_unknown_activation_lists_the_known_and_guesses():
    listed = r"'sofmax'.*'sigmoid', 'softmax', 'sparsemax'"
    with pytest.raises(UnknownNameError, match=listed) as caught:
        activation_function("sofmax")
    assert "'softmax'" in caught.value.fix
    with pytest.raises(ParameterError, match="activation is 3"):
        activation_function(3)  # type: ignore[arg-type]
