"""Initial conductances: their distribution, their bounds, and what is refused."""

import math
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from ebana_core import initializers
from ebana_core.errors import ParameterError, ShapeError

DRAWN = [
    initializers.RandomUniform,
    initializers.LogUniform,
    initializers.GlorotUniform,
    initializers.GlorotLogUniform,
    initializers.HeUniform,
]
ROOT = {  # what divides the upper end for fan_in = 1 and fan_out = 2
    "RandomUniform": 1.0,
    "LogUniform": 1.0,
    "GlorotUniform": 2.0,
    "GlorotLogUniform": 2.0,
    "HeUniform": math.sqrt(2),
}


@pytest.mark.parametrize("cls", DRAWN)
def test_draw_follows_the_stated_distribution(cls):
    drawn = cls(1e-8, 1e-5).draw((1000, 1, 2), np.random.default_rng(1))
    low, high = 1e-8, 1e-5 / ROOT[cls.__name__]
    if "Log" in cls.__name__:
        unit = np.log(drawn / low) / np.log(high / low)
    else:
        unit = (drawn - low) / (high - low)
    assert drawn.shape == (1000, 1, 2)
    assert drawn.dtype == np.float64
    # fixed seed; a wrong end or a wrong scale gives a p-value below 1e-10
    assert stats.kstest(unit.ravel(), "uniform").pvalue > 0.01


@pytest.mark.parametrize("cls", DRAWN)
@given(
    ends=st.tuples(st.floats(1e-9, 1e-6), st.floats(1e-5, 1e-3)),
    clips=st.tuples(st.floats(1e-9, 3e-6), st.floats(1e-5, 1e-3)),
    seed=st.integers(0, 2**32),
)
def test_drawn_values_lie_within_both_intervals_and_the_clips_win(cls, ends, clips, seed):
    initializer = cls(*ends, *clips)
    drawn = initializer.draw((3, 4), np.random.default_rng(seed))
    assert (drawn >= max(ends[0], clips[0])).all()
    assert (drawn <= min(ends[1], clips[1])).all()
    assert (initializer.lower, initializer.upper) == clips


@pytest.mark.parametrize("cls", [initializers.RandomUniform, initializers.LogUniform])
def test_an_interval_of_one_point_gives_that_point_exactly(cls):
    drawn = cls(3e-7, 3e-7).draw((5, 2), np.random.default_rng(0))
    assert (drawn == 3e-7).all()


@pytest.mark.parametrize("cls", DRAWN)
def test_same_generator_state_gives_the_same_values(cls):
    first, second = (cls(1e-7, 1e-5).draw((4, 4), np.random.default_rng(7)) for _ in range(2))
    assert (first == second).all()


@pytest.mark.parametrize("cls", DRAWN)
def test_without_clips_conductances_are_bounded_by_zero_alone(cls):
    initializer = cls(1e-7, 1e-5)
    assert (initializer.lower, initializer.upper) == (0.0, math.inf)


@pytest.mark.parametrize("cls", DRAWN)
def test_positional_equals_keyword_and_survives_pickling(cls):
    keyword = cls(init_low=1e-7, init_high=1e-5, clip_low=1e-8, clip_high=1e-4)
    assert cls(1e-7, 1e-5, 1e-8, 1e-4) == keyword == pickle.loads(pickle.dumps(keyword))
    assert hash(keyword) == hash(cls(1e-7, 1e-5, 1e-8, 1e-4))


def test_settings_are_frozen():
    with pytest.raises(AttributeError):
        initializers.RandomUniform(1e-7, 1e-5).init_low = 1.0  # type: ignore[misc]


@pytest.mark.parametrize("cls", DRAWN)
@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ((0.0, 1e-5), "init_low"),
        ((-1e-7, 1e-5), "init_low"),
        ((math.nan, 1e-5), "init_low"),
        ((1e-7, math.inf), "init_high"),
        ((None, 1e-5), "init_low"),
        (("small", 1e-5), "init_low"),
        (([1e-7, 1e-6], 1e-5), "init_low"),
        ((1e-5, 1e-7), "init_low = 1e-05 S is above init_high = 1e-07 S"),
        ((1e-7, 1e-5, 0.0), "clip_low"),
        ((1e-7, 1e-5, None, math.nan), "clip_high"),
        ((1e-7, 1e-5, 1e-4, 1e-6), "clip_low = 0.0001 S is above clip_high = 1e-06 S"),
    ],
)
def test_impossible_settings_are_refused_by_name(cls, settings, named):
    with pytest.raises(ParameterError) as caught:
        cls(*settings)
    assert named in caught.value.problem
    assert cls.__name__ in caught.value.problem


@pytest.mark.parametrize("cls", DRAWN[2:])
def test_interval_closed_by_the_fans_is_refused_with_its_numbers(cls):
    with pytest.raises(ParameterError) as caught:
        cls(1.5e-6, 2e-6).draw((1, 2), np.random.default_rng(0))
    end = f"{2e-6 / ROOT[cls.__name__]:.6g} S"
    assert all(text in caught.value.problem for text in ("2e-06", end, "1.5e-06", cls.__name__))


@pytest.mark.parametrize("cls", DRAWN[2:])
def test_fans_need_a_crossbar(cls):
    with pytest.raises(ShapeError, match="fan_in"):
        cls(1e-7, 1e-5).draw((4,), np.random.default_rng(0))


def test_constant_gives_its_number_to_all_and_its_array_as_it_is():
    array = np.array([[1e-6, 2e-6]])
    rng = np.random.default_rng(0)
    state = rng.bit_generator.state
    assert (initializers.Given(1e-6).draw((2, 3), rng) == np.full((2, 3), 1e-6)).all()
    initializer = initializers.Given(array)
    array[0, 0] = 5.0
    drawn = initializer.draw((1, 2), rng)
    assert (drawn == [[1e-6, 2e-6]]).all()
    assert rng.bit_generator.state == state
    drawn[0, 0] = 1.0  # the caller owns what it got
    with pytest.raises(ValueError, match="read-only"):
        initializer.value[0, 0] = 1.0
    assert (initializer.draw((1, 2), rng) == [[1e-6, 2e-6]]).all()


def test_constant_compares_by_content():
    first, second = initializers.Given([1e-6, 2e-6]), initializers.Given([1e-6, 2e-6])
    assert first == second
    assert hash(first) == hash(second)
    assert first != initializers.Given([1e-6, 3e-6])


def test_constant_of_another_shape_names_both_shapes():
    with pytest.raises(ShapeError, match=r"\(2,\).*\(2, 3\)"):
        initializers.Given([1e-6, 2e-6]).draw((2, 3), np.random.default_rng(0))


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        (([1e-6, 0.0],), r"Given\.value\[1\] is 0\.0 S"),
        (([[1e-6], [math.nan]],), r"Given\.value\[1, 0\] is nan S"),
        ((1e-6, 2e-6), r"Given\.value is 1e-06 S"),
        (([1e-6, 1e-3], None, 1e-4), r"Given\.value\[1\] is 0\.001 S"),
        ((1e-6, 1e-5, 1e-7), "clip_low"),
    ],
)
def test_given_is_refused_rather_than_clipped(settings, named):
    with pytest.raises(ParameterError, match=named):
        initializers.Given(*settings)


@pytest.mark.parametrize("kind", ["RandomUniform", "LogUniform", "GlorotUniform", "HeUniform"])
@pytest.mark.parametrize(
    ("ends", "named"),
    [
        ((1e-6, 1e-5, 1e-4, 1e-3), r"clip_low = 0\.0001 S is above init_high = 1e-05 S"),
        ((1e-3, 1e-2, 1e-5, 1e-4), r"init_low = 0\.001 S is above clip_high = 0\.0001 S"),
    ],
)
def test_bounds_that_no_draw_lies_within_are_refused(kind, ends, named):
    with pytest.raises(ParameterError, match=named):
        getattr(initializers, kind)(*ends)


@pytest.mark.parametrize("kind", ["GlorotUniform", "GlorotLogUniform", "HeUniform"])
def test_an_upper_end_that_shrinks_below_the_bound_is_refused(kind):
    initializer = getattr(initializers, kind)(1e-7, 1e-5, 1e-6)
    with pytest.raises(ParameterError, match=r"below clip_low = 1e-06 S"):
        initializer.draw((120, 10), np.random.default_rng(0))
    assert np.ptp(initializer.draw((3, 2), np.random.default_rng(0))) > 0
