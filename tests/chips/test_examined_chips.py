"""A network is examined on a chip as it would be with the chip's own values."""

import numpy as np
import pytest

from ebana_core import losses
from ebana_core.analysis.gradient_check import GradientCheck
from ebana_core.chips import Chip, Twin
from ebana_core.errors import ParameterError
from ebana_core.rules import Adjoint, EquilibriumPropagation
from tests.support.twins import data, model

NAME, LOSS = "d1.conductance", losses.MSE(0.0)
DRAWN = model()
CHIP = Chip.drawn(DRAWN, {NAME: 0.1}, seed=3)
MADE = model()
MADE.parameters[NAME] = DRAWN.parameters[NAME] * CHIP.factors[NAME]
TWIN = Twin(CHIP, Chip.drawn(DRAWN, {NAME: 0.1}, seed=4))


@pytest.mark.parametrize("chip", [CHIP, TWIN], ids=["chip", "twin"])
def test_a_sweep_and_a_diagnosis_take_the_devices_of_the_free_chip(chip: Chip | Twin) -> None:
    found = DRAWN.sweep("x[0]", [0.1, 0.4], chip=chip).predictions["out"]
    expected = MADE.sweep("x[0]", [0.1, 0.4]).predictions["out"]
    assert (found == expected).all()
    assert np.abs(found - DRAWN.sweep("x[0]", [0.1, 0.4]).predictions["out"]).max() > 1e-4
    own, other = DRAWN.diagnose(data(), LOSS, chip=chip), MADE.diagnose(data(), LOSS)
    assert own.suggested_beta == other.suggested_beta
    assert own["d1"].highest == other["d1"].highest
    assert own.suggested_beta != DRAWN.diagnose(data(), LOSS).suggested_beta


def checked(variant: str, chip: Chip | Twin | None) -> GradientCheck:
    rule = EquilibriumPropagation(1e-7, variant)  # type: ignore[arg-type]  # one of its words
    return DRAWN.check_gradient(data(), rule, LOSS, strengths=[1e-7], chip=chip)


def test_a_gradient_is_checked_on_the_devices_of_a_chip() -> None:
    rule = EquilibriumPropagation(1e-7)
    own = checked("positive", CHIP).parameters[NAME]
    other = MADE.check_gradient(data(), rule, LOSS, strengths=[1e-7]).parameters[NAME]
    assert own.size == other.size != checked("positive", None).parameters[NAME].size
    assert own.seen == other.seen


def test_a_check_shows_what_the_mismatch_of_twins_does_to_a_rule() -> None:
    angles = {
        variant: checked(variant, TWIN).parameters[NAME].series("angle")[0]
        for variant in ("positive", "centered")
    }
    # Mismatch between the two circuits stands in the one difference and cancels in the other.
    assert angles["positive"] > 20
    assert angles["centered"] < angles["positive"] / 10
    with pytest.raises(ParameterError, match="Adjoint compares no phases"):
        DRAWN.check_gradient(data(), Adjoint(), LOSS, chip=TWIN)


def test_what_is_no_chip_is_refused() -> None:
    for examine in (DRAWN.diagnose, DRAWN.check_gradient):
        with pytest.raises(ParameterError, match="chip is 3"):
            examine(data(), *([Adjoint()] if examine == DRAWN.check_gradient else []), chip=3)
