"""Resistors and sources of current: every quantity of their laws by its formula."""

import numpy as np
import pytest

from ebana_core.laws import Ohm
from ebana_core.laws.constant import ConstantCurrent
from ebana_core.laws.law import Law

DROPS, CHANGE, CONDUCTANCE, CURRENT = np.array([-2.0, 0.0, 0.5]), 0.25, 3e-6, -4e-6
"""V, V, S and A: the products round once or twice, so that all hold to a few eps."""


@pytest.mark.parametrize(
    ("law", "values", "current", "slope", "co_content", "change", "name", "contrast"),
    [
        (
            Ohm(),
            {"conductance": CONDUCTANCE},
            CONDUCTANCE * DROPS,
            np.full(3, CONDUCTANCE),
            CONDUCTANCE * DROPS**2 / 2,
            np.full(3, CONDUCTANCE * CHANGE),
            "conductance",
            ((DROPS + CHANGE) ** 2 - DROPS**2) / 2,
        ),
        (
            ConstantCurrent(),
            {"bias_current": CURRENT},
            np.full(3, CURRENT),
            np.zeros(3),
            CURRENT * DROPS,
            np.zeros(3),
            "bias_current",
            np.full(3, CHANGE),
        ),
    ],
    ids=["ohm", "constant"],
)
def test_a_law_is_its_formulas(
    law: Law,
    values: dict[str, float],
    current: np.ndarray,
    slope: np.ndarray,
    co_content: np.ndarray,
    change: np.ndarray,
    name: str,
    contrast: np.ndarray,
) -> None:
    given = {key: np.array(value) for key, value in values.items()}
    moved = np.full(3, CHANGE)
    found = {
        "current": (law.current(DROPS, given), current),
        "slope": (law.slope(DROPS, given), slope),
        "co_content": (law.co_content(DROPS, given), co_content),
        "current_change": (law.current_change(DROPS, moved, given), change),
        "contrast": (law.contrast(name, DROPS, moved, given), contrast),
    }
    for what, (ours, expected) in found.items():
        assert ours.shape == (3,), what
        assert ours == pytest.approx(expected, rel=1e-14, abs=0), what
