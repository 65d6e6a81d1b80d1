"""Shockley's law and the antiparallel pair at exponents whose factors no double holds."""

import math
from collections.abc import Sequence
from decimal import Decimal, localcontext

import numpy as np
import pytest
from ebana_diode_mos.exponential import Antiparallel, Shockley

from ebana_core.backends.ngspice.format import element_lines
from ebana_core.backends.ngspice.once import operating_point
from ebana_core.laws import Law

LAWS: Sequence[Law] = [Shockley(), Antiparallel()]
OFFSETS = [(0.1, 1e-4), (30.0, 0.035), (3.0, 0.035), (0.0, 1e-4), (-0.5, 0.05)]
"""Thresholds and slope voltages: 1000, 857, 86, 0 and -10 slope voltages."""


def values(offset: float, slope: float) -> dict[str, np.ndarray]:
    return {"IS": np.array(1e-6), "a": np.array(slope), "V_off": np.array(offset)}


def exact(law: Law, drop: float, offset: float, slope: float) -> Decimal:
    """Return the current with fifty digits, A."""
    with localcontext(prec=50):
        v, o, a, i = (Decimal(number) for number in (drop, offset, slope, 1e-6))
        back = (-v - o) / a if isinstance(law, Antiparallel) else -o / a
        return i * (((v - o) / a).exp() - back.exp())


def drops(offset: float, slope: float) -> np.ndarray:
    """Return drops with currents from nothing to amperes, and a reverse one."""
    top = offset + slope * math.log(1e6)
    return np.array([-3 * slope, 1e-3 * slope, 0.7 * top, top - 3 * slope, top])


@pytest.mark.parametrize("law", LAWS, ids=lambda law: type(law).__name__)
@pytest.mark.parametrize(("offset", "slope"), OFFSETS)
def test_currents_and_their_changes_equal_fifty_digits(
    law: Law, offset: float, slope: float
) -> None:
    given, at = values(offset, slope), drops(offset, slope)
    step = 0.37 * slope
    change = law.current_change(at, np.full_like(at, step), given)
    for drop, found, moved in zip(at.tolist(), law.current(at, given), change, strict=True):
        right = exact(law, drop, offset, slope)
        after = exact(law, drop + step, offset, slope)
        # An exponent of a thousand is rounded to 1e-13 before it is raised; drop + step
        # once more.
        assert float(found) == pytest.approx(float(right), rel=1e-12, abs=1e-300)
        assert float(moved) == pytest.approx(float(after - right), rel=1e-11, abs=1e-300)


@pytest.mark.parametrize("law", LAWS, ids=lambda law: type(law).__name__)
@pytest.mark.parametrize(("offset", "slope"), OFFSETS)
@pytest.mark.parametrize("name", ["IS", "a", "V_off"])
def test_contrasts_are_integrals_of_derivatives(
    law: Law, offset: float, slope: float, name: str
) -> None:
    given, at = values(offset, slope), drops(offset, slope)
    for width in (0.1, 2.0):
        change = np.full_like(at, width * slope)
        points, weights = np.polynomial.legendre.leggauss(30)
        step = 1e-5 * slope if name != "IS" else 1e-8
        above, below = ({**given, name: given[name] + s * step} for s in (1, -1))
        way = at[:, None] + (points + 1) / 2 * change[:, None]
        slopes = (law.current(way, above) - law.current(way, below)) / (2 * step)
        expected = (slopes * weights).sum(axis=1) * change / 2
        found = law.contrast(name, at, change, given)
        # Central differences: 1e-9 by their step, rounding of exponents of a thousand over it.
        np.testing.assert_allclose(found, expected, rtol=3e-6, atol=1e-280)


@pytest.mark.ngspice
@pytest.mark.parametrize("law", LAWS, ids=lambda law: type(law).__name__)
@pytest.mark.parametrize(("offset", "slope"), OFFSETS)
def test_ngspice_draws_the_same_currents_up_to_the_largest(
    law: Law, offset: float, slope: float
) -> None:
    given = values(offset, slope)
    top = offset + slope * math.log(1e29 / 1e-6)  # 1e29 A
    for drop in (*drops(offset, slope).tolist(), top):
        numbers = {name: float(value) for name, value in given.items()}
        lines = element_lines(law.spice("q", "x", "0", numbers))
        point = operating_point(
            ["* exponent", f"vx x 0 {drop!r}", *lines], ["vx#branch"], options={"abstol": 1e-30}
        )
        expected = float(law.current(np.array([drop]), given)[0])
        # The exponent is rounded in other places; a B source keeps gmin's residue of 1e-15 S.
        assert -point["vx#branch"] == pytest.approx(expected, rel=1e-11, abs=1e-14 * abs(drop))
