"""Learning rates over the steps of a run."""

import math
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ebana_core.errors import ParameterError
from ebana_core.schedules import Constant, CosineDecay, Schedule, StepDecay, learning_rate


def test_constant_is_the_same_at_every_step():
    assert [Constant(4e-8)(step) for step in (1, 2, 10**9)] == [4e-8] * 3


def test_cosine_passes_through_its_known_points():
    schedule = CosineDecay(2.0, 60, 0.1)
    # cos of 60, 90, 120 and 180 degrees; tolerance: rounding of one cosine
    expected = {20: 1.55, 30: 1.1, 40: 0.65, 60: 0.2, 61: 0.2, 10**6: 0.2}
    assert {step: schedule(step) for step in expected} == pytest.approx(expected, rel=1e-14, abs=0)


def test_first_step_is_already_below_the_initial_rate():
    assert CosineDecay(1.0, 4, 0.0)(1) == pytest.approx((1 + math.sqrt(0.5)) / 2, rel=1e-14, abs=0)


@given(
    lr=st.floats(1e-12, 1),
    steps=st.integers(1, 1000),
    fraction=st.floats(0, 1),
    step=st.integers(1, 2000),
)
def test_cosine_never_rises_and_ends_at_its_fraction(lr, steps, fraction, step):
    schedule = CosineDecay(lr, steps, fraction)
    rounding = 1e-15 * lr
    assert schedule(step + 1) <= schedule(step) + rounding
    assert schedule(steps + step) == pytest.approx(lr * fraction, rel=1e-14, abs=0)


def test_number_schedule_and_function_are_all_learning_rates():
    assert learning_rate(3, 7) == 3.0
    assert learning_rate(np.float32(0.5), 7) == 0.5
    assert learning_rate(Constant(2e-9), 7) == 2e-9
    assert learning_rate(lambda step: np.float64(1 / step), 8) == 0.125


def test_function_gets_the_step_as_a_plain_integer():
    seen = []
    learning_rate(lambda step: seen.append(step) or 1.0, np.int64(3))
    assert seen == [3]
    assert type(seen[0]) is int


@pytest.mark.parametrize("wrong", [math.nan, math.inf, -1e-9, "0.1", None, 1j, [1.0, 2.0]])
def test_wrong_rate_names_the_step_and_the_owner(wrong):
    with pytest.raises(ParameterError, match=r"d1\.lr at step 7 is ") as caught:
        learning_rate(lambda step: wrong, 7, path="d1.lr")
    assert repr(wrong) in caught.value.problem


@pytest.mark.parametrize("wrong", [math.nan, -1.0, "0.1"])
def test_wrong_number_names_the_owner(wrong):
    with pytest.raises(ParameterError, match=r"d1\.lr is "):
        learning_rate(wrong, 1, path="d1.lr")


@pytest.mark.parametrize("step", [0, -3, 1.5, "1"])
def test_steps_are_counted_from_one(step):
    with pytest.raises(ParameterError, match="step is"):
        learning_rate(1.0, step)


@pytest.mark.parametrize(
    ("make", "named"),
    [
        (lambda: Constant(-1.0), r"Constant has lr=-1\.0"),
        (lambda: Constant(math.nan), r"Constant has lr=nan"),
        (lambda: CosineDecay("fast", 10, 0.1), r"CosineDecay has lr='fast'"),
        (lambda: CosineDecay(np.ones(2), 10, 0.1), r"CosineDecay has lr=array"),
        (lambda: CosineDecay(1.0, 0, 0.1), r"CosineDecay has steps=0"),
        (lambda: CosineDecay(1.0, 10.5, 0.1), r"CosineDecay has steps=10\.5"),
        (lambda: CosineDecay(1.0, 10, 1.5), r"CosineDecay has final_fraction=1\.5"),
        (lambda: CosineDecay(1.0, 10, -0.1), r"CosineDecay has final_fraction=-0\.1"),
        (lambda: StepDecay(1.0, 2.0, 10), r"StepDecay has factor=2\.0"),
        (lambda: StepDecay(1.0, 0.5, 0), r"StepDecay has steps=0"),
    ],
)
def test_impossible_settings_are_refused_by_name(make, named):
    with pytest.raises(ParameterError, match=named):
        make()


def test_schedules_are_values():
    schedule = CosineDecay(lr=1e-8, steps=60, final_fraction=0.1)
    assert schedule == pickle.loads(pickle.dumps(schedule)) == CosineDecay(1e-8, 60, 0.1)
    assert isinstance(schedule, Schedule)
    with pytest.raises(AttributeError):
        schedule.lr = 1.0  # type: ignore[misc]


def test_stairs_fall_once_in_their_length() -> None:
    schedule = StepDecay(2.0, 0.5, 3)
    assert [schedule(step) for step in range(1, 8)] == [2.0, 2.0, 2.0, 1.0, 1.0, 1.0, 0.5]


def test_a_function_that_takes_no_step_is_refused_and_its_own_mistakes_pass() -> None:
    with pytest.raises(ParameterError, match=r"d1\.lr=<function .* cannot be called so"):
        learning_rate(lambda: 1.0, 1, path="d1.lr")  # type: ignore[arg-type,misc]  # takes no step
    with pytest.raises(TypeError, match="unsupported operand") as caught:
        learning_rate(lambda step: step + "1", 1)  # type: ignore[operator]  # the author's mistake
    assert not isinstance(caught.value, ParameterError)
