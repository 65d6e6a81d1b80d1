"""Circuits without an operating point, and circuits that say nothing of a node: two errors."""

import pytest

from ebana_core.backends import NativeBackend
from ebana_core.errors import CircuitError, ConvergenceError
from tests.support.spice_blocks import body, solved


def test_a_source_that_asks_for_too_much_leaves_no_operating_point() -> None:
    # No voltage has a hyperbolic tangent of 2. Away from rest it is flat, so that the equations
    # are singular where the search comes by; the circuit as such is not at fault.
    text = body("b1 y 0 v=v(y)+tanh(100*v(x))-2", "r2 x 0 1k", "r3 x y 1k", "r1 a b 1k")
    with pytest.raises(ConvergenceError, match="no operating point in the free phase"):
        solved(text, NativeBackend())


def test_a_source_that_says_nothing_of_its_node_is_told() -> None:
    text = body("b1 y 0 v=v(y)", "r2 x 0 1k", "r3 x y 1k", "r1 a b 1k")
    with pytest.raises(CircuitError, match="equations are singular"):
        solved(text, NativeBackend())
