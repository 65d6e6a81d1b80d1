"""What a device says of itself is checked in words."""

from typing import Any

import pytest

from ebana_core.laws import Law
from ebana_core.layers import ShuntLayer
from ebana_core.quantities import Quantity, quantity
from ebana_core.testing.definitions import check_arguments, check_quantities, check_trained
from tests.support.laws import Bent, law


def test_a_right_law_passes() -> None:
    check_arguments(Bent())
    check_quantities(Bent())


def test_arguments_in_another_order_are_named() -> None:
    wrong = law(current=lambda self, values, drop: 0 * drop)
    with pytest.raises(AssertionError, match=r"current takes \(values, drop\); it is called with"):
        check_arguments(wrong)
    with pytest.raises(AssertionError, match=r"current takes \(values\); .* behind self"):
        check_arguments(law(current=lambda drop, values: 0 * drop))


def test_a_class_is_no_law() -> None:
    wrong: Any = Bent
    with pytest.raises(AssertionError, match=r"law is the class Bent; write Bent\(\)"):
        check_arguments(wrong)


@pytest.mark.parametrize("unit", ["mV", "", "volts!", "V/", "kohm", "1/1"])
def test_units_that_are_not_si_are_refused(unit: str) -> None:
    with pytest.raises(AssertionError, match="write an SI unit without prefix"):
        check_quantities(law(values=(quantity("V0", unit, default=0.1),)))


@pytest.mark.parametrize("unit", ["V", "1", "1/V", "A/V^2", "ohm", "K", "m", "V*s", "V²/W", "F"])
def test_si_units_pass(unit: str) -> None:
    check_quantities(law(values=(quantity("V0", unit, default=0.1),)))


def test_bounds_leave_a_value() -> None:
    with pytest.raises(AssertionError, match="V0 can have no value"):
        check_quantities(law(values=(quantity("V0", "V", above=1.0, at_most=0.5),)))


class Changing(ShuntLayer):
    """A layer whose law is known to its objects only."""

    device = "changing"
    trained = ("K",)

    @property
    def law(self) -> Law:
        return Bent()

    @property
    def quantities(self) -> tuple[Quantity, ...]:
        return self.law.values


def test_trained_names_are_values() -> None:
    with pytest.raises(AssertionError, match=r"trained names 'K'; the values are \['G', 'V0'\]"):
        check_trained(Changing(name="act"))
