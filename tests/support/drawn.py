"""The circuit that a drawing shows, read from its lines alone, as an engineer reads it."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Any

import networkx as nx

from ebana_core.circuit import Circuit, Crossbar
from ebana_core.circuit.elements import Element, ElementArray, TerminalDevices
from ebana_core.schematics import Schematic
from ebana_core.schematics.parts import GREEN, SMALL, Frame, Ground, Part, Point, Symbol, Text, Wire

NEAR = 1e-6
"""Lengths of a symbol within which two points are one: rounding of sums."""
TAG = 0.5
"""A name within this of the end of a wire, or of a node, belongs to it."""


def _on(point: Point, start: Point, end: Point) -> bool:
    """Tell whether a point lies on a straight wire."""
    (x, y), (left, top), (right, bottom) = point, start, end
    across = (right - left) * (y - top) - (bottom - top) * (x - left)
    along = (x - left) * (right - left) + (y - top) * (bottom - top)
    length = (right - left) ** 2 + (bottom - top) ** 2
    return abs(across) < NEAR * max(length, 1.0) and -NEAR <= along <= length + NEAR


def _terminals(schematic: Schematic) -> Iterator[tuple[str, int, int, Point]]:
    """Yield element, number of the symbol, number of the terminal, and place."""
    symbols = [p for p in schematic.parts if isinstance(p, Symbol) and p.element]
    for k, symbol in enumerate(symbols):
        if symbol.kind != "frame":
            # A current that leaves at the end is injected into the head of an output.
            ends = (symbol.start, symbol.end)
            for place, point in enumerate(reversed(ends) if symbol.kind == "output" else ends):
                yield symbol.element, k, place, point


def _framed(schematic: Schematic) -> Iterator[tuple[str, int, int, Point]]:
    """Yield the same of boxes with pins: whatever wire ends at their frames."""
    frames = [p.corners for p in schematic.parts if isinstance(p, Frame)]
    symbols = [p for p in schematic.parts if isinstance(p, Symbol) and p.kind == "frame"]
    ends = [point for p in schematic.parts if isinstance(p, Wire) for point in p.points]
    ends += [p.at for p in schematic.parts if isinstance(p, Ground)]
    for k, symbol in enumerate(symbols):
        left, top, right, bottom = next(f for f in frames if _is_in(symbol.start, f))
        for point in dict.fromkeys(ends):
            x, y = point
            is_at_side = min(abs(x - left), abs(x - right)) < NEAR and top < y < bottom
            is_below = abs(y - bottom) < NEAR and left < x < right
            if is_at_side or is_below:
                yield symbol.element, -1 - k, -1, point


def _is_in(point: Point, frame: Sequence[float]) -> bool:
    left, top, right, _ = frame
    return left <= point[0] <= right and abs(point[1] - top) < NEAR


def joined(parts: Sequence[Part], more: Iterable[Point] = ()) -> dict[Any, int]:
    """Return places, of wires and others, to the number of what wires and names join them to."""
    wires = [part for part in parts if isinstance(part, Wire)]
    lines = [pair for wire in wires for pair in pairwise(wire.points) if pair[0] != pair[1]]
    grounds = [part.at for part in parts if isinstance(part, Ground)]
    corners = [point for wire in wires for point in wire.points]
    points = list(dict.fromkeys([*corners, *grounds, *more]))
    graph = nx.Graph()
    graph.add_nodes_from(points)
    # Wires that only cross are not joined: no point of one lies on the other.
    for k, (start, end) in enumerate(lines):
        graph.add_edges_from((point, ("line", k)) for point in points if _on(point, start, end))
    for x, y in points:
        near = [one for one in points if abs(one[0] - x) + abs(one[1] - y) < NEAR]
        graph.add_edges_from(((x, y), one) for one in near)
    graph.add_edges_from((point, "ground") for point in grounds)
    graph.add_edges_from(_tags(parts))
    return {point: k for k, part in enumerate(nx.connected_components(graph)) for point in part}


def graph_drawn(schematic: Schematic) -> nx.Graph:
    """Return devices and nodes as a drawing joins them: nodes and devices in two parts."""
    pins = [*_terminals(schematic), *_framed(schematic)]
    part_of = joined(schematic.parts, (point for *_, point in pins))
    ground = part_of.get("ground")
    found = nx.MultiGraph()
    for element, k, terminal, point in pins:
        node = part_of[point]
        found.add_node(("device", element, k), label=element)
        found.add_node(node, label="ground" if node == ground else "")
        found.add_edge(("device", element, k), node, label=terminal)
    return found


def _tags(parts: Sequence[Part]) -> Iterator[tuple[Any, Any]]:
    """Yield what green names join: pins of a web, and its nodes."""
    ends = [point for p in parts if isinstance(p, Wire) for point in (p.points[0], p.points[-1])]
    for text in parts:
        if isinstance(text, Text) and text.colour == GREEN and text.size == SMALL:
            x, y = text.at
            nearest = min(ends, key=lambda point: (point[0] - x) ** 2 + (point[1] - y) ** 2)
            assert abs(nearest[0] - x) < TAG
            assert abs(nearest[1] - y) < TAG
            yield ("tag", text.what), nearest


def graph_built(circuit: Circuit) -> nx.Graph:
    """Return the same graph of the circuit itself."""
    found = nx.MultiGraph()
    for element in circuit.elements:
        for k, nodes in enumerate(_nodes(element)):
            device = ("device", element.name, k)
            found.add_node(device, label=element.name)
            for terminal, node in enumerate(nodes):
                found.add_node(int(node), label="" if node else "ground")
                label = -1 if _has_pins(element) else terminal
                found.add_edge(device, int(node), label=label)
    return found


def _has_pins(element: Element) -> bool:
    return isinstance(element, TerminalDevices) and element.law.symbol == "box"


def _nodes(element: Any) -> Iterator[tuple[int, ...]]:
    if isinstance(element, TerminalDevices):
        yield from map(tuple, element.nodes[:, : element.law.n_outer].tolist())
    elif isinstance(element, ElementArray) and isinstance(element.topology, Crossbar):
        for row in element.topology.rows.tolist():
            yield from ((row, column) for column in element.topology.columns.tolist())
    elif isinstance(element, ElementArray):
        topology = element.topology
        yield from zip(topology.heads.tolist(), topology.tails.tolist(), strict=True)
    elif hasattr(element, "heads"):
        yield from zip(element.heads.tolist(), element.tails.tolist(), strict=True)
    elif hasattr(element, "inputs"):
        yield from zip(element.inputs.tolist(), element.outputs.tolist(), strict=True)
    else:
        for k, (node, is_upper) in enumerate(zip(element.nodes, element.is_upper, strict=True)):
            bound = -1 - k  # no node of the circuit: what the ideal diode holds its node at
            yield (int(node), bound) if is_upper else (bound, int(node))


def counted(circuit: Circuit) -> dict[str, int]:
    """Return name of an element to its number of devices."""
    return {element.name: len(list(_nodes(element))) for element in circuit.elements}


def are_same(one: nx.Graph, other: nx.Graph) -> bool:
    """Tell whether two graphs are one, but for the names of nodes and devices."""
    if Counter(dict(one.degree).values()) != Counter(dict(other.degree).values()):
        return False
    return nx.is_isomorphic(
        one,
        other,
        node_match=lambda a, b: a["label"] == b["label"],
        edge_match=lambda a, b: (
            Counter(e["label"] for e in a.values()) == Counter(e["label"] for e in b.values())
        ),
    )
