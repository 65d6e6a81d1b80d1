"""Shared by the readers of lines: the terminals of a subcircuit, and the result of a reading."""

from collections.abc import Mapping, Sequence
from typing import final

import attrs

from ebana_core.spice.expressions import Format
from ebana_core.spice.parts import Part
from ebana_core.spice.subcircuit import Line
from ebana_core.spice.translation.hidden import hidden_nodes

PORT = "port_"
"""First sign of the name of a port's ammeter."""
METER, STATE, SMALL, FAR, SERIES = "meter", "state", "small", "far:", "series"
"""Kinds of what is put into a subcircuit: ammeters, capacitors that hold a state, resistors too
small for a current by their drop, far ends of transmission lines, resistances within diodes."""
HOLDING = ("v", "e", "h", "l", "t", METER, STATE, SMALL)
"""Kinds of elements whose current is an unknown; ``b`` too where it says a voltage."""


@final
@attrs.frozen
class Reading:
    """A line as a part.

    Args:
        part: The element.
        number: Its number in the netlist; None: it has none.
        refusal: Why native cannot run it; empty where it can.
        stands_still: It would change in a transient, where the block has it as at DC.
    """

    part: Part
    number: float | None = None
    refusal: str = ""
    stands_still: bool = False


@final
@attrs.frozen(eq=False)
class Places:
    """The terminals of a subcircuit by name.

    Args:
        nodes: Names of its own terminals that are nodes: behind the ports, then the others.
        currents: Names of the elements whose currents are terminals: of the ports first.
        node: Node name to terminal; -1 is ground.
        own: Element name to the terminal that is its current.
        form: How ngspice is given numbers in expressions.
    """

    nodes: tuple[str, ...]
    currents: tuple[str, ...]
    node: Mapping[str, int]
    own: Mapping[str, int]
    form: Format

    def current(self, name: str) -> int | None:
        """Return the terminal that is the current into an element's first node, if there is one."""
        return self.own.get(name, self.own.get(metered(name)))

    def ends(self, line: Line) -> tuple[str, int, int]:
        """Return an element's name and its first two terminals."""
        return line.name, self.node[line.nodes[0]], self.node[line.nodes[1]]


def metered(name: str) -> str:
    """Return the name of the ammeter in front of an element."""
    return f"{METER}:{name}"


def find_places(lines: Sequence[Line], ports: Sequence[str], form: Format) -> Places:
    """Return the terminals of a subcircuit: its ports, the nodes inside, currents."""
    within = (node for line in lines for node in (*line.nodes, *hidden_nodes(line)))
    seen = dict.fromkeys((*ports, *within))
    nodes = tuple(name for name in seen if name != "0")
    holding = [line.name for line in lines if holds(line)]
    currents = (*(PORT + port for port in ports), *holding)
    first = len(ports)
    place = {"0": -1} | {name: first + k for k, name in enumerate(nodes)}
    own = {name: first + len(nodes) + k for k, name in enumerate(currents)}
    return Places(nodes, currents, place, own, form)


def holds(line: Line) -> bool:
    """Tell whether the current of an element is an unknown."""
    if line.kind == "b":
        return line.rest.partition("=")[0].strip().lower() == "v"
    return line.kind in HOLDING
