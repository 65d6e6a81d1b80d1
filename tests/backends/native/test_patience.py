"""What is tried beyond Newton's method ends in bounded time."""

import numpy as np
import pytest

from ebana_core.backends import NativeBackend
from ebana_core.backends.native.patience import after, begun, is_over, within
from ebana_core.errors import ConvergenceError
from tests.support.spice_blocks import body, solved


def test_time_that_is_over_stays_over_inside_a_longer_one() -> None:
    assert not is_over()
    with within(0.0), within(1e6):
        assert is_over()
    assert not is_over()


def test_large_circuits_have_longer() -> None:
    assert after(begun() - 100.0) >= 300.0
    assert after(begun()) == pytest.approx(4.0, rel=1e-12, abs=0)


def test_once_time_is_over_samples_without_a_point_are_named() -> None:
    # No voltage balances 1 mA into a current that never exceeds 0.1 mA.
    text = body("b1 a 0 i=1e-4*tanh(v(a))", "b2 0 a i=1e-3", "r1 b 0 1k", "r2 a b 1e12")
    with (
        within(0.0),
        pytest.raises(ConvergenceError, match=r"samples \[0.*time for other ways ran out"),
    ):
        solved(text, NativeBackend(), np.array([[0.0, 0.0]]))
