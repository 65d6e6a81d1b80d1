"""What must belong to the current is compared with it."""

from typing import Any

import numpy as np
import pytest

from ebana_core.arrays import Array
from ebana_core.laws import Law
from ebana_core.quantities import quantity
from ebana_core.testing import calculus
from tests.support.laws import Bent, device, law, of_current


def ramp(drop: Array) -> Array:
    return np.maximum(drop - 0.3, 0.0)


def offset(_: Law, drop: Any, values: Any) -> Any:
    return values["G"] * 0.1 * np.arcsinh((drop - values["VB"]) / 0.1)


OFFSET = law(
    values=(quantity("G", "S", default=1e-6, above=0.0), quantity("VB", "V", default=0.0)),
    current=offset,
)
"""A law of a value that is zero."""


@pytest.mark.parametrize("right", [Bent(), of_current(ramp), OFFSET])
def test_right_laws_pass(right: Law) -> None:
    calculus.check_slope(device(right))
    calculus.check_co_content(device(right))
    calculus.check_small_changes(device(right))
    calculus.check_large_changes(device(right))
    calculus.check_sensitivities(device(right))
    calculus.check_values_matter(device(right))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda self, drop, values: drop * self.current(drop, values), "co_content rises by"),
        (lambda self, drop, values: 1e-13 + Law.co_content(self, drop, values), r"co_content\(0\)"),
        (lambda self, drop, values: np.sqrt(drop - 0.1), "co_content rises by nan W"),
    ],
)
def test_a_wrong_co_content_is_told_with_the_integral(change: Any, words: str) -> None:
    with pytest.raises(AssertionError, match=words), np.errstate(invalid="ignore"):
        calculus.check_co_content(device(law(co_content=change)))


def test_formulas_of_kinked_co_contents_are_held_to_five_digits() -> None:
    def nearly(_: Law, drop: Any, values: Any) -> Any:
        return 1.0001 * values["G"] * ramp(drop) ** 2 / 2

    with pytest.raises(AssertionError, match="co_content rises by"):
        calculus.check_co_content(device(of_current(ramp, co_content=nearly)))


def test_a_range_without_zero_is_integrated_from_its_end() -> None:
    calculus.check_co_content(device(Bent(), drops=np.linspace(0.1, 0.5, 50)))


def test_no_number_is_no_agreement() -> None:
    def hole(_: Law, drop: Any, values: Any) -> Any:
        return np.where(abs(drop - 0.10123) < 1e-9, np.nan, 1e-6 / np.sqrt(1 + (drop / 0.1) ** 2))

    with pytest.raises(AssertionError, match=r"slope is nan .* at a drop of 0\.10123 V"):
        calculus.check_slope(device(law(slope=hole)))


def test_a_value_that_nothing_depends_on_is_named() -> None:
    values = (*Bent.values, quantity("V1", "V", default=0.0))
    with pytest.raises(AssertionError, match="does not depend on V1; drop it from values or use"):
        calculus.check_values_matter(device(law(values=values)))


def test_a_wrong_sensitivity_to_a_value_of_zero_is_found() -> None:
    wrong = type("Wrong", (type(OFFSET),), {"sensitivity": lambda _, name, drop, values: drop})()
    with pytest.raises(AssertionError, match="the sensitivity to G"):
        calculus.check_sensitivities(device(wrong))


def test_the_extent_of_zero_is_what_moves_the_current() -> None:
    drawn = law(
        values=(quantity("G", "S", default=1e-6), quantity("I", "A", default=0.0)),
        current=lambda _, drop, values: values["G"] * drop + values["I"],
    )
    found = calculus.extent(device(drawn), drawn.values[1])
    assert 1e-8 < found <= 1e-6  # the currents are up to 8e-7 A
