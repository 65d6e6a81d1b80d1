"""The line ``.subckt`` with its ports and parameters, and the similar line of an instance."""

import re
from collections.abc import Mapping, Sequence

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
"""Beginning of the parameters of a line ``.subckt`` or ``X``."""


OPTIONAL = re.compile(
    r"(?:^|(?<=\s))optional\s*:(.*?)(?=(?<=\s)(?:params?|text)\s*:|$)", re.IGNORECASE
)
"""Nodes that an instance may leave out."""
FOREIGN = re.compile(r"(?:^|(?<=\s))(optional|text)\s*:", re.IGNORECASE)
OPTION = re.compile(r"([^\s=]+)=([^\s=]+)")
"""A node that may be left out, and the node that takes its place."""
BRACED = re.compile(r"\s\{(?=\s?[a-z_][a-z0-9_.]*=)(.*)\}", re.IGNORECASE)
"""Parameters in braces, as IsSpice writes them."""


@attrs.frozen(eq=False)
class Header:
    """The line ``.subckt``.

    Args:
        ports: Nodes that are seen from outside, the optional ones last.
        defaults: Its parameters.
        optional: Port to the node that it is at where an instance gives none.
    """

    ports: tuple[str, ...]
    defaults: tuple[Setting, ...]
    optional: Mapping[str, str] = attrs.field(factory=dict)

    def at(self, nodes: Sequence[str], place: str) -> list[str]:
        """Return the node of each port in an instance.

        Args:
            nodes: Those that the instance gives.
            place: Names the instance in errors.

        Raises:
            CircuitError: There are too few or too many; a node is given to a port that is ground
                everywhere; a port that stands twice is given two nodes.
        """
        needed = len(self.ports) - len(self.optional)
        if not needed <= len(nodes) <= len(self.ports):
            raise CircuitError(
                f"{place} has {len(nodes)} nodes; the ports are {list(self.ports)}.",
                "give one node per port",
            )
        left = {port: self.optional[port] for port in self.ports[len(nodes) :]}
        for port, node in left.items():
            if not is_ground(node):
                raise CircuitError(
                    f"{place} gives no node to the port {port!r}, whose default is {node!r}, a "
                    "node that all subcircuits share.",
                    f"give it {len(self.ports)} nodes",
                )
        given = [*nodes, *left.values()]
        seen: dict[str, str] = {}
        for port, node in zip(self.ports, given, strict=True):
            _check_connection(port, seen.setdefault(port, node), node, place)
        return given


def is_ground(node: str) -> bool:
    """Tell whether a name means ground, wherever it stands."""
    return node.lower() in GROUNDS


def _check_connection(port: str, first: str, node: str, place: str) -> None:
    if is_ground(port) and not is_ground(node):
        raise CircuitError(
            f"{place} gives the node {node!r} to the port {port!r}, which is ground everywhere.",
            "give it the node 0, or give the port another name",
        )
    if node.lower() != first.lower():
        raise CircuitError(
            f"{place} gives the nodes {first!r} and {node!r} to two ports that are named {port!r}.",
            "name every port once",
        )


def head_and_tail(text: str) -> tuple[list[str], str]:
    """Return the words of a line ``.subckt`` or ``X`` before its parameters, and those."""
    joined = BRACED.sub(r" \1", EQUALS.sub("=", text))
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
        CircuitError: Nodes that an instance cannot have, or texts of digital models.
    """
    if found := FOREIGN.search(tail):
        raise CircuitError(
            f"{place} has {found[1].upper()}:, which has no meaning there.", "remove it"
        )
    return read_settings(re.sub(r"(?:^|(?<=\s))params?\s*:", " ", tail, flags=re.IGNORECASE), place)


def _optional(tail: str, place: str) -> dict[str, str]:
    """Return the optional ports of a line ``.subckt`` with the nodes that stand for them.

    Source:
        PSpice A/D reference guide, .SUBCKT.
    """
    found = OPTIONAL.search(tail)
    text = found[1] if found else ""
    pairs = OPTION.findall(text)
    if found and (not pairs or len(pairs) < len(text.split())):
        raise CircuitError(f"{place}: {found.group()[:60]!r} gives no node.", "write NODE=NODE")
    return {checked_node(port, place): node for port, node in pairs}


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
    optional = _optional(tail, statement.place)
    ports = (*(checked_node(word, statement.place) for word in words[2:]), *optional)
    settings = tail_settings(OPTIONAL.sub(" ", tail), statement.place)
    return Header(ports, tuple(settings), optional)
