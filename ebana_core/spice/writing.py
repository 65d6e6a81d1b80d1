"""Writes what a subcircuit was read from: all that it needs, without comments and files."""

import re
from collections.abc import Iterator

from ebana_core.spice.definitions import Definition, Place
from ebana_core.spice.parameters import IDENTIFIER
from ebana_core.spice.scopes import Scopes

ASSIGNED = re.compile(r"\b([a-z_][a-z0-9_.]*+)\s*+(?:=(?!=)|\([^()]*\))", re.IGNORECASE)
"""Names that are set; possessive, so that a long word is walked through once."""


def written(scopes: Scopes, chosen: Definition) -> str:
    """Return a text that defines a subcircuit and what it uses, and reads as it was read.

    Args:
        scopes: What it was flattened with.
        chosen: The subcircuit.
    """
    others = [line for line in sorted(scopes.used) if scopes.used[line] is not chosen]
    pieces = [_piece(scopes, line) for line in others] + [_piece(scopes, chosen.line)]
    said = scopes.temperatures.text
    return "\n".join([*([said] if said else []), *_parameters(scopes, pieces), *pieces]) + "\n"


def _piece(scopes: Scopes, line: int) -> str:
    what, source = scopes.used[line], scopes.top.source
    if isinstance(what, Place):
        return source.statement(line).text
    texts = [statement.text for _, statement in source.statements(line, what.end)]
    return "\n".join([*texts, ".ends"])


def _parameters(scopes: Scopes, pieces: list[str]) -> Iterator[str]:
    """Yield the lines of parameters and functions around all subcircuits that texts may name."""
    top = scopes.top
    places = sorted((*top.parameters, *top.functions), key=lambda place: place.line)
    texts = [top.source.statement(place.line).text for place in places if not place.conditions]
    sets = [{name.lower() for name in ASSIGNED.findall(text)} for text in texts]
    named = {name.lower() for piece in pieces for name in IDENTIFIER.findall(piece)}
    taken: set[int] = set()
    while more := {k for k, own in enumerate(sets) if k not in taken and own & named}:
        taken |= more
        named |= {name.lower() for k in more for name in IDENTIFIER.findall(texts[k])}
    for k in sorted(taken):
        yield texts[k]
