"""What is tried beyond Newton's method ends after so many steps, on whichever machine."""

import numpy as np
import pytest

from ebana_core.backends import NativeBackend
from ebana_core.backends.native.patience import STEPS, allowed, is_over, spend, within
from ebana_core.errors import ConvergenceError
from tests.support.spice_blocks import body, solved

FAR = body("b1 a 0 i=1e-4*tanh(v(a))", "b2 0 a i=1e-3", "r1 b 0 1k", "r2 a b 1e12")
"""Of 1 mA at a flat current of 0.1 mA the rest flows off through the source, at 9 V."""


def test_what_is_spent_inside_is_spent_outside() -> None:
    spend(10)  # where nothing is counted, nothing is over
    assert not is_over()
    with within(3):
        with within(2):
            spend(10)
            assert not is_over()
            spend(10)
            assert is_over()
        assert not is_over()
        spend(10)
        assert is_over()
        with within(1e6):
            assert is_over()
    assert not is_over()


def test_large_batches_have_as_many_steps_of_all_samples_as_others() -> None:
    assert allowed(1) == allowed(10_000) == STEPS
    size = 10_000_000
    with within(allowed(size)):
        for _ in range(300):
            assert not is_over()
            spend(size)
        assert not is_over()
        for _ in range(2):
            spend(size)
        assert is_over()


@pytest.mark.parametrize("steps", [0, 2])  # three would do
def test_once_all_steps_are_spent_samples_without_a_point_are_named(steps: int) -> None:
    with (
        within(steps),
        pytest.raises(ConvergenceError, match=r"samples \[0.*other ways were used up"),
    ):
        solved(FAR, NativeBackend(), np.array([[0.0, 0.0]]))
    found = solved(FAR, NativeBackend(), np.array([[0.0, 0.0]]))
    assert found[0, 0] == pytest.approx(9.0, rel=1e-6, abs=0)
