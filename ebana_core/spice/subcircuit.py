"""A subcircuit without others in it: definitions, flattened."""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import attrs

from ebana_core.checking import shown
from ebana_core.errors import CircuitError
from ebana_core.objects import checked_instance
from ebana_core.spice.definitions import Definition
from ebana_core.spice.element import SEPARATOR, Line, Scope
from ebana_core.spice.files import cleaned
from ebana_core.spice.finding import find_definitions
from ebana_core.spice.flattening import Flattener, foreign, is_definition
from ebana_core.spice.headers import head_and_tail, is_ground
from ebana_core.spice.lines import source_of
from ebana_core.spice.scopes import Scopes
from ebana_core.spice.writing import written

__all__ = ["SEPARATOR", "Line", "Scope", "Subcircuit", "flattened", "read_subcircuit"]

LARGEST = 100_000
"""Largest number of characters of a text, and of what a block keeps of a text or a file."""


@attrs.frozen
class Subcircuit:
    """A subcircuit without others in it.

    Args:
        name: In lower case.
        ports: Its nodes that are seen from outside, ground apart.
        lines: Its elements.
        text: What it was read from, and nothing else: without comments and files.
        initial: Node to the voltage that ``.ic`` gives it, V.
        grounds: Its ports that are ground by their names, which nothing can be wired to but it.
    """

    name: str
    ports: tuple[str, ...]
    lines: tuple[Line, ...]
    text: str
    initial: Mapping[str, float] = attrs.field(factory=dict)
    grounds: tuple[str, ...] = ()

    def __str__(self) -> str:
        return self.text


def read_subcircuit(source: Any, name: str | None = None) -> Subcircuit:
    """Return a subcircuit, flattened.

    Args:
        source: A PySpice `SubCircuit`, the text that it prints (``.subckt`` to ``.ends``), or a
            `Subcircuit` of a library.
        name: Of the subcircuit, where the text defines several that no other uses.

    Raises:
        CircuitError: A line that does not belong in a circuit (commands, files), a missing
            subcircuit or model, a name or number that cannot be; says which line.
    """
    if name is not None:
        checked_instance(name, str, "subcircuit_name", "name a subcircuit, or leave it out")
    text = cleaned(str(source))
    if len(text) > LARGEST:
        raise CircuitError(f"The subcircuit has {len(text)} characters.", f"use up to {LARGEST}")
    # Otherwise a path would be reported as a line that does not belong in a subcircuit.
    if Path(text).suffix and not text.split()[1:]:
        raise CircuitError(
            f"The subcircuit is {text!r}: the name of a file, where its text belongs.",
            "read a file by SpiceBlock.from_file(path, subcircuit_name, ...)",
        )
    top = find_definitions(source_of(text))
    _check_around(top)
    return flattened(top, name or only_one(top, repr(text[:60])))


def _check_around(top: Definition) -> None:
    """Refuse lines around all subcircuits that define nothing."""
    depth = 0
    for _, statement in top.source.statements(0, len(top.source.lines)):
        word = statement.text.split(None, 1)[0].lower()
        if word.startswith((".subckt", ".macro")):
            depth += 1
        elif word.startswith((".ends", ".eom")):
            depth -= 1
            if depth < 0:
                raise CircuitError(f"{statement.quoted} has no .subckt before it.", "remove it")
        elif depth == 0 and not is_definition(statement):
            raise foreign(statement)


def only_one(top: Definition, called: str) -> str:
    """Return the name of the subcircuit that no other one uses.

    Args:
        top: What the text defines.
        called: The text or file, as an error names it.

    Raises:
        CircuitError: There is none, or there are several.
    """
    if not top.inner:
        raise CircuitError(
            f"{called} holds no subcircuit.", "give a PySpice SubCircuit, or .subckt ... .ends"
        )
    used = {
        head_and_tail(statement.text)[0][-1].lower()
        for found in top.inner.values()
        for definition in found
        for _, statement in top.source.statements(definition.line, definition.end)
        if statement.text[0] in "xX"
    }
    free = [name for name in top.inner if name not in used] or list(top.inner)
    if len(free) > 1:
        raise CircuitError(
            f"{called} holds the subcircuits {shown(sorted(free))}.",
            "say which: subcircuit_name=...",
        )
    return free[0]


def flattened(top: Definition, name: str) -> Subcircuit:
    """Return a subcircuit of a text or file, without others in it.

    Args:
        top: What the text defines.
        name: Of the subcircuit.

    Raises:
        CircuitError: It is missing or cannot be read; names file, line and text.
    """
    scopes = Scopes(top)
    chosen = scopes.subcircuit(scopes.outermost, name.lower())
    if chosen is None:
        known = sorted(top.inner)
        raise CircuitError(
            f"No subcircuit {name!r}; the subcircuits are {known[:20]}"
            f"{f' and {len(known) - 20} more' if len(known) > 20 else ''}.",
            "name one of them",
        )
    header = scopes.header(chosen)
    ports = tuple(port for port in header.ports if not is_ground(port))
    if len(set(ports)) < len(ports) or not ports:
        raise CircuitError(
            f"Subcircuit {chosen.name!r} has the ports {list(header.ports)}.",
            "give at least one port, each of its own name",
        )
    flattener = Flattener(scopes, chosen)
    lines = flattener.lines
    counts = Counter(line.name for line in lines)
    twice = sorted(name for name, count in counts.items() if count > 1)
    if twice:
        raise CircuitError(
            f"Subcircuit {chosen.name!r} holds {twice[0]!r} twice.", "name every element once"
        )
    text = written(scopes, chosen)
    if len(text) > LARGEST:
        raise CircuitError(
            f"Subcircuit {chosen.name!r} has {len(text)} characters.", f"use one of up to {LARGEST}"
        )
    grounds = tuple(port for port in header.ports if is_ground(port))
    return Subcircuit(chosen.name, ports, lines, text, flattener.initial, grounds)
