"""What is known of devices of several terminals at given voltages, and of its changes."""

import numpy as np
import pytest

from ebana_core.arrays import Array
from ebana_core.laws.terminal_state import TerminalState, changed

START, WAY, SLOPE = 0.5, 1e-6, 2.0
"""V, V and S, of one device of one terminal."""
STEP = 1e-9
"""A, which rounding of a current of an ampere does not explain, but one of a megaampere."""
MUCH = 1e6
"""A."""


def state(cancelled: Array | None = None) -> TerminalState:
    """Return two samples of one device of one terminal."""
    slopes = np.full((2, 1, 1, 1), SLOPE)
    currents = np.full((2, 1, 1), SLOPE * START)
    if cancelled is None:
        return TerminalState(currents, np.abs(currents), slopes)
    return TerminalState(currents, np.abs(currents), slopes, cancelled)


def test_rounding_is_relative_to_terms_voltages_and_what_cancelled() -> None:
    volts, cancelled = np.full((2, 1, 1), START), np.array([3.0, 4.0]).reshape(2, 1, 1)
    assert (state().rounding(volts) == 2 * SLOPE * START).all()
    found = state(cancelled)
    assert (found.rounding(volts) == 2 * SLOPE * START + cancelled).all()
    assert (found.at_terminals(volts) == 2 * SLOPE * START).all()
    assert found.part([1]).cancelled.ravel() == pytest.approx([4.0], rel=0, abs=0)


@pytest.mark.parametrize(
    ("before", "after", "is_rounding"), [(0.0, 0.0, False), (MUCH, 0.0, True), (0.0, MUCH, True)]
)
def test_a_step_within_the_rounding_of_what_cancelled_is_no_change(
    before: float, after: float, is_rounding: bool
) -> None:
    def at(voltages: Array) -> TerminalState:
        is_after = voltages > START
        currents = SLOPE * voltages + STEP * is_after
        slopes = np.full((1, 1, 1, 1), SLOPE)
        return TerminalState(currents, 0 * currents, slopes, np.where(is_after, after, before))

    change, rounding = changed(at, np.full((1, 1, 1), START), np.full((1, 1, 1), WAY))
    expected = SLOPE * WAY + (0.0 if is_rounding else STEP)
    assert change.item() == pytest.approx(expected, rel=1e-8, abs=0)
    assert (rounding.item() == 0) == is_rounding
