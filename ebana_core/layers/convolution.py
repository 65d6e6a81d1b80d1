"""The convolution layer: every window of a plane has the same resistors."""

import math
from collections.abc import Sequence

import attrs
import numpy as np

from ebana_core.arrays import BoolArray, IntArray
from ebana_core.circuit import CircuitBuilder, ElementArray, Parameter
from ebana_core.circuit.elements import FLAT
from ebana_core.circuit.tiles import Tiles
from ebana_core.errors import ShapeError
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
from ebana_core.layers.validators import check_units
from ebana_core.memory import require_memory

BYTES_PER_DEVICE = 80
"""While a circuit is built: the ends of each resistor and which conductance it has."""


@attrs.frozen(kw_only=True, eq=False)
class Conv2DLayer(ConductiveLayer):
    """Resistors from every window of a plane to new nodes, the same ones in each window.

    Takes nodes ``(rows, columns, channels)`` and presents ``(n_below, n_beside, filters)``.
    Its parameter is ``conductance``, S, shape ``(kernel rows, kernel columns, channels,
    filters)``: each value is shared by one resistor per window, and learns the sum of what these
    measure.

    Args:
        filters: New nodes per window.
        kernel_size: Rows and columns of a window; one number for both.
        strides: From one window to the next.
        padding: ``"valid"``: windows within the plane; ``"same"``: beyond it too, where there are
            no resistors.
        name: See `Layer`.
        initializer: Draws the conductances and bounds them.
        lr: Learning rate, S²/V²; see `ConductiveLayer`, as for what follows.
        trainable: Learning changes the conductances.
        grad_func: See `TrainableLayer`; it gets the drops of all resistors, one after the other:
            window by window, each as the parameter's shape runs.
        weight_update_func: See `TrainableLayer`.
        max_relative_step: Largest change in one step, relative to the value; None: no limit.

    Examples:
        >>> from ebana_core.initializers import RandomUniform
        >>> from ebana_core.layers import CurrentLayer, InputVoltageLayer, ReshapeLayer
        >>> from ebana_core.model import Model
        >>> x = InputVoltageLayer(units=16, name="x")
        >>> plane = ReshapeLayer(name="plane", shape=(4, 4, 1))(x)
        >>> siemens = RandomUniform(1e-6, 1e-5)
        >>> conv = Conv2DLayer(filters=2, name="c", kernel_size=3, initializer=siemens)
        >>> model = Model([x], [CurrentLayer(name="y")(conv(plane))], seed=0)
        >>> model.parameters["c.conductance"].shape
        (3, 3, 1, 2)

    Source:
        The layer's names and its order of axes are those of Keras.
    """

    device = "conv_2d"

    filters: int = attrs.field(validator=check_units)
    kernel_size: tuple[int, int] = attrs.field(converter=pair, validator=check_pair)
    strides: tuple[int, int] = attrs.field(default=(1, 1), converter=pair, validator=check_pair)
    padding: Padding = attrs.field(default="valid", validator=check_padding)

    @property
    def _windows(self) -> Windows:
        return Windows(self.name, self.kernel_size, self.strides, self.padding)

    def output_shape(self, input_shapes: Sequence[Shape]) -> Shape:
        return (*self._windows.counts(input_shapes[0]), self.filters)

    def declarations(self, input_shapes: Sequence[Shape]) -> Sequence[Declaration]:
        (shape,) = input_shapes
        kernel = self._kernel_shape(shape)
        is_inside = self._is_inside(shape)
        numbers = np.arange(math.prod(kernel), dtype=np.intp).reshape(kernel)
        devices = np.broadcast_to(numbers, (*is_inside.shape, *kernel[2:]))
        # Without resistors beyond the border they no longer fill a box.
        own = devices.copy() if is_inside.all() else devices[is_inside].reshape(-1)
        return [attrs.evolve(self.conductance(kernel), devices=own)]

    def build(self, builder: CircuitBuilder, inputs: Sequence[IntArray]) -> IntArray:
        (nodes,) = inputs
        self._kernel_shape(nodes.shape)
        new_shape = self.output_shape([nodes.shape])
        new = builder.nodes(self.name, new_shape).reshape(-1, self.filters)
        topology = Tiles.between(self._windows.nodes(nodes), new)
        value = Parameter(self.parameter("conductance"), topology.places, devices=FLAT)
        builder.add(
            ElementArray(
                name=self.name,
                layer=self.name,
                topology=topology,
                law=Ohm(),
                values={"conductance": value},
            )
        )
        return new.reshape(new_shape)

    def _kernel_shape(self, shape: Shape) -> Shape:
        """Return the shape of the conductances at a plane.

        Raises:
            ShapeError: The plane is too small for some of them to be of any resistor.
            NotEnoughMemoryError: The resistors do not fit.
        """
        counts, channels = self._windows.counts(shape), self._windows.plane(shape)[2]
        kernel = (*self.kernel_size, channels, self.filters)
        n_devices = math.prod(counts) * math.prod(kernel)
        require_memory(
            BYTES_PER_DEVICE * n_devices,
            f"Layer {self.name!r} with {n_devices} resistors",
            "give it fewer filters, or larger strides",
        )
        if not self._is_inside(shape).any(axis=(0, 1)).all():
            raise ShapeError(
                f"Layer {self.name!r} has kernel_size={self.kernel_size} on a plane of "
                f"{tuple(shape[:2])} nodes: part of the kernel lies beyond it in every window.",
                "give a smaller kernel",
            )
        return kernel

    def _is_inside(self, shape: Shape) -> BoolArray:
        """Tell which cells of the windows have a node. See `Windows.cells`."""
        return self._windows.cells(shape) != OUTSIDE
