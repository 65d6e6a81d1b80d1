"""Reads T: a transmission line without losses, through which a direct current passes unchanged."""

from collections.abc import Iterator

import attrs

from ebana_core.errors import CircuitError
from ebana_core.spice.expressions import Call, Terminal
from ebana_core.spice.subcircuit import Line
from ebana_core.spice.translation.behaviour import said
from ebana_core.spice.translation.reading import FAR, METER, Places, Reading
from ebana_core.spice.translation.wording import split_settings

OF_WAVES = ("z0", "zo", "td", "f", "nl", "ic", "rel", "abs")
"""Settings that matter in transients and at frequencies only."""


def ends_apart(line: Line) -> Iterator[Line]:
    """Yield the near and the far end of a line; a wire where both have one node for their return.

    Source:
        ngspice 39, src/spicelib/devices/tra/traload.c.
    """
    plain, settings = split_settings(line, line.rest)
    strange = [*plain, *sorted(settings.keys() - set(OF_WAVES))]
    if strange:
        raise CircuitError(
            f"Element {line.name!r} has {strange[0]!r} after its nodes, which a line without "
            "losses does not have.",
            "give z0= and td=, and write losses as R elements",
        )
    one, return_, other, far_return = line.nodes
    if return_ == far_return:
        yield attrs.evolve(line, kind=METER, nodes=(one, other), words=())
        return
    yield line
    yield attrs.evolve(line, name=FAR + line.name, kind=FAR, nodes=(other, far_return))


def read_near_end(line: Line, places: Places) -> Reading:
    """Return the part that holds the near end at the voltage of the far end."""
    plus, minus = (_node(places, node) for node in line.nodes[2:])
    return said(line, places, Call("-", (plus, minus)), is_voltage=True)


def read_far_end(line: Line, places: Places) -> Reading:
    """Return the part that delivers at the far end the current that enters the near end."""
    near = line.name.removeprefix(FAR)
    current = Call("negative", (Terminal(places.own[near], is_current=True),))
    return said(line, places, current, is_voltage=False)


def _node(places: Places, name: str) -> Terminal:
    place = places.node[name]
    return Terminal(None if place < 0 else place)
