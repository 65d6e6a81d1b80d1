"""When a step of Newton's method is too long, and what it is cut to."""

import numpy as np
import pytest

from ebana_core.arrays import Array
from ebana_core.backends.native.equations import Evaluation
from ebana_core.backends.native.merits import NextStep, Slope, backtrack

ONE = np.ones(1)


def slope_after(left: float) -> tuple[Slope, Array]:
    """Return the judge of a step of 1 V against 1 A, and its value where some current is left."""
    judge = Slope(np.array([[1.0]]), np.array([[-1.0]]), np.array([1.0]))
    return judge, judge.of(np.array([[left]]))


@pytest.mark.parametrize(
    ("left", "is_accepted"),
    [(-0.9, True), (0.0, True), (0.49, True), (0.51, False), (1e300, False)],
)
def test_a_step_is_long_enough_where_its_slope_has_fallen_to_half(
    left: float, is_accepted: bool
) -> None:
    """Short of the end the current still drives the step on; the step only ends too early."""
    judge, value = slope_after(left)
    assert judge.accepts(value, ONE)[0] == is_accepted


@pytest.mark.parametrize(
    ("left", "length"),
    [(1.0, 0.5), (3.0, 0.25), (0.6, 0.5), (1e6, 0.1), (np.inf, 0.1)],
)
def test_a_step_is_cut_where_the_secant_of_its_slope_vanishes(left: float, length: float) -> None:
    """Of a parabola that is its bottom, 1 / (1 + left); within a tenth and a half of the way."""
    judge, value = slope_after(left)
    found = judge.shorter(value, 0 * ONE, ONE)
    assert found == pytest.approx([length], rel=1e-12, abs=0)


def test_without_an_energy_a_step_is_halved_while_the_residual_has_grown() -> None:
    judge = Slope(np.array([[1.0, 1.0]]), np.array([[2.0, 0.0]]), None)
    for left, is_accepted in (([1.4, 1.4], True), ([1.5, 1.5], False), ([-2.1, 0.0], False)):
        assert judge.accepts(judge.of(np.array([left])), ONE)[0] == is_accepted
    assert judge.shorter(ONE, 0 * ONE, ONE)[0] == 0.5


@pytest.mark.parametrize(("ratio", "is_accepted"), [(0.999, True), (1.0, False), (1.1, False)])
def test_the_next_step_has_to_be_shorter(ratio: float, is_accepted: bool) -> None:
    """Equally long ones lead to and fro: of a full step it has to lose 5e-4 of its length."""
    judge = NextStep(np.zeros((1, 2)), np.array([[3.0, 4.0]]), lambda residual: residual)
    value = judge.of(ratio * np.array([[4.0, -3.0]]))
    assert value == pytest.approx([25 * ratio**2], rel=1e-12, abs=0)
    assert judge.accepts(value, ONE)[0] == is_accepted
    assert judge.shorter(value, 0 * ONE, ONE)[0] == 0.5


def test_a_step_of_rounding_alone_is_no_reason_to_shorten() -> None:
    x, step = np.full((1, 2), 10.0), np.full((1, 2), 1e-15)
    judge = NextStep(x, step, lambda residual: residual)
    assert judge.accepts(judge.of(50 * step), ONE)[0]
    assert not judge.accepts(judge.of(200 * step), ONE)[0]


class Parabola:
    """Currents of one conductance of 1 S per sample, to nodes of 1, 2 and 6 V."""

    ends = np.array([1.0, 2.0, 6.0])

    def evaluate(self, x: Array, samples: Array) -> Evaluation:
        return Evaluation(x - self.ends[samples, None], (), None)

    def tolerance(self, x: Array, samples: Array, at: Evaluation) -> Array:
        return np.full_like(x, 1e-12)

    acceptable = tolerance


def test_each_sample_keeps_as_much_of_its_step_as_its_own_slope_allows() -> None:
    """Steps of 6 V from zero: one of them ends right; secants end the others where they should."""
    equations, samples, x = Parabola(), np.arange(3), np.zeros((3, 1))
    step = np.full((3, 1), 6.0)
    judge = Slope(step, equations.evaluate(x, samples).residual, np.ones(1))
    found, at = backtrack(equations, x, step, samples, judge)
    assert found[:, 0] == pytest.approx([1.0, 2.0, 6.0], rel=1e-12, abs=0)
    assert np.array_equal(at.residual, equations.evaluate(found, samples).residual)
