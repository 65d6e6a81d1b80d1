"""What a law writes for SPICE is checked in form and in current."""

from typing import Any

import numpy as np
import pytest

from ebana_core.arrays import Array
from ebana_core.errors import CircuitError, SimulatorError
from ebana_core.laws import Law
from ebana_core.laws.spice import BehaviouralCurrent, Resistor
from ebana_core.testing import spice
from tests.support.laws import Bent, device, law, of_current


def writing(make: Any) -> Any:
    return device(law(spice=lambda _, branch, head, tail, values: make(branch, head, tail, values)))


def source(name: str, head: str, tail: str, text: str, values: Any) -> BehaviouralCurrent:
    return BehaviouralCurrent(name, head, tail, text, values)


TEXT = Bent.expression


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda b, h, t, v: f"B{b} {h} {t}", "spice returns the text"),
        (lambda b, h, t, v: source(f"b{b}", h, t, TEXT, v), "returns a BehaviouralCurrent; return"),
        (lambda b, h, t, v: None, "spice returns nothing; return a list of records"),
        (lambda b, h, t, v: [], "spice returns no element"),
        (lambda b, h, t, v: ["b1"], "spice returns 'b1' among its elements"),
        (lambda b, h, t, v: [Resistor(f"r{b}", h, t, 1 / v["g"])], "spice raises KeyError: 'g'"),
        (lambda b, h, t, v: [source("b1", h, t, TEXT, v)], "'b1', without its branch"),
        (lambda b, h, t, v: [source(f"x{b}", h, t, TEXT, v)], "begin its name with 'b'"),
        (lambda b, h, t, v: 2 * [source(f"b{b}", h, t, TEXT, v)], "one name to two elements"),
        (
            lambda b, h, t, v: [source(f"b{b}", h, t, f"{v['G']}*{{drop}}", {})],
            "spice writes numbers into the text '1e-06",
        ),
    ],
)
def test_elements_that_are_no_records_are_named(make: Any, words: str) -> None:
    with pytest.raises(AssertionError, match=words):
        spice.check_elements(writing(make))


@pytest.mark.parametrize(
    ("text", "numbers", "words"),
    [
        ("{G}*{v}", {"G": 1e-6}, r"KeyError: 'v'\); its fields are \['G', 'drop'\]"),
        ("{G}*{V0}*{drop}", {"G": 1e-6}, "KeyError: 'V0'"),
        ("{G}*{}", {"G": 1e-6}, "cannot be filled in"),
        ("{G*{drop}", {"G": 1e-6}, "cannot be filled in"),
        ("{G}*{drop}", {"G": "1e-6"}, "is the text '1e-6'"),
    ],
)
def test_fields_without_numbers_are_named(text: str, numbers: Any, words: str) -> None:
    wrong = writing(lambda b, h, t, v: [source(f"b{b}", h, t, text, numbers)])
    with pytest.raises(CircuitError, match=words):
        spice.check_elements(wrong)


@pytest.mark.ngspice
def test_right_elements_draw_the_current() -> None:
    spice.check_elements(device(Bent()))
    spice.check_currents(device(Bent()))
    spice.check_currents(device(Bent(), G=1e-14))


def knee(drop: Array) -> Array:
    return np.where(drop > 0.6, drop - 0.6, 0.0) + 0.01 * drop


@pytest.mark.ngspice
@pytest.mark.parametrize(
    ("wrong", "values", "words"),
    [
        (
            law(expression="-" + TEXT),
            {},
            "at 0.80123 V SPICE draws -4.6.*e-07 A and current says 4",
        ),
        (law(expression="{G}*0.1*asinh({drop}/0.1)"), {}, "SPICE draws .* with G=1.37e-06, V0=0.1"),
        (
            of_current(knee, expression="{G}*(({drop}>0.6 ? {drop}-0.9 : 0)+0.01*{drop})"),
            {},
            r"at 0\.\d* V SPICE draws",
        ),
        (law(expression="-" + TEXT), {"G": 1e-14}, "SPICE draws"),
        (
            of_current(lambda v: v + v**3, expression="{G}*({drop}+{drop}^3)"),
            {},
            "write powers as products",
        ),
        (law(expression="{G}*{V0}*asinh(v(kit__0)/{V0})"), {}, "SPICE draws"),
    ],
)
def test_spice_that_draws_another_current_is_told_with_both(
    wrong: Law, values: dict[str, float], words: str
) -> None:
    with pytest.raises(AssertionError, match=words):
        spice.check_currents(device(wrong, **values))


@pytest.mark.ngspice
def test_what_ngspice_does_not_know_is_quoted() -> None:
    with pytest.raises(SimulatorError, match="arcsinh"):
        spice.check_currents(device(law(expression="{G}*{V0}*arcsinh({drop}/{V0})")))


def test_a_missing_library_skips_with_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spice, "find_library", lambda: None)
    with pytest.raises(pytest.skip.Exception, match="libngspice is not installed; run `ebana doc"):
        spice.need_ngspice()
