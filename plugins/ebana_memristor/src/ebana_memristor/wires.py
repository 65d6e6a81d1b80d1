"""Wires along the rows and columns of a crossbar: voltages fall on the way (IR drop)."""

from typing import Any, final

import attrs
import numpy as np

from ebana_core.arrays import IntArray
from ebana_core.checking import as_number, checked_number, own_settings
from ebana_core.circuit import Branches, CircuitBuilder, Constant, ElementArray
from ebana_core.laws import Ohm
from ebana_core.units import in_unit
from ebana_core.validators import setting

SMALLEST = 1e-3
"""Smallest resistance of a segment, ohms. The voltage over a smaller one has too few digits in the
node voltages: a solution would look right, and be off by more than the wires matter."""


def _check_resistance(owner: Any, field: Any, value: Any) -> None:
    fix = f"give 0 for ideal metal, or at least {SMALLEST:g} ohms: less is lost in rounding"
    ohms = in_unit(value, "ohm", setting(owner, field))
    smallest = 0.0 if as_number(ohms) == 0 else SMALLEST
    checked_number(ohms, setting(owner, field), fix, at_least=smallest)


@final
@attrs.frozen
class Wires:
    """The metal between neighbouring cells.

    Rows are driven at their first cell; the layer's nodes are the ends of the columns, behind
    the last row. Every cell has a segment of its row before it and one of its column behind it.

    Args:
        row: Resistance of a row's segment, ohms, at least 1e-3; 0: ideal.
        column: Resistance of a column's segment, likewise.

    Examples:
        >>> Wires(row=2.5, column=1.0).row  # Ω
        2.5
    """

    row: float = attrs.field(default=1.0, validator=_check_resistance)
    column: float = attrs.field(default=1.0, validator=_check_resistance)

    def __attrs_post_init__(self) -> None:
        own_settings(self)

    def build(
        self, builder: CircuitBuilder, layer: str, inputs: IntArray, outputs: IntArray
    ) -> Branches:
        """Emit the wires of a layer and return the branches of its cells, row by row.

        Args:
            builder: Collects nodes and wires.
            layer: Name of the layer.
            inputs: Where rows are driven. Shape ``(n_rows,)``.
            outputs: Where columns end. Shape ``(n_columns,)``.
        """
        shape = (len(inputs), len(outputs))
        rows = np.broadcast_to(inputs[:, None], shape)
        columns = np.broadcast_to(outputs[None, :], shape)
        if self.row:
            rows = builder.nodes(layer, shape, label="row").reshape(shape)
            before = np.concatenate([inputs[:, None], rows[:, :-1]], axis=1)
            builder.add(_metal(layer, "row", before, rows, self.row))
        if self.column:
            columns = builder.nodes(layer, shape, label="column").reshape(shape)
            behind = np.concatenate([columns[1:], outputs[None, :]])
            builder.add(_metal(layer, "column", columns, behind, self.column))
        return Branches(rows, columns)


def _metal(
    layer: str, kind: str, heads: IntArray, tails: IntArray, resistance: float
) -> ElementArray:
    return ElementArray(
        name=f"{layer}_{kind}_wire",
        layer=layer,
        topology=Branches(heads, tails),
        law=Ohm(),
        values={"conductance": Constant(np.array(1 / resistance))},
    )
