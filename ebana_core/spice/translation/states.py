"""Finds the capacitors whose voltage is a state, as in models of memristors.

An operating point is taken at the first instant of a transient. Most capacitors follow the circuit
around them long before anybody looks: at DC they are open. Some voltages are a memory, though: the
doped width of a memristor, for example, held by 1 F that only current sources charge. To follow
takes such a capacitor longer than any experiment lasts, so it holds its initial voltage, which the
circuit is built with.
"""

import re
from collections.abc import Iterator, Mapping, Sequence

import attrs

from ebana_core.spice.subcircuit import Line, Subcircuit
from ebana_core.spice.translation.reading import STATE
from ebana_core.spice.translation.wording import is_number, split_settings
from ebana_core.spice.words import read_number

HELD_FOR = 1e6
"""s, eleven days: a capacitor that takes longer to follow holds its initial voltage."""
UNKNOWN = 1e9
"""Ohm, between nodes whose conductance is not known: ports, and currents by their own drop."""

CONDUCTING: Mapping[str, Sequence[int]] = {"s": (0, 1), "m": (0, 2, 3)}
"""Letter of an element to those of its nodes that conduct; all nodes of other elements conduct."""
NODES = re.compile(r"[^\s(),{}=*/]+")


def with_states(lines: Sequence[Line], subcircuit: Subcircuit) -> tuple[Line, ...]:
    """Return lines in which capacitors that hold a state are marked as such."""
    result, joined = list(lines), _Paths(lines, subcircuit.ports)
    for k, line in enumerate(lines):
        initial = _initial(line, subcircuit.initial) if line.kind == "c" else None
        if initial is None:
            continue
        size = _capacitance(line)
        # By R*C: a path that charges it faster than this keeps no memory.
        if size and not joined.within(HELD_FOR / size, line.nodes):
            result[k] = attrs.evolve(line, kind=STATE, words=(repr(initial),), model=None)
            # A capacitor that holds is a source for those after it.
            joined.add(0.0, line.nodes)
    return tuple(result)


def _initial(line: Line, of_nodes: Mapping[str, float]) -> float | None:
    """Return the initial voltage of a capacitor, V: its own, or the difference of its nodes'."""
    _, settings = split_settings(line, line.rest)
    if "ic" in settings:
        return read_number(settings["ic"], f"Element {line.name!r} in ic=")
    known = {"0": 0.0, **of_nodes}
    if not any(node in of_nodes for node in line.nodes) or not all(n in known for n in line.nodes):
        return None
    head, tail = line.nodes
    return known[head] - known[tail]


def _capacitance(line: Line) -> float:
    """Return the capacitance of a capacitor, F; 0 where it is an expression."""
    plain, settings = split_settings(line, line.rest)
    for word in (*plain[:1], *(settings[key] for key in ("c", "capacitance") if key in settings)):
        if is_number(word):
            return abs(read_number(word, f"Element {line.name!r}")) * line.multiplicity
    return 0.0


class _Paths:
    """Pairs of nodes, each with the resistance between them, ohm."""

    def __init__(self, lines: Sequence[Line], ports: Sequence[str]) -> None:
        names = dict.fromkeys(("0", *ports, *(node for line in lines for node in line.nodes)))
        self.number = {name: k for k, name in enumerate(names)}
        self.pairs: list[tuple[float, int, int]] = []
        for port in ports:
            self.add(UNKNOWN, ("0", port))
        for line in lines:
            for resistance, *ends in _conducting(line):
                self.add(resistance, ends)

    def add(self, resistance: float, ends: Sequence[str]) -> None:
        one, other = (self.number[name] for name in ends)
        self.pairs.append((resistance, one, other))

    def within(self, limit: float, ends: Sequence[str]) -> bool:
        """Tell whether paths of less than a resistance join two nodes."""
        group = list(range(len(self.number)))

        def first(node: int) -> int:
            while group[node] != node:
                group[node] = node = group[group[node]]
            return node

        for resistance, one, other in self.pairs:
            if resistance < limit:
                group[first(one)] = first(other)
        one, other = (first(self.number[name]) for name in ends)
        return one == other


def _conducting(line: Line) -> Iterator[tuple[float, str, str]]:
    """Yield pairs of an element's nodes and the resistance between them, ohm."""
    if line.kind == "r":
        yield _resistance(line), line.nodes[0], line.nodes[1]
    elif line.kind in "ifgb" and line.rest.partition("=")[0].strip().lower() != "v":
        if (set(line.nodes) - {"0"}) & _named_nodes(line):
            yield UNKNOWN, line.nodes[0], line.nodes[1]
    elif line.kind != "c":
        first, *others = (line.nodes[k] for k in CONDUCTING.get(line.kind, range(len(line.nodes))))
        for node in others:
            yield 0.0, first, node


def _named_nodes(line: Line) -> set[str]:
    """Return the nodes that the words of an element name."""
    return {line.scope.node(word) for word in NODES.findall(line.rest.lower())}


def _resistance(line: Line) -> float:
    plain, settings = split_settings(line, line.rest)
    word = plain[0] if plain else settings.get("r", "")
    return abs(read_number(word, f"Element {line.name!r}")) if is_number(word) else 0.0
