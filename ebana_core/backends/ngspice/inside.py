"""Conductances in series inside devices, which ngspice eliminates with all others."""

from collections.abc import Iterable, Sequence

import numpy as np

from ebana_core.arrays import Array
from ebana_core.laws.spice import Element, JunctionDiode, ModelDevice, Mosfet

SERIES = frozenset({"rs", "rd", "rb", "rbm", "rc", "re"})
"""Keys of a model's resistances in series with its terminals, ohms."""


def series_conductances(elements: Iterable[Element], names: Sequence[str]) -> Array:
    """Return the sum of series conductances of the devices at each node, S.

    Args:
        elements: Of a netlist.
        names: Of the nodes, in their order.
    """
    sums: dict[str, float] = {}
    for element in elements:
        match element:
            case JunctionDiode(anode=anode, cathode=cathode, model=card):
                nodes: tuple[str, ...] = (anode, cathode)
            case Mosfet(drain=drain, source=source, model=card):
                nodes = (drain, source)
            case ModelDevice(nodes=nodes, model=card):
                pass
            case _:
                continue
        own = sum(1 / value for key, value in card.numbers if key.lower() in SERIES and value > 0)
        for node in nodes:
            sums[node] = sums.get(node, 0.0) + own
    return np.array([sums.get(name, 0.0) for name in names])
