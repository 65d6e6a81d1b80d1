"""Devices of a model, as all simulators have them."""

from typing import final

import attrs

from ebana_core.errors import UnsupportedError
from ebana_core.laws.spice import JunctionDiode, ModelCard, ModelDevice, Mosfet
from ebana_core.laws.spice_constants import ZERO_CELSIUS

SIZES = ("w", "l", "ad", "as", "m")
"""Words behind the model of a MOS transistor that count at DC."""
USUAL_CELSIUS = 27.0


@final
@attrs.frozen
class Device:
    """A device of a model, as all simulators have it.

    Args:
        name: Of the element.
        nodes: In SPICE's order.
        card: As ngspice has it.
        celsius: Its temperature, °C.
        area: Times which its currents are those of its model.
        sizes: Of a MOS transistor: w, l, ad, as, m, by these names.
    """

    name: str
    nodes: tuple[str, ...]
    card: ModelCard
    celsius: float
    area: float = 1.0
    sizes: tuple[tuple[str, float], ...] = ()


def device_of(element: JunctionDiode | Mosfet | ModelDevice) -> Device:
    """Return an element with a model as a device.

    Raises:
        UnsupportedError: A setting behind its model that not all simulators have; names it.
    """
    own = dict(element.settings)
    if isinstance(element, JunctionDiode):
        celsius = element.temperature - ZERO_CELSIUS
        nodes: tuple[str, ...] = (element.anode, element.cathode)
    elif isinstance(element, Mosfet):
        celsius = element.temperature - ZERO_CELSIUS
        own |= {"w": element.width, "l": element.length}
        nodes = (element.drain, element.gate, element.source, element.bulk)
    else:
        celsius, nodes = own.pop("temp", USUAL_CELSIUS), element.nodes
    if element.model.type in ("nmos", "pmos"):
        known = {key: own.pop(key) for key in SIZES if key in own}
        own = {key: value for key, value in own.items() if key not in ("pd", "ps")}
        area, sizes = 1.0, tuple(known.items())
    else:
        area, sizes = own.pop("area", 1.0) * own.pop("m", 1.0), ()
        own = {key: value for key, value in own.items() if (key, value) != ("pj", 0.0)}
    if own:
        raise UnsupportedError(
            f"Element {element.name!r} has {sorted(own)} behind its model.", "leave it out"
        )
    return Device(element.name, nodes, element.model, celsius, area, sizes)
