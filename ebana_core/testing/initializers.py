"""Conformance of an initializer: within its bounds, from the given generator alone.

A plugin's whole test file::

    class TestMyInitializer(InitializerConformance):
        @pytest.fixture
        def initializer(self):
            return MyInitializer(1e-6, 1e-5)
"""

import numpy as np
import pytest

from ebana_core.initializers import Initializer
from ebana_core.testing.written import check_frozen, check_written

SHAPES = ((3, 4), (2, 3, 4), (1, 1))
"""Crossbars, and copies of one."""


class InitializerConformance:
    """Checks of one initializer; override `initializer`."""

    @pytest.fixture
    def initializer(self) -> Initializer:
        """Return the initializer to examine."""
        pytest.fail("override the fixture `initializer`: return the initializer to examine")

    def test_draws_lie_within_the_bounds(self, initializer: Initializer) -> None:
        """A layer would refuse others; the same generator gives the same ones."""
        check_draws(initializer)

    def test_files_hold_it_by_name(self, initializer: Initializer) -> None:
        """A saved network can be built again."""
        check_written(initializer, "ebana_initializers")

    def test_settings_are_frozen(self, initializer: Initializer) -> None:
        """It cannot change behind a network's back."""
        check_frozen(initializer)


def check_draws(initializer: Initializer) -> None:
    """Conductances have the shape that was asked for, lie within the bounds, and repeat.

    Raises:
        AssertionError: Quotes shape or value.
    """
    low, high = initializer.lower, initializer.upper
    for shape in SHAPES:
        first, again = (initializer.draw(shape, np.random.default_rng(7)) for _ in range(2))
        assert np.shape(first) == shape, f"draw returns shape {np.shape(first)} for {shape}"
        assert np.array_equal(first, again), "draw differs; use the given generator alone"
        assert (first > 0).all(), f"draw returns {first.min():g} S, which is not above zero"
        assert ((low <= first) & (first <= high)).all(), (
            f"draw returns {first.min():g} to {first.max():g} S, outside of {low:g} to {high:g} S"
        )
