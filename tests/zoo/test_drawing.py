"""How conductances of published networks begin."""

import numpy as np
import pytest

from ebana_core.errors import ParameterError
from ebana_core.initializers import Initializer
from ebana_core.testing import InitializerConformance
from ebana_core.zoo.drawing import RectifiedUniform


class TestRectifiedUniform(InitializerConformance):
    @pytest.fixture
    def initializer(self) -> Initializer:
        return RectifiedUniform(1e-6)


def test_half_of_the_devices_start_at_the_lower_bound() -> None:
    drawn = RectifiedUniform(1e-6, 1e-9).draw((100, 100), np.random.default_rng(0))
    # 10,000 draws: the share of one half has a standard deviation of 0.005.
    assert np.mean(drawn == 1e-9) == pytest.approx(0.5, abs=0.02)
    assert drawn.max() <= 1e-6


def test_a_bound_above_the_draw_is_refused() -> None:
    with pytest.raises(ParameterError, match="clip_low=2e-06 above init_high=1e-06"):
        RectifiedUniform(1e-6, 2e-6)
