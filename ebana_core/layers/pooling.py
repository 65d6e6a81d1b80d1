"""The average pooling layer: equal resistors from every window of a plane to one node."""

from collections.abc import Mapping, Sequence
from typing import Any

import attrs
import numpy as np

from ebana_core.arrays import IntArray
from ebana_core.circuit import Branches, CircuitBuilder, ElementArray, Parameter
from ebana_core.laws import Ohm
from ebana_core.layers.declaration import Declaration, Shape
from ebana_core.layers.patches import (
    OUTSIDE,
    Padding,
    Windows,
    check_padding,
    check_pair,
    pair,
)
from ebana_core.layers.valued import ValuedLayer


@attrs.frozen(kw_only=True, eq=False)
class AveragePooling2DLayer(ValuedLayer):
    """Equal resistors from the nodes of every window to a new node, per channel.

    Takes nodes ``(rows, columns, channels)`` and presents ``(n_below, n_beside, channels)``. A
    new node stands at the mean of its window where nothing loads it; what follows loads it by
    its own conductance, so choose `conductance` large beside that, or put amplifiers behind.

    Args:
        name: See `Layer`.
        pool: Rows and columns of a window; one number for both.
        stride: From one window to the next; None: no overlap.
        padding: ``"valid"``: windows within the plane; ``"same"``: beyond it too, where there
            are no resistors: the mean is that of the nodes within.
        conductance: Of each resistor, S.
        trainable: Learning changes the common conductance.
        lr: Learning rate, S²/V²; see `ValuedLayer`, as for what follows.
        max_relative_step: Largest change in one step, relative to the value; None: no limit.
        limits: ``{"conductance": (low, high)}``, S.
        weight_update_func: See `TrainableLayer`.

    Examples:
        >>> AveragePooling2DLayer(name="pool", pool=2, conductance=1e-3).output_shape([(4, 6, 3)])
        (2, 3, 3)
    """

    device = "average_pooling_2d"
    trained = ("conductance",)
    quantities = Ohm.values

    pool: tuple[int, int] = attrs.field(converter=pair, validator=check_pair)
    stride: tuple[int, int] = attrs.field(converter=pair, validator=check_pair)
    padding: Padding = attrs.field(default="valid", validator=check_padding)
    conductance: float = 1e-3

    @stride.default
    def _no_overlap(self) -> tuple[int, int]:
        return self.pool

    @property
    def numbers(self) -> Mapping[str, Any]:
        return {"conductance": self.conductance}

    @property
    def _windows(self) -> Windows:
        return Windows(self.name, self.pool, self.stride, self.padding)

    def output_shape(self, input_shapes: Sequence[Shape]) -> Shape:
        channels = self._windows.plane(input_shapes[0])[2]
        return (*self._windows.counts(input_shapes[0]), channels)

    def declarations(self, input_shapes: Sequence[Shape]) -> Sequence[Declaration]:
        return self.declared(1)

    def build(self, builder: CircuitBuilder, inputs: Sequence[IntArray]) -> IntArray:
        (nodes,) = inputs
        shape = self.output_shape([nodes.shape])
        new = builder.nodes(self.name, shape).reshape(shape)
        cells = self._windows.cells(nodes.shape)
        below, beside, row, column = np.nonzero(cells != OUTSIDE)
        heads = nodes.reshape(-1, shape[2])[cells[below, beside, row, column]]
        builder.add(
            ElementArray(
                name=self.name,
                layer=self.name,
                topology=Branches(heads, new[below, beside]),
                law=Ohm(),
                values={"conductance": Parameter(self.parameter("conductance"))},
            )
        )
        return new
