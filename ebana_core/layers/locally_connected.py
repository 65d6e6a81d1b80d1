"""The locally connected layer: every window of a plane has resistors of its own."""

from collections.abc import Sequence
from typing import Any

import attrs
import numpy as np

from ebana_core.arrays import IntArray
from ebana_core.circuit import (
    GROUND,
    CircuitBuilder,
    ElementArray,
    Parameter,
    VoltageSources,
)
from ebana_core.circuit.elements import FLAT
from ebana_core.circuit.tiles import Tiles
from ebana_core.laws import Ohm
from ebana_core.layers.conductive import ConductiveLayer
from ebana_core.layers.declaration import Declaration, Shape
from ebana_core.layers.patches import (
    OUTSIDE,
    Padding,
    Windows,
    check_padding,
    check_pair,
    pair,
)
from ebana_core.layers.validators import check_units, given
from ebana_core.quantities import quantity

BORDER_VOLTAGE = quantity("border_voltage", "V", meaning="potential beyond the border")


@attrs.frozen(kw_only=True, eq=False)
class LocallyConnected2DLayer(ConductiveLayer):
    """Resistors from every window of a plane to new nodes, each window with its own.

    Takes nodes ``(rows, columns, channels)`` and presents ``(n_below, n_beside, filters)``.
    Its parameter is ``conductance``, S, shape
    ``(n_below, n_beside, kernel rows, kernel columns, channels, filters)``.

    Args:
        filters: New nodes per window.
        name: See `Layer`.
        kernel: Rows and columns of a window; one number for both.
        stride: From one window to the next.
        padding: ``"valid"``: windows within the plane; ``"same"``: beyond it too, where a
            source holds the potential.
        border_voltage: Of that source, V.
        initializer: Draws the conductances and bounds them.
        lr: Learning rate, S²/V²; see `ConductiveLayer`, as for what follows.
        trainable: Learning changes the conductances.
        grad_func: See `TrainableLayer`.
        weight_update_func: See `TrainableLayer`.
        max_relative_step: Largest change in one step, relative to the value; None: no limit.

    Examples:
        >>> from ebana_core.initializers import RandomUniform
        >>> local = LocallyConnected2DLayer(
        ...     filters=2, name="local", kernel=3, initializer=RandomUniform(1e-6, 1e-5)
        ... )
        >>> local.output_shape([(5, 5, 1)])
        (3, 3, 2)
    """

    device = "locally_connected_2d"

    filters: int = attrs.field(validator=check_units)
    kernel: tuple[int, int] = attrs.field(converter=pair, validator=check_pair)
    stride: tuple[int, int] = attrs.field(default=(1, 1), converter=pair, validator=check_pair)
    padding: Padding = attrs.field(default="valid", validator=check_padding)
    border_voltage: Any = 0.0

    @property
    def _windows(self) -> Windows:
        return Windows(self.name, self.kernel, self.stride, self.padding)

    def output_shape(self, input_shapes: Sequence[Shape]) -> Shape:
        return (*self._windows.counts(input_shapes[0]), self.filters)

    def declarations(self, input_shapes: Sequence[Shape]) -> Sequence[Declaration]:
        (shape,) = input_shapes
        channels = self._windows.plane(shape)[2]
        counts = self._windows.counts(shape)
        conductance = self.conductance((*counts, *self.kernel, channels, self.filters))
        border = BORDER_VOLTAGE.check(self.border_voltage, self.parameter("border_voltage"))
        if not self._has_border(shape):
            return [conductance]
        return [
            conductance,
            Declaration(quantity=BORDER_VOLTAGE, shape=(), draw=given(border.reshape(()))),
        ]

    def build(self, builder: CircuitBuilder, inputs: Sequence[IntArray]) -> IntArray:
        (nodes,) = inputs
        shape = nodes.shape
        channels = self._windows.plane(shape)[2]
        border = self._border(builder, channels) if self._has_border(shape) else None
        new_shape = self.output_shape([shape])
        new = builder.nodes(self.name, new_shape).reshape(-1, self.filters)
        builder.add(
            ElementArray(
                name=self.name,
                layer=self.name,
                topology=Tiles.between(self._windows.nodes(nodes, border), new),
                law=Ohm(),
                values={"conductance": Parameter(self.parameter("conductance"), FLAT)},
            )
        )
        return new.reshape(new_shape)

    def _has_border(self, shape: Shape) -> bool:
        return bool((self._windows.cells(shape) == OUTSIDE).any())

    def _border(self, builder: CircuitBuilder, channels: int) -> IntArray:
        border = builder.nodes(self.name, (1,), label="border")
        builder.add(
            VoltageSources(
                name=f"{self.name}_border",
                layer=self.name,
                heads=border,
                tails=[GROUND],
                voltage=Parameter(self.parameter("border_voltage")),
            )
        )
        return np.tile(border, channels)
