"""Crossbars that ideal sources drive, as their exact Norton equivalents."""

import attrs
import numpy as np

from ebana_core.arrays import Array, IntArray
from ebana_core.circuit.elements import Crossbar, ElementArray
from ebana_core.laws.spice import CurrentSource, Element, Resistor


@attrs.frozen(eq=False)
class Folded:
    """A crossbar, or the part of it, that ideal sources drive: one Norton source per column.

    Args:
        rows: Nodes that sources fix.
        columns: Nodes that they drive.
        conductance: Shape ``(n_rows, n_columns)``, S.
    """

    name: str
    rows: IntArray
    columns: IntArray
    conductance: Array

    def currents(self, voltages: Array) -> Array:
        """Return the current into each column at grounded columns, A."""
        return np.asarray(voltages[:, self.rows] @ self.conductance)

    @property
    def source_names(self) -> list[str]:
        """Name of each column's current source."""
        return [f"inorton_{self.name}__{k}" for k in range(len(self.columns))]


def fold(array: ElementArray, conductance: Array, is_fixed: np.ndarray) -> Folded | None:
    """Return what of a crossbar can be folded; None: nothing, or a column is fixed."""
    topology = array.topology
    assert isinstance(topology, Crossbar)
    rows = is_fixed[topology.rows]
    if not rows.any() or is_fixed[topology.columns].any():
        return None
    return Folded(array.name, topology.rows[rows], topology.columns, conductance[rows])


def norton(part: Folded, names: tuple[str, ...], offsets: Array) -> list[Element]:
    """Return one resistor and one source per column, at the first sample's voltages."""
    elements: list[Element] = []
    totals, currents = part.conductance.sum(axis=0), part.currents(offsets)[0]
    for place, (column, source) in enumerate(zip(part.columns, part.source_names, strict=True)):
        elements += [
            Resistor(f"rnorton_{part.name}__{place}", names[column], "0", 1 / float(totals[place])),
            CurrentSource(source, "0", names[column], float(currents[place])),
        ]
    return elements
