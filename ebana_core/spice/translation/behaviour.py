"""Reads B sources, and other elements whose value is an expression."""

import re

from ebana_core.errors import CircuitError
from ebana_core.spice import parts
from ebana_core.spice.expressions import Expression, read_expression, scaled
from ebana_core.spice.subcircuit import Line
from ebana_core.spice.temperatures import USUAL_CELSIUS
from ebana_core.spice.translation.reading import Places, Reading, holds
from ebana_core.spice.translation.wording import numbers_of, split_settings

OPEN, CLOSE = {"{": "}", "'": "'"}, "}'"
BEHIND = re.compile(r"\s+(?:tc1|tc2|m|temp|dtemp|reciproctc|reciprocm)\s*=.*", re.IGNORECASE)
"""Names of settings that may follow an expression without braces."""
SETTINGS = ("m", "tc1", "tc2", "temp", "dtemp", "reciproctc", "reciprocm")


def read_behaviour(line: Line, places: Places) -> Reading:
    """Return a B source: a current or a voltage given by an expression."""
    word, sign, text = line.rest.partition("=")
    if not sign or word.strip().lower() not in ("i", "v"):
        raise CircuitError(
            f"Element {line.name!r} holds {line.rest[:60]!r}.", "write i=... or v=..."
        )
    inner, behind = split_expression(text)
    expression = scaled(read_text(line, places, inner), _factor(line, behind))
    return said(line, places, expression, is_voltage=holds(line))


def said(
    line: Line,
    places: Places,
    expression: Expression,
    *,
    is_voltage: bool,
    conducts: bool = False,
) -> Reading:
    """Return a current or a voltage by an expression, between the first two nodes of an element.

    Args:
        line: The element.
        places: Where it stands.
        expression: A voltage or a current.
        is_voltage: Which of them.
        conducts: As a conductor, a current holds the nodes.
    """
    refusal = ""
    if expression.foreign:
        refusal = f"element {line.name!r} holds {expression.foreign!r}, which only ngspice computes"
    ends = places.ends(line)
    if is_voltage:
        part: parts.Part = parts.VoltageExpressionPart(
            *ends, places.own[line.name], expression, places.form
        )
    else:
        part = parts.CurrentExpressionPart(*ends, expression, places.form, conducts)
    return Reading(part, refusal=refusal, stands_still=expression.moves)


def split_expression(text: str) -> tuple[str, str]:
    """Return an expression, with the braces or quotes around it, and what stands behind it."""
    text = text.strip()
    if text[:1] in OPEN:
        end = closing(text)
        # Braces around a part of a formula do not end it.
        if end and text[end + 1 :].strip()[:1] not in tuple("+-*/^?<>=&|:"):
            return text[: end + 1], text[end + 1 :]
    found = BEHIND.search(text)
    return (text[: found.start()], text[found.start() :]) if found else (text, "")


def closing(text: str) -> int:
    """Return the place behind the sign that closes the first one; 0: it is never closed."""
    opening, depth = text[0], 0
    end = OPEN.get(opening, ")")
    if opening == end:
        return max(0, text.find(end, 1))
    for k, letter in enumerate(text):
        depth += (letter == opening) - (letter == end)
        if not depth:
            return k
    return 0


def _factor(line: Line, behind: str) -> float:
    """Return the factor of an expression by the settings behind it.

    Instances that hold a B source do not multiply it, and its coefficients hold at 27 °C whatever
    the nominal temperature is, as in ngspice.

    Source:
        ngspice 39, src/spicelib/devices/asrc/asrcload.c.
    """
    plain, settings = split_settings(line, behind)
    if plain:
        raise CircuitError(
            f"Element {line.name!r} has {plain[0]!r} after its expression.", "remove it"
        )
    numbers = numbers_of(line, settings, SETTINGS)
    around = line.temperatures.circuit
    above = numbers.get("temp", around + numbers.get("dtemp", 0.0)) - USUAL_CELSIUS
    factor = 1 + numbers.get("tc1", 0.0) * above + numbers.get("tc2", 0.0) * above**2
    if numbers.get("reciproctc", 0.0) == 1:
        factor = 1 / factor
    count = numbers.get("m", 1.0)
    return factor / count if numbers.get("reciprocm", 0.0) == 1 else factor * count


def read_text(line: Line, places: Places, text: str) -> Expression:
    """Return the expression of a text, with names as they hold at an element."""

    def node(name: str) -> int | None:
        place = places.node.get(line.scope.node(name))
        if place is None:
            raise CircuitError(
                f"Element {line.name!r} names the node {name!r}, which nothing is attached to.",
                f"name one of {sorted(places.nodes)}",
            )
        return None if place < 0 else place

    def current(name: str) -> int | None:
        return None if name[0] == "x" else places.current(line.scope.element(name))

    return read_expression(text, line.name, node, current, celsius=line.temperatures.circuit)
