"""Checks of what a law writes for SPICE: its form, and the currents that ngspice finds."""

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from ebana_core.arrays import Array
from ebana_core.backends.ngspice.finder import find_library
from ebana_core.backends.ngspice.format import element_lines
from ebana_core.backends.ngspice.once import operating_point
from ebana_core.errors import ConvergenceError
from ebana_core.laws import spice
from ebana_core.laws.spice import Element
from ebana_core.testing.asking import Device, ask

LETTERS = {
    spice.Resistor: "r",
    spice.VoltageSource: "v",
    spice.CurrentSource: "i",
    spice.SwitchedCurrent: "i",
    spice.VoltageAmplifier: "e",
    spice.CurrentAmplifier: "f",
    spice.BehaviouralCurrent: "b",
    spice.BehaviouralSource: "b",
    spice.IdealDiode: "b",
    spice.Transconductance: "g",
    spice.Transresistance: "h",
    spice.Capacitor: "c",
    spice.Inductor: "l",
    spice.JunctionDiode: "d",
    spice.Mosfet: "m",
    spice.ModelDevice: "",
}
"""Record to the letter that an element's name begins with."""

NUMBER = re.compile(r"\d+\.?\d*(?:e[-+]?\d+)?")

TAIL = 0.25
"""Voltage of the compared branches' tails, V: off ground, which tells a node's voltage from the
drop."""

LEAST, ENOUGH = 1e-18, 1e-13
"""Tolerances of currents, A: of the weakest devices, and what ngspice manages with inner nodes."""


def need_ngspice() -> None:
    """Skip the running test where libngspice is missing."""
    if find_library() is None:
        pytest.skip("libngspice is not installed; run `ebana doctor` for what to install")


def check_elements(device: Device) -> None:
    """`spice` returns records that are named after their branch and hold every number.

    Raises:
        AssertionError: Quotes the record.
        EbanaError: A record cannot be written as a line.
    """
    elements = written(device, "kit__0")
    for element in elements:
        name, letter = element.name, LETTERS[type(element)]
        kind = type(element).__name__
        assert "kit__0" in name, (
            f"spice names a {kind} {name!r}, without its branch, so that two of them would clash; "
            f"write f'{name[:1]}{{branch}}'"
        )
        assert name.startswith(letter), (
            f"spice names a {kind} {name!r}; begin its name with {letter!r}"
        )
    names = [element.name for element in elements]
    assert len(set(names)) == len(names), f"spice gives one name to two elements: {names}"
    element_lines(elements)
    _check_texts(elements, written(device.varied(), "kit__0"))


def written(device: Device, branch: str) -> Sequence[Element]:
    """Return the elements of one branch.

    Raises:
        AssertionError: `spice` raises, or returns no list of records.
    """
    try:
        found: Any = device.law.spice(branch, branch, "kit_tail", device.numbers)
    except Exception as error:  # whatever a stranger's law raises
        raise AssertionError(
            f"spice raises {type(error).__name__}: {error}; its values are {sorted(device.numbers)}"
        ) from error
    form = "return a list of records of ebana_core.laws.spice: [BehaviouralCurrent(...)]"
    assert not isinstance(found, str), f"spice returns the text {found!r}; {form}"
    assert found is not None, f"spice returns nothing; {form}"
    assert isinstance(found, Sequence), f"spice returns a {type(found).__name__}; {form}"
    assert found, f"spice returns no element; {form}"
    for element in found:
        assert type(element) in LETTERS, f"spice returns {element!r} among its elements; {form}"
    return found


def _check_texts(elements: Sequence[Element], others: Sequence[Element]) -> None:
    """Refuse numbers that stand in an expression: they change with the values."""
    for one, other in zip(elements, others, strict=False):
        first, second = (str(getattr(item, "expression", "")) for item in (one, other))
        is_same = first == second or NUMBER.sub("", first) != NUMBER.sub("", second)
        assert is_same, (
            f"spice writes numbers into the text {first!r}, which loses digits; write a field, "
            "such as {G}, and give its number"
        )


def check_currents(device: Device) -> None:
    """SPICE draws the law's current at every drop, for other values than the given ones.

    One operating point of one branch per drop, each across a source of its own.

    Raises:
        AssertionError: Quotes drop, both currents and the values.
        EbanaError: ngspice refuses the elements.
    """
    for item in (device.varied(), device):
        expected = ask(item, "current", item.drops)
        largest = float(np.abs(expected).max())
        tolerance = min(max(1e-12 * largest, LEAST), ENOUGH)
        try:
            found = spice_currents(item, tolerance)
        except ConvergenceError:
            tolerance = ENOUGH
            found = spice_currents(item, tolerance)
        allowance = 1e-6 * np.abs(expected) + max(1e-12 * largest, tolerance)
        error = np.abs(found - expected)
        worst = int(np.argmax(error - allowance))
        assert error[worst] <= allowance[worst], (
            f"at {item.drops[worst]:g} V SPICE draws {found[worst]:g} A and current says "
            f"{expected[worst]:g} A, with {item.in_words}{_hint(item)}"
        )


def _hint(device: Device) -> str:
    texts = [str(getattr(item, "expression", "")) for item in written(device, "kit__0")]
    has_power = any("^" in text or "**" in text for text in texts)
    return "; ngspice takes x^y as abs(x)^y: write powers as products" if has_power else ""


def spice_currents(device: Device, tolerance: float = ENOUGH) -> Array:
    """Return the current that ngspice finds at every drop, A. Shape ``(n,)``."""
    elements: list[Element] = [spice.VoltageSource("vkit_tail", "kit_tail", "0", TAIL)]
    saved = []
    for place, drop in enumerate(device.drops):
        branch = f"kit__{place}"
        elements.append(spice.VoltageSource(f"v{branch}", branch, "kit_tail", float(drop)))
        elements += written(device, branch)
        saved.append(f"v{branch}#branch")
    lines = ["* one branch per drop", *element_lines(elements)]
    options = {"reltol": 1e-10, "abstol": tolerance}
    found = operating_point(lines, saved, options=options)
    return -np.array([found[name] for name in saved])
