"""Reads the words after the model of a device: its sizes and its temperature."""

from collections.abc import Collection, Sequence

from ebana_core.errors import CircuitError
from ebana_core.laws.spice import ModelCard
from ebana_core.laws.spice_constants import ZERO_CELSIUS
from ebana_core.spice.subcircuit import Line
from ebana_core.spice.translation.wording import numbers_of, split_settings

MAY_BE_ZERO = ("pj", "ad", "as", "pd", "ps", "nrd", "nrs")
"""Sizes of devices that lack what they are of."""
FOR_NOTHING = ("ic", "off", "thermal", "icvbe", "icvce", "icvds", "icvgs", "icvbs")
"""Words of starts, which no operating point depends on, and of self-heating without a node."""


def sizes_of(
    line: Line, known: Sequence[str], position: str = "", flags: Collection[str] = ("off",)
) -> tuple[dict[str, float], float]:
    """Return the sizes of one device, and its temperature, K.

    Args:
        line: The element.
        known: Names of its sizes; ``m`` counts the instances around it too.
        position: Which of them may stand without its name.
        flags: Single words, without a value, that change nothing here.
    """
    plain, settings = split_settings(line, line.rest)
    words = [word for word in plain if word.lower() not in flags]
    if len(words) > (1 if position else 0):
        raise CircuitError(
            f"Element {line.name!r} has {words[-1]!r} after its model.",
            f"give {', '.join(f'{name}=' for name in known)} after it, each once",
        )
    if words:
        settings = {position: words[0], **settings}
    found = numbers_of(line, settings, (*known, "temp", "dtemp"), FOR_NOTHING)
    for name in known:
        if name in found and not (found[name] > 0 or (found[name] == 0 and name in MAY_BE_ZERO)):
            raise CircuitError(
                f"Element {line.name!r} has {name}={found[name]!r}.", f"give {name} above zero"
            )
    celsius = found.pop("temp", line.temperatures.circuit + found.get("dtemp", 0.0))
    found.pop("dtemp", None)
    if line.multiplicity != 1:
        found["m"] = found.get("m", 1.0) * line.multiplicity
    if not celsius > -ZERO_CELSIUS:
        raise CircuitError(
            f"Element {line.name!r} is at {celsius!r} °C.", "give a temperature above -273.15"
        )
    return found, celsius + ZERO_CELSIUS


def card_of(line: Line) -> ModelCard:
    """Return the model of an element that has one."""
    assert line.model is not None
    return line.model


def model_of(line: Line) -> str:
    """Return the name of a model in errors."""
    return f"the model of element {line.name!r}"
