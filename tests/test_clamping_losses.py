"""Losses that say where outputs are clamped: margins, and how far others move predictions."""

import numpy as np
import pytest

from ebana_core.errors import ParameterError
from ebana_core.losses import MSE, CrossEntropyLoss, Hinge, SquaredHinge, Weighted


@pytest.mark.parametrize("loss", [Hinge(0.5), SquaredHinge(0.5)], ids=repr)
def test_gradient_of_a_margin_is_the_derivative_of_the_loss(loss):
    rng, step = np.random.default_rng(0), 1e-7
    prediction, target = rng.uniform(-1, 1, (20, 3)), np.eye(3)[rng.integers(0, 3, 20)]
    measured = np.empty_like(prediction)
    for unit in range(3):
        change = step * np.eye(3)[unit]
        plus, minus = (loss.value(prediction + s * change, target).sum(axis=1) for s in (1, -1))
        measured[:, unit] = (plus - minus) / (2 * step)
    # rounding of scores of 1 V over the step; no sample of these lies at a kink
    assert loss.gradient(prediction, target) == pytest.approx(measured, abs=1e-8)
    assert (measured == 0).all(axis=1).any()
    assert (measured != 0).any(axis=1).any()


def test_a_hinge_moves_the_label_up_and_its_rival_down_where_the_margin_is_missed():
    scores = np.array([[0.5, 0.3, 0.2], [0.5, 0.45, 0.2], [0.5, 0.2, 0.45], [0.1, 0.3, 0.3]])
    target = np.eye(3)[[0, 0, 2, 0]]
    nan = np.nan
    moves = Hinge(0.2 - 1e-12).clamp(scores, target, 0.1)
    expected = [[nan, nan, nan], [0.05, -0.05, nan], [-0.05, nan, 0.05], [0.05, -0.05, nan]]
    assert moves == pytest.approx(np.array(expected), nan_ok=True, rel=1e-15, abs=0)
    squared = SquaredHinge(0.2).clamp(scores[1:], target[1:], 0.1)
    shares = np.array([[0.75], [1.25], [2.0]])
    assert squared == pytest.approx(shares * np.array(expected[1:]), nan_ok=True, rel=1e-12, abs=0)
    assert Hinge(0.2).correct(scores, target).tolist() == [1, 1, 0, 0]
    assert Hinge(0.2).mean(scores[1:], target[1:]) == pytest.approx(0.8 / 3, rel=1e-14, abs=0)


def test_of_several_outputs_of_a_class_a_hinge_counts_the_best():
    classes = np.repeat(np.eye(2), 2, axis=1)  # outputs 0 and 1; 2 and 3
    scores = np.array([[0.1, 0.4, 0.3, 0.2], [0.5, 0.4, 0.0, 0.1], [0.1, 0.2, 0.3, 0.4]])
    target, nan = classes[[0, 0, 0]], np.nan
    moves = Hinge(0.2).clamp(scores, target, 0.1)
    expected = [[nan, 0.05, -0.05, nan], [nan] * 4, [nan, 0.05, nan, -0.05]]
    assert moves == pytest.approx(np.array(expected), nan_ok=True, rel=1e-15, abs=0)
    assert Hinge(0.2).correct(scores, target).tolist() == [1, 1, 0]
    assert SquaredHinge(0.2).correct(scores, classes[[1, 1, 1]]).tolist() == [0, 0, 1]
    assert Hinge(0.2).mean(scores, target) == pytest.approx(0.5 / 3, rel=1e-14, abs=0)


def test_clamps_of_other_losses_move_every_prediction_against_its_gradient():
    prediction, target = np.array([[0.3, -2.0, 1.0]]), np.array([[0.0, 0.0, 1.0]])
    assert MSE().clamp(prediction, target, 0.5).tolist() == [[-0.15, 1.0, 0.0]]
    chance = np.exp(prediction / 4) / np.exp(prediction / 4).sum()
    found = CrossEntropyLoss(temperature=4.0).clamp(prediction, target, 0.1)
    assert found == pytest.approx(0.1 * (target - chance), rel=1e-12, abs=0)
    assert Weighted(MSE(), 0.1).clamp(prediction, target, 5.0) == pytest.approx(
        MSE().clamp(prediction, target, 0.5), rel=1e-15, abs=0
    )
    weighted = Weighted(Hinge(4.0), 2.0).clamp(prediction, target, 0.1)
    assert weighted == pytest.approx(np.array([[-0.1, np.nan, 0.1]]), nan_ok=True, rel=1e-14, abs=0)


@pytest.mark.parametrize("margin", [0.0, -0.1, np.nan, "0.1"])
def test_a_margin_is_above_zero(margin):
    with pytest.raises(ParameterError, match="has margin="):
        Hinge(margin)
