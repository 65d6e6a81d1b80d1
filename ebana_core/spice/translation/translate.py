"""Translates subcircuits line by line."""

from collections.abc import Callable, Mapping
from typing import final

import attrs

from ebana_core.spice import parts
from ebana_core.spice.expressions import Format
from ebana_core.spice.parts import Part
from ebana_core.spice.subcircuit import Line, Subcircuit
from ebana_core.spice.translation import devices, elements
from ebana_core.spice.translation.behaviour import read_behaviour
from ebana_core.spice.translation.reading import PORT, Places, Reading, find_places

READERS: Mapping[str, Callable[[Line, Places], Reading]] = {
    "r": elements.read_resistor,
    "c": elements.read_capacitor,
    "l": elements.read_inductor,
    "i": elements.read_source,
    "v": elements.read_source,
    "e": elements.read_controlled,
    "g": elements.read_controlled,
    "f": elements.read_by_current,
    "h": elements.read_by_current,
    "b": read_behaviour,
    "d": devices.read_diode,
    "m": devices.read_mosfet,
    "q": devices.read_opaque,
    "j": devices.read_opaque,
    "s": devices.read_opaque,
}
"""By the elements' first letters."""


@final
@attrs.frozen(eq=False)
class Translation:
    """A subcircuit as parts.

    Args:
        nodes: Names of its own terminals that are nodes: behind the ports, then the others.
        currents: Names of the elements whose currents are terminals: of the ports first.
        parts: The elements.
        numbers: Element name to the number in the netlist.
        refusal: Why native cannot run it; empty where it can.
    """

    nodes: tuple[str, ...]
    currents: tuple[str, ...]
    parts: tuple[Part, ...]
    numbers: Mapping[str, float]
    refusal: str


def translate(subcircuit: Subcircuit, form: Format) -> Translation:
    """Return the parts of a subcircuit.

    Args:
        subcircuit: Flattened.
        form: How ngspice is given numbers in expressions.

    Raises:
        CircuitError: A line that cannot be read; names the element.
    """
    places = find_places(subcircuit, form)
    ammeters = [
        parts.AmmeterPart(PORT + port, k, places.node[port], places.own[PORT + port])
        for k, port in enumerate(subcircuit.ports)
    ]
    readings = [_read(line, places) for line in subcircuit.lines]
    return Translation(
        places.nodes,
        places.currents,
        (*ammeters, *(reading.part for reading in readings)),
        {item.part.name: item.number for item in readings if item.number is not None},
        next((reading.refusal for reading in readings if reading.refusal), ""),
    )


def _read(line: Line, places: Places) -> Reading:
    is_expression = line.kind in "eg" and len(line.nodes) == 2
    return (read_behaviour if is_expression else READERS[line.kind])(line, places)
