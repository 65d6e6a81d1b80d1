"""The line ``.subckt``: ports and parameters; and that of an instance, which is like it."""

import re

import attrs

from ebana_core.errors import CircuitError
from ebana_core.spice.definitions import Definition
from ebana_core.spice.parameters import Setting, read_settings
from ebana_core.spice.splitting import EQUALS
from ebana_core.spice.words import checked_node

GROUNDS = ("0", "gnd")
TAIL = re.compile(
    r"(?<=\s)(?:params?\s*:|optional\s*:|text\s*:|[a-z_\[\]][a-z0-9_.\[\]]*=(?!=))", re.IGNORECASE
)
"""What begins the parameters of a line ``.subckt`` or ``X``."""


@attrs.frozen(eq=False)
class Header:
    """The line ``.subckt``.

    Args:
        ports: Nodes that are seen from outside.
        defaults: Its parameters.
    """

    ports: tuple[str, ...]
    defaults: tuple[Setting, ...]


def head_and_tail(text: str) -> tuple[list[str], str]:
    """Return the words of a line ``.subckt`` or ``X`` before its parameters, and those."""
    joined = EQUALS.sub("=", text)
    found = TAIL.search(joined)
    head = joined[: found.start()] if found else joined
    for sign in "(),":
        head = head.replace(sign, " ")
    return head.split(), joined[found.start() :] if found else ""


def behind_word(text: str) -> str:
    """Return what follows the first word of a statement."""
    return text.partition(text.split(None, 1)[0])[2].strip()


def tail_settings(tail: str, place: str) -> list[Setting]:
    """Return the parameters of a line ``.subckt`` or ``X``.

    Raises:
        CircuitError: Nodes or texts that only other simulators know.
    """
    lowered = tail.lower()
    for word in ("optional", "text"):
        if re.match(rf"(?:.*\s)?{word}\s*:", lowered):
            raise CircuitError(
                f"{place} has {word.upper()}:, which ngspice does not know.", "remove it"
            )
    return read_settings(re.sub(r"(?:^|(?<=\s))params?\s*:", " ", tail, flags=re.IGNORECASE), place)


def read_header(definition: Definition) -> Header:
    """Return the line ``.subckt`` of a definition.

    Raises:
        CircuitError: It cannot be read, or no ``.ends`` follows it.
    """
    statement = definition.source.statement(definition.line)
    if not definition.is_closed:
        raise CircuitError(
            f"{statement.quoted}: subcircuit {definition.name!r} does not end.",
            "close it with .ends",
        )
    words, tail = head_and_tail(statement.text)
    if len(words) < 2:
        raise CircuitError(f"{statement.quoted} has no name.", "write .subckt NAME NODE ...")
    ports = tuple(checked_node(word, statement.place) for word in words[2:])
    grounds = sorted(set(ports).intersection(GROUNDS))
    if grounds:
        raise CircuitError(
            f"{statement.quoted} has the port {grounds[0]!r}, which is ground everywhere.",
            "leave it out, or give the port another name",
        )
    return Header(ports, tuple(tail_settings(tail, statement.place)))
