"""Reads S and W: switches turned by a voltage or a current, as conductors by an expression."""

import math
from collections.abc import Callable, Mapping

from ebana_core.errors import CircuitError
from ebana_core.laws.spice_constants import GMIN
from ebana_core.spice.expressions import Call, Expression, Number, Terminal
from ebana_core.spice.subcircuit import Line
from ebana_core.spice.translation.behaviour import said
from ebana_core.spice.translation.reading import Places, Reading

SMOOTH: Mapping[str, str] = {"vswitch": "v", "iswitch": "i"}
"""Models of PSpice to the letter of their thresholds; the others are ngspice's."""

NO_EFFECT = ("lser", "level")
"""Numbers of models that change nothing at DC."""


def read_switch(line: Line, places: Places) -> Reading:
    """Return a switch: a resistance that a voltage or a current sets."""
    assert line.model is not None
    is_on = _checked_state(line)
    head, tail = (Terminal(None if place < 0 else place) for place in places.ends(line)[1:])
    control = _control(line, places)
    law = _smooth if line.model.type in SMOOTH else _hard
    conductance = law(line, control, is_on)
    current = Call("*", (Call("-", (head, tail)), conductance))
    return said(line, places, current, is_voltage=False, conducts=True)


def _checked_state(line: Line) -> bool:
    words = [word.lower() for word in (line.words[1:] if line.kind == "w" else line.words)]
    if words not in ([], ["on"], ["off"]):
        raise CircuitError(
            f"Element {line.name!r} has {' '.join(words)!r} after its model.",
            "give ON, OFF or nothing",
        )
    return words == ["on"]


def _control(line: Line, places: Places) -> Expression:
    if line.kind == "w":
        meter = line.scope.element(line.words[0].lower())
        if meter not in places.own or line.words[0][0].lower() != "v":
            raise CircuitError(
                f"Element {line.name!r} measures the current of {line.words[0]!r}, but the "
                "subcircuit has no voltage source of this name.",
                "put a V source of 0 V where the current is to be measured",
            )
        return Terminal(places.own[meter], is_current=True)
    plus, minus = (places.node[node] for node in line.nodes[2:])
    ends = [Terminal(None if place < 0 else place) for place in (plus, minus)]
    return Call("-", (ends[0], ends[1]))


def _numbers(line: Line, defaults: Mapping[str, float]) -> list[float]:
    """Return a model's numbers in the order of the defaults."""
    assert line.model is not None
    given = {key: value for key, value in line.model.numbers if key not in NO_EFFECT}
    strange = sorted(given.keys() - defaults.keys())
    if strange:
        raise CircuitError(
            f"Element {line.name!r} has a switch model with {strange[0]}={given[strange[0]]!r}.",
            f"give {', '.join(defaults)}",
        )
    numbers = {**defaults, **given}
    for key in ("ron", "roff"):
        if not numbers[key] > 0:
            raise CircuitError(
                f"Element {line.name!r} has a switch model with {key}={numbers[key]!r}.",
                f"give {key} above zero, ohm",
            )
    return [numbers[key] for key in defaults]


def _hard(line: Line, control: Expression, is_on: bool) -> Expression:
    """Return the conductance of ngspice's switch as a cold start finds it.

    Within its hysteresis it is as it is named, ON or else OFF; of a hysteresis below zero, on.

    Source:
        ngspice 39, src/spicelib/devices/sw/swload.c and csw/cswload.c.
    """
    assert line.model is not None
    letter = "v" if line.kind == "s" else "i"
    defaults = {"ron": 1.0, "roff": 1 / GMIN, f"{letter}t": 0.0, f"{letter}h": 0.0}
    on, off, threshold, hysteresis = _numbers(line, defaults)
    # A cold start has no history: within the hysteresis the name decides.
    turns = threshold - abs(hysteresis) if is_on or hysteresis < 0 else threshold + hysteresis
    test = Call(">", (control, Number(turns)))
    return Call("?", (test, Number(1 / on), Number(1 / off)))


def _smooth(line: Line, control: Expression, is_on: bool) -> Expression:
    """Return the conductance of PSpice's switch, whose logarithm is a cubic between thresholds.

    Source:
        PSpice A/D reference guide, voltage-controlled switch.
    """
    assert line.model is not None
    letter = SMOOTH[line.model.type]
    full = 1.0 if letter == "v" else 1e-3
    defaults = {"ron": 1.0, "roff": 1e6, f"{letter}on": full, f"{letter}off": 0.0}
    on, off, above, below = _numbers(line, defaults)
    width, middle = above - below, (above + below) / 2
    if not width:
        raise CircuitError(
            f"Element {line.name!r} has a switch model with {letter}on={above!r} twice.",
            f"give {letter}on and {letter}off apart",
        )
    # The logarithm, so that conductances of many decades turn over smoothly.
    mean, ratio = math.log(on * off) / 2, math.log(on / off)
    reach = abs(width) / 2
    distance = Call("-", (control, Number(middle)))
    x = Call("max", (Number(-reach), Call("min", (distance, Number(reach)))))
    return Call("exp", (_cubic(x, -mean, -1.5 * ratio / width, 2 * ratio / width**3),))


def _cubic(x: Expression, constant: float, linear: float, cube: float) -> Expression:
    times: Callable[..., Expression] = lambda *factors: Call("*", factors)  # noqa: E731
    inner = Call("+", (Number(linear), times(Number(cube), times(x, x))))
    return Call("+", (Number(constant), times(x, inner)))
