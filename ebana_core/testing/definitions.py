"""Checks of what a device says of itself: arguments, names, units, what is trained."""

import inspect
import re
from typing import Any

from ebana_core.laws import Law
from ebana_core.layers import Layer
from ebana_core.testing.asking import Device

METHODS = (
    "current",
    "slope",
    "co_content",
    "current_change",
    "contrast",
    "sensitivity",
    "pieces",
    "spice",
)
SYMBOL = r"(?:V|A|S|ohm|Ω|W|J|K|s|m|kg|C|F|H|Hz|T|Wb|N|Pa|mol|cd|rad)(?:\^?-?[0-9]+|[²³])?"
UNIT = re.compile(rf"(?:1|{SYMBOL})(?:[*/·]{SYMBOL})*")
"""SI without prefixes: numbers in files are volts, not millivolts."""


def check_arguments(law: Law) -> None:
    """Every method takes what `Law` says, in this order.

    Raises:
        AssertionError: Quotes both orders; or the law is a class.
    """
    assert not isinstance(law, type), f"law is the class {law.__name__}; write {law.__name__}()"
    assert isinstance(law, Law), f"law is {law!r}; give an instance of ebana_core.laws.Law"
    for method in METHODS:
        wanted = list(inspect.signature(getattr(Law, method)).parameters)[1:]
        parameters = inspect.signature(getattr(law, method)).parameters.values()
        found = [p.name for p in parameters if p.default is p.empty and p.kind < p.VAR_POSITIONAL]
        is_free = any(p.kind is p.VAR_POSITIONAL for p in parameters)
        known = [name for name in found if name in wanted]
        is_right = known == sorted(known, key=wanted.index) and len(found) == len(wanted)
        assert is_free or is_right, (
            f"{method} takes ({', '.join(found)}); it is called with ({', '.join(wanted)}), "
            "behind self"
        )


def check_quantities(law: Law) -> None:
    """Every value has an SI unit, and bounds that leave it a value.

    Raises:
        AssertionError: Names the value.
    """
    for quantity in law.values:
        assert UNIT.fullmatch(str(quantity.unit)), (
            f"{quantity.name} has the unit {quantity.unit!r}; write an SI unit without prefix, "
            "such as 'V' or 'A/V^2', or '1' for a pure number"
        )
        low = max(quantity.above, quantity.at_least)
        assert low < quantity.at_most or quantity.at_least == quantity.at_most, (
            f"{quantity.name} can have no value: {quantity.range_text}"
        )


def check_trained(layer: Layer) -> None:
    """What ``trainable=True`` trains is a tuple of names of values.

    Raises:
        AssertionError: Quotes it, and lists the names.
    """
    trained: Any = getattr(layer, "trained", ())
    quantities: Any = getattr(layer, "quantities", ())
    names = [quantity.name for quantity in quantities]
    assert isinstance(trained, tuple), f"trained is {trained!r}; write a tuple: ({trained!r},)"
    for name in trained:
        assert name in names, f"trained names {name!r}; the values are {names}"


def check_device_name(layer: Layer) -> None:
    """Files and the command line can hold the device's name.

    Raises:
        AssertionError: Quotes it.
    """
    name = getattr(layer, "device", "")
    assert re.fullmatch(r"[a-z][a-z0-9_]*", str(name)), (
        f"device is {name!r}; use lower-case letters, digits and underscores"
    )


def check_definition(device: Device) -> None:
    """Run every check of the law's own words."""
    check_arguments(device.law)
    check_quantities(device.law)
