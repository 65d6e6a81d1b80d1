"""Reads B, and E and G of an expression."""

from ebana_core.errors import CircuitError
from ebana_core.spice import parts
from ebana_core.spice.expressions import Expression, read_expression
from ebana_core.spice.subcircuit import WORDS, Line
from ebana_core.spice.translation.reading import HOLDING, Places, Reading, holds


def read_behaviour(line: Line, places: Places) -> Reading:
    """Return a current or a voltage by an expression."""
    if line.behaviour is None:
        wanted = " or ".join(f"{word}=..." for word in WORDS[line.kind])
        raise CircuitError(f"Element {line.name!r} holds {line.rest[:60]!r}.", f"write {wanted}")
    expression = _expression(line, places, line.behaviour[1])
    refusal = ""
    if expression.foreign:
        refusal = f"element {line.name!r} holds {expression.foreign!r}, which only ngspice computes"
    if holds(line):
        part: parts.Part = parts.VoltageExpressionPart(
            *places.ends(line), places.own[line.name], expression, places.form
        )
    else:
        part = parts.CurrentExpressionPart(*places.ends(line), expression, places.form)
    return Reading(part, refusal=refusal)


def _expression(line: Line, places: Places, text: str) -> Expression:
    def node(name: str) -> int | None:
        place = places.node.get(line.scope.node(name))
        if place is None:
            raise CircuitError(
                f"Element {line.name!r} names the node {name!r}, which nothing is attached to.",
                f"name one of {sorted(places.nodes)}",
            )
        return None if place < 0 else place

    def current(name: str) -> int | None:
        return places.own.get(line.scope.element(name)) if name[0] in HOLDING + "b" else None

    return read_expression(text, line.name, node, current)
