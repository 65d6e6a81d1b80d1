"""The junction and the MOS diode against closed forms and against ngspice itself."""

from itertools import pairwise

import numpy as np
import pytest
from ebana_diode_mos.behavioral import Ramp
from ebana_diode_mos.exponential import Antiparallel, Shockley
from ebana_diode_mos.measured import MeasuredTable
from ebana_diode_mos.mos import DiodeMos

from ebana_core.laws import Law
from ebana_core.laws.junction import Junction

JUNCTION = {"IS": 1e-12, "N": 1.3, "RS": 0.0, "temperature": 300.15}
MOS = {"VTO": 0.6, "KP": 5e-5, "LAMBDA": 0.03, "W": 2e-5, "L": 1e-6, "temperature": 300.15}
CASES = [
    (Ramp(), {"VTH": 0.3, "RON": 100.0, "ROFF": 1e9}),
    (Junction(), JUNCTION),
    (Junction(), {**JUNCTION, "RS": 50.0}),
    (Junction(), {**JUNCTION, "temperature": 350.0}),
    (DiodeMos("n"), MOS),
    (DiodeMos("n"), {**MOS, "VTO": -0.4}),
    (DiodeMos("n"), {**MOS, "temperature": 350.0}),
    (DiodeMos("p"), {**MOS, "VTO": -0.6}),
    (Shockley(), {"IS": 1e-8, "a": 0.06, "V_off": 0.1}),
    (Antiparallel(), {"IS": 1e-6, "a": 0.05, "V_off": 0.8}),
    (MeasuredTable((-0.4, -0.1, 0.3, 0.5), (-2e-6, 0.0, 1e-7, 9e-5)), {"scale": 0.7}),
]
IDS = [f"{type(law).__name__}-{number}" for number, (law, _) in enumerate(CASES)]
DROPS = np.linspace(-0.72, 1.1, 157) + 0.00371


def arrays(values: dict[str, float]) -> dict[str, np.ndarray]:
    return {name: np.array(value) for name, value in values.items()}


@pytest.mark.parametrize(("law", "values"), CASES, ids=IDS)
def test_slope_is_the_derivative_of_the_current(law: Law, values: dict[str, float]) -> None:
    given, step = arrays(values), 1e-6
    above, below = (law.current(DROPS + sign * step, given) for sign in (1, -1))
    numeric = (above - below) / (2 * step)
    # Rounding of the currents over the step, and the third derivative at kT/q.
    noise = 4e-16 * (np.abs(above) + np.abs(below)) / step
    error = np.abs(law.slope(DROPS, given) - numeric)
    assert (error <= 1e-18 + noise + 1e-7 * np.abs(numeric)).all()


@pytest.mark.parametrize(("law", "values"), CASES, ids=IDS)
def test_co_content_is_the_integral_of_the_current(law: Law, values: dict[str, float]) -> None:
    given = arrays(values)
    points, weights = np.polynomial.legendre.leggauss(40)
    for first, last in pairwise(DROPS):
        middle = (first + last) / 2 + (last - first) / 2 * points
        integral = (last - first) / 2 * (weights @ law.current(middle, given))
        ends = law.co_content(np.array([first, last]), given)
        # A kink inside the interval limits the quadrature to about a thousandth of it.
        tolerance = 1e-3 * abs(integral) + 1e-12 * np.abs(ends).max() + 1e-30
        assert ends[1] - ends[0] == pytest.approx(integral, abs=tolerance)
    assert float(law.co_content(np.zeros(1), given)[0]) == pytest.approx(0.0, abs=1e-15)


@pytest.mark.parametrize(("law", "values"), CASES, ids=IDS)
def test_current_never_falls(law: Law, values: dict[str, float]) -> None:
    current = law.current(np.linspace(-1.0, 3.0, 4001), arrays(values))
    # ngspice's bulk junction jumps by IS*exp(-3) where it leaves its exponential.
    assert np.diff(current).min() >= -1e-14


@pytest.mark.parametrize(("law", "values"), CASES, ids=IDS)
def test_current_change_keeps_its_digits_for_tiny_changes(
    law: Law, values: dict[str, float]
) -> None:
    given = arrays(values)
    change = np.full_like(DROPS, 1e-13)
    expected = law.slope(DROPS, given) * change
    assert law.current_change(DROPS, change, given) == pytest.approx(expected, rel=1e-9, abs=0)


@pytest.mark.parametrize(("law", "values"), CASES, ids=IDS)
@pytest.mark.parametrize("change", [0.3, -0.4])
def test_current_change_equals_the_difference_for_large_changes(
    law: Law, values: dict[str, float], change: float
) -> None:
    given = arrays(values)
    difference = law.current(DROPS + change, given) - law.current(DROPS, given)
    found = law.current_change(DROPS, np.full_like(DROPS, change), given)
    assert found == pytest.approx(difference, rel=1e-9, abs=1e-24)


@pytest.mark.parametrize(("law", "values"), CASES, ids=IDS)
def test_contrast_is_the_integral_of_the_derivative_by_the_value(
    law: Law, values: dict[str, float]
) -> None:
    given = arrays(values)
    change = np.full_like(DROPS, 1e-3)
    for quantity in law.values:
        name = quantity.name
        if values[name] == 0.0:
            continue
        step = 1e-5 * abs(values[name])
        ends = []
        for sign in (1, -1):
            moved = {**given, name: np.array(values[name] + sign * step)}
            ends.append(law.co_content(DROPS + change, moved) - law.co_content(DROPS, moved))
        numeric = (ends[0] - ends[1]) / (2 * step)
        found = law.contrast(name, DROPS, change, given)
        scale = np.abs(numeric).max() + 1e-300
        near_kink = 2e-3 * np.abs(found).max()
        assert np.abs(found - numeric).max() <= 1e-4 * scale + near_kink + 1e-24 / step


@pytest.mark.ngspice
@pytest.mark.parametrize(("law", "values"), CASES, ids=IDS)
def test_ngspice_carries_the_same_current(law: Law, values: dict[str, float]) -> None:
    from ebana_core.backends.ngspice.format import deck, element_lines
    from ebana_core.backends.ngspice.sweep import PausedSweep

    elements = law.spice("x", "n1", "0", values)
    sweep = PausedSweep(
        deck("law", ["vd n1 0 dc 0", *element_lines(elements)]), saved=["vd#branch"]
    )
    found = -sweep.operating_points(["vd"], DROPS[:, None])[:, 0]
    sweep.close()
    expected = law.current(DROPS, arrays(values))
    # ngspice sums to its abstol of 1e-13 A at most.
    assert found == pytest.approx(expected, rel=1e-12, abs=1e-13)


@pytest.mark.parametrize("threshold", [0.5, 0.0, -0.3])
@pytest.mark.parametrize("modulation", [0.0, 0.1])
def test_changes_of_a_mos_diode_hold_within_and_across_its_regions(
    threshold: float, modulation: float
) -> None:
    law, rng = DiodeMos("n"), np.random.default_rng(0)
    given = arrays({**MOS, "VTO": threshold, "LAMBDA": modulation})
    drop = rng.uniform(-1, 1.5, 20_000)
    change = rng.uniform(-1, 1, drop.shape) * 10 ** rng.uniform(-8, 0, drop.shape)
    before, after = law.current(drop, given), law.current(drop + change, given)
    found = law.current_change(drop, change, given)
    # The plain difference is rounded as its terms are, and as drops of a volt are.
    rounding = 1e-14 * (abs(before) + abs(after) + law.slope(drop, given))
    assert (abs(found - (after - before)) <= rounding + 1e-12 * abs(found)).all()
    tiny = law.current_change(drop, np.full_like(drop, 1e-15), given)
    assert tiny == pytest.approx(1e-15 * law.slope(drop, given), rel=1e-9, abs=0)


def test_exponential_laws_stay_numbers_beyond_the_range_of_their_factors() -> None:
    given = arrays({"IS": 1e-6, "a": 1e-4, "V_off": 0.1})
    drop = np.array([0.1])
    for law in (Shockley(), Antiparallel()):
        assert law.current(drop, given) == pytest.approx(1e-6, rel=1e-9, abs=0)
        assert law.slope(drop, given) == pytest.approx(1e-2, rel=1e-9, abs=0)
        assert law.co_content(drop, given) == pytest.approx(1e-10, rel=1e-9, abs=0)
        change = law.current_change(drop, np.array([1e-4]), given)
        assert change == pytest.approx(1e-6 * np.expm1(1), rel=1e-9, abs=0)
        for name in ("IS", "a", "V_off"):
            assert np.isfinite(law.contrast(name, drop, np.array([1e-4]), given)).all()
