"""Straight lines between points keep their digits, however near the points and the ways are."""

from fractions import Fraction

import pytest

from ebana_core.laws.straight_lines import StraightLines

HALF = 0.5
BENT = StraightLines.through((-1.0, 0.0, HALF, 1.0), (-1.0, 0.0, 1.0, 5.0))
"""Lines of the slopes 1, 2 and 8."""


@pytest.mark.parametrize(("before", "behind"), [(1e-9, 3e-9), (2e-13, 1e-13)])
def test_a_short_way_across_a_point_keeps_its_digits(before: float, behind: float) -> None:
    drop, change = HALF - before, before + behind
    # What the numbers themselves say, without rounding.
    left = Fraction(HALF) - Fraction(drop)
    right = Fraction(change) - left
    up = BENT.way(drop, change).rise
    assert up == pytest.approx(float(2 * left + 8 * right), rel=1e-14, abs=0)
    begin = HALF + behind
    right = Fraction(begin) - Fraction(HALF)
    left = Fraction(change) - right
    down = BENT.way(begin, -change).rise
    assert down == pytest.approx(-float(2 * left + 8 * right), rel=1e-14, abs=0)


def test_the_point_at_zero_volts_does_not_change_the_slope_of_its_line() -> None:
    near = 1e-9  # from the first point to 0 V: their currents differ in seven digits
    lines = StraightLines.through((-near, 1.0), (0.7 - near, 1.7))
    slopes = [float(lines.slope(drop)) for drop in (-near / 2, 0.5)]
    assert slopes[0] == slopes[1] == pytest.approx(1.0, rel=1e-15, abs=0)
