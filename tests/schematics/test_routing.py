"""Wires between columns join the pins of one node and no others."""

from collections import Counter

import pytest

from ebana_core.schematics.parts import Dot
from ebana_core.schematics.routing import Channel
from tests.support.drawn import joined

Pins = list[tuple[int, float]]

ROUTES: dict[str, tuple[Pins, Pins]] = {
    "level": ([(1, 0.0), (2, 1.0)], [(1, 0.0), (2, 1.0)]),
    "down by one": ([(1, 0.0), (2, 1.0), (3, 2.0)], [(1, 1.0), (2, 2.0), (3, 3.0)]),
    "up by one": ([(1, 1.0), (2, 2.0), (3, 3.0)], [(1, 0.0), (2, 1.0), (3, 2.0)]),
    "each in the place of the other": ([(1, 0.0), (2, 1.0)], [(2, 0.0), (1, 1.0)]),
    "round a circle": ([(1, 0.0), (2, 1.0), (3, 2.0)], [(3, 0.0), (1, 1.0), (2, 2.0)]),
    "to several": ([(1, 0.0), (2, 1.0)], [(1, 0.0), (2, 0.5), (1, 1.0), (2, 2.0)]),
    "from several": ([(1, 0.0), (2, 1.0), (1, 2.0)], [(1, 1.0), (2, 2.0)]),
    "almost level": ([(1, 0.0), (2, 1.0)], [(1, 1.05), (2, 2.0)]),
}


@pytest.mark.parametrize("route", ROUTES)
def test_pins_of_one_node_are_joined_and_no_others(route: str) -> None:
    leaving, entering = ROUTES[route]
    channel = Channel(leaving, entering)
    ends = {(0.0, y): node for node, y in leaving}
    ends |= {(channel.width, y): node for node, y in entering}
    parts = list(channel.draw(0.0))
    part_of = joined(parts, ends)
    found = {(node, part_of[place]) for place, node in ends.items()}
    nodes = set(ends.values())
    assert len(found) == len({part for _, part in found}) == len(nodes)
    # A third pin takes a dot where its wire meets the others'; a bend takes none.
    pins = Counter(node for node, _ in (*leaving, *entering))
    assert sum(isinstance(part, Dot) for part in parts) == sum(n - 2 for n in pins.values())


def test_a_pin_without_a_partner_has_no_wire() -> None:
    assert not list(Channel([(1, 0.0)], [(2, 0.0)]).draw(0.0))
