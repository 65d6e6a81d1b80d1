"""How conductances of published networks begin."""

from collections.abc import Callable

import numpy as np
import pytest

from ebana_core.errors import ParameterError
from ebana_core.initializers import Initializer
from ebana_core.testing import InitializerConformance
from ebana_core.zoo.drawing import RectifiedUniform, SparseUniform
from ebana_core.zoo.networks import SMALLEST, UNIT, deep_resistive, rectified, sparse


class TestRectifiedUniform(InitializerConformance):
    @pytest.fixture
    def initializer(self) -> Initializer:
        return RectifiedUniform(1e-6)


class TestSparseUniform(InitializerConformance):
    @pytest.fixture
    def initializer(self) -> Initializer:
        return SparseUniform(1e-6, 0.03)


def test_half_of_the_devices_start_at_the_lower_bound() -> None:
    drawn = RectifiedUniform(1e-6, 1e-9).draw((100, 100), np.random.default_rng(0))
    # 10,000 draws: the share of one half has a standard deviation of 0.005.
    assert np.mean(drawn == 1e-9) == pytest.approx(0.5, abs=0.02)
    assert drawn.max() <= 1e-6


def test_a_share_of_the_devices_conducts_at_the_start() -> None:
    drawn = SparseUniform(1e-6, 0.03, 1e-9).draw((100, 100), np.random.default_rng(0))
    # 10,000 draws: the share has a standard deviation of 0.0017.
    assert np.mean(drawn > 1e-9) == pytest.approx(0.03, rel=0.0, abs=0.007)
    assert drawn.max() <= 1e-6
    # The mean of some 300 uniform draws, of a standard deviation of 0.017e-6.
    assert drawn[drawn > 1e-9].mean() == pytest.approx(0.5e-6, rel=0.0, abs=0.07e-6)


@pytest.mark.parametrize("share", [0.0, -0.1, 1.5, float("nan")])
def test_a_share_outside_of_nothing_to_all_is_refused(share: float) -> None:
    with pytest.raises(ParameterError, match=f"SparseUniform has share={share}"):
        SparseUniform(1e-6, share)


def test_a_sparse_crossbar_conducts_in_the_mean_what_the_published_one_does() -> None:
    rng = np.random.default_rng(0)
    sums = [
        drawing.draw((1000, 1000), rng).sum(axis=0).mean()
        for drawing in (rectified(1000), sparse(1000, 0.03))
    ]
    # A million devices, of which 30,000 conduct: 0.7 % of standard deviation.
    assert sums[1] == pytest.approx(sums[0], rel=0.03, abs=0.0)


@pytest.mark.parametrize(
    "draw", [lambda: RectifiedUniform(1e-6, 2e-6), lambda: SparseUniform(1e-6, 0.03, 2e-6)]
)
def test_a_bound_above_the_draw_is_refused(draw: Callable[[], Initializer]) -> None:
    with pytest.raises(ParameterError, match="clip_low=2e-06 above init_high=1e-06"):
        draw()


@pytest.mark.parametrize(("share", "behind"), [(None, 0.5), (0.1, 0.1)])
def test_crossbars_behind_hidden_nodes_begin_with_the_share_that_conducts(
    share: float | None, behind: float
) -> None:
    model = deep_resistive(100, 100, rate=0.0, seed=0, share=share)
    for name, conducting in {"d1": 0.5, "d2": behind, "d_out": behind}.items():
        g = model.parameters[f"{name}.conductance"]
        # The least of the three has 1,020 devices: 0.016 of standard deviation.
        assert np.mean(g > SMALLEST * UNIT) == pytest.approx(conducting, rel=0.0, abs=0.05)
