"""Kirchhoff's laws on voltages that nobody solved: residual, magnitudes, floor and powers by hand.

1 V drives node b through 1 mS; 1 mS holds it to ground; an amplifier of gain 2 makes c of it,
``v(c) = 2*v(b)``, which 3 mS load. An amplifier's input draws what its output delivers, divided by
the gain: b sees another 3 mS, and stands at 0.2 V.
"""

import attrs
import numpy as np
import pytest

from ebana_core.arrays import Array
from ebana_core.backends import NativeBackend
from ebana_core.backends.operating_points import OperatingPoints
from ebana_core.circuit.kirchhoff import NOTHING, ROUNDING, relative
from tests.support.drafts import Draft

RIGHT = 1e-12
"""A few operations of float64 on numbers of one size."""
GAIN, LOAD = 2.0, 3e-3


def solved() -> OperatingPoints:
    draft = Draft(3)
    draft.source(1, 0)
    draft.amplifier(2, 3, GAIN, shift=0.0)
    draft.resistor(1, 2, 1e-3)
    draft.resistor(2, 0, 1e-3)
    draft.resistor(3, 0, LOAD)
    return NativeBackend().compile(draft.compiled()).operating_points({}, {})


def at(points: OperatingPoints, *volts: float, dtype: str = "float64") -> OperatingPoints:
    """Return the same circuit at other voltages of a, b and c."""
    moved: Array = np.array([[0.0, *volts]], dtype=dtype)
    return attrs.evolve(points, free_voltages=moved)


def test_an_amplifier_s_input_draws_its_load_divided_by_the_gain() -> None:
    points = solved()
    assert points.node_voltages[0] == pytest.approx([0, 1, 0.2, 0.4], rel=RIGHT, abs=0)
    assert points.residual <= 1e-12


def test_a_node_that_is_off_leaves_the_difference_of_its_currents() -> None:
    """At b = 0.1 V: 0.1 and 0.3 mA leave, 0.9 mA arrive."""
    balance = at(solved(), 1.0, 0.1, 0.2).balance("powers")
    assert balance.residual[0] == pytest.approx([0, 0, -0.5e-3, 0], rel=1e-12, abs=1e-18)
    assert balance.magnitude[0, 2] == pytest.approx(0.9e-3 + 0.1e-3 + 0.3e-3, rel=RIGHT, abs=0)
    amount = 1.3e-3 + balance.floor[0, 2]
    assert balance.imbalance() == pytest.approx([0.5e-3 / amount], rel=RIGHT, abs=0)


def test_a_node_that_misses_its_tie_drives_a_false_current() -> None:
    """c should stand at 0.2 V; a should at 1 V."""
    residual = at(solved(), 1.1, 0.1, 0.25).balance("powers").residual[0]
    assert residual[3] == pytest.approx(0.05 * LOAD, rel=RIGHT, abs=0)
    assert residual[1] == pytest.approx(0.1 * 1e-3, rel=RIGHT, abs=0)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_the_floor_is_what_the_rounding_of_voltages_may_leave(dtype: str) -> None:
    """Of each branch its slope times the sizes of both ends; of a load a gain's share of it."""
    balance = at(solved(), 1.0, 0.1, 0.2, dtype=dtype).balance("powers")
    tolerance = {"float64": 1e-12, "float32": 1e-5}[dtype]
    allowed = ROUNDING * np.finfo(dtype).eps / tolerance
    own = 1e-3 * (1.0 + 0.1) + 1e-3 * 0.1 + LOAD * 0.2 / GAIN
    assert balance.floor[0, 2] == pytest.approx(own * allowed, rel=1e-6, abs=0)
    assert balance.floor[0, 3] == pytest.approx(LOAD * 0.2 * allowed, rel=1e-6, abs=0)


def test_powers_of_sources_and_amplifiers_are_those_of_their_currents() -> None:
    balance = at(solved(), 1.0, 0.1, 0.2).balance("powers")
    assert balance.source_currents["v10"][0] == pytest.approx([-0.9e-3], rel=RIGHT, abs=0)
    assert balance.source_currents["a23"][0] == pytest.approx([0.6e-3], rel=RIGHT, abs=0)
    assert balance.power["v10"] == pytest.approx([-0.9e-3], rel=RIGHT, abs=0)
    assert balance.power["a23"] == pytest.approx([0.3e-3 * 0.1 - 0.6e-3 * 0.2], rel=RIGHT, abs=0)
    devices = 0.9e-3 * 0.9 + 0.1e-3 * 0.1 + 0.6e-3 * 0.2
    amounts = devices + 0.9e-3 + 0.3e-3 * 0.1 + 0.6e-3 * 0.2
    assert balance.power_magnitude == pytest.approx([amounts], rel=RIGHT, abs=0)


def test_powers_that_do_not_add_up_are_seen_relative_to_their_magnitudes() -> None:
    """What is missing at b, 0.5 mA at 0.1 V, is the power that nobody accounts for."""
    points = at(solved(), 1.0, 0.1, 0.2)
    rounding = (np.abs(points.node_voltages) * points.balance("powers").floor).sum()
    expected = 0.5e-3 * 0.1 / (points.balance("powers").power_magnitude[0] + rounding)
    assert points.power_balance == pytest.approx(expected, rel=1e-9, abs=0)


def test_a_current_of_nothing_is_balanced_and_one_above_is_not() -> None:
    none = at(solved(), 0.0, 0.0, 0.0).balance("powers")
    for left, is_right in ((NOTHING, True), (2 * NOTHING, False)):
        residual = np.array([[0.0, 0.0, left, 0.0]])
        ratios = attrs.evolve(
            none, residual=residual, magnitude=np.abs(residual), floor=0 * residual
        ).ratios()
        assert bool(ratios.max() == 0.0) is is_right


def test_nothing_relative_to_nothing_is_nothing() -> None:
    found = relative(np.array([0.0, 0.0, 1.0, 1.0]), np.array([0.0, 2.0, 4.0, 0.0]))
    assert found.tolist() == [0.0, 0.0, 0.25, np.inf]
