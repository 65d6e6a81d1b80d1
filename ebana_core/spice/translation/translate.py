"""Translates subcircuits line by line."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import final

import attrs

from ebana_core.spice import parts
from ebana_core.spice.expressions import Format
from ebana_core.spice.parts import Part
from ebana_core.spice.subcircuit import Line, Subcircuit
from ebana_core.spice.translation import controlled, devices, passive, sources
from ebana_core.spice.translation.behaviour import read_behaviour
from ebana_core.spice.translation.expanding import expanded
from ebana_core.spice.translation.reading import (
    FAR,
    METER,
    PORT,
    SERIES,
    SMALL,
    STATE,
    Places,
    Reading,
    find_places,
)
from ebana_core.spice.translation.switches import read_switch
from ebana_core.spice.translation.transmission import read_far_end, read_near_end

READERS: Mapping[str, Callable[[Line, Places], Reading]] = {
    "r": passive.read_resistor,
    "c": passive.read_capacitor,
    "l": passive.read_inductor,
    SMALL: passive.read_resistor,
    STATE: passive.read_state,
    METER: sources.read_meter,
    "i": sources.read_source,
    "v": sources.read_source,
    "e": controlled.read_controlled,
    "g": controlled.read_controlled,
    "f": controlled.read_by_current,
    "h": controlled.read_by_current,
    "b": read_behaviour,
    "s": read_switch,
    "w": read_switch,
    "t": read_near_end,
    FAR: read_far_end,
    "d": devices.read_diode,
    SERIES: devices.read_series,
    "m": devices.read_mosfet,
    "q": devices.read_bipolar,
    "j": devices.read_junction_transistor,
}
"""Kind of an element to the function that reads it."""


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
        still: The first element that would change in a transient, where the block has it as at
            DC; empty: none.
    """

    nodes: tuple[str, ...]
    currents: tuple[str, ...]
    parts: tuple[Part, ...]
    numbers: Mapping[str, float]
    refusal: str
    still: str = ""


def translate(subcircuit: Subcircuit, form: Format, *, diodes: bool = False) -> Translation:
    """Return the parts of a subcircuit.

    Args:
        subcircuit: Flattened.
        form: How ngspice is given numbers in expressions.
        diodes: See `expanded`.

    Raises:
        CircuitError: A line that cannot be read; names the element.
    """
    lines = expanded(subcircuit, diodes=diodes)
    places = find_places(lines, subcircuit.ports, form)
    ammeters = [
        parts.AmmeterPart(PORT + port, k, places.node[port], places.own[PORT + port])
        for k, port in enumerate(subcircuit.ports)
    ]
    readings = [READERS[line.kind](line, places) for line in lines]
    return Translation(
        places.nodes,
        places.currents,
        (*ammeters, *(reading.part for reading in readings)),
        {item.part.name: item.number for item in readings if item.number is not None},
        next((reading.refusal for reading in readings if reading.refusal), ""),
        next(_still(subcircuit, readings), ""),
    )


def _still(subcircuit: Subcircuit, readings: Sequence[Reading]) -> Iterator[str]:
    """Yield the names of elements that would change in a transient but are held as at DC here."""
    yield from (line.name for line in subcircuit.lines if line.kind in "kt")
    yield from (reading.part.name for reading in readings if reading.stands_still)
