"""The concatenate layer: several layers seen as one; it adds nothing to the circuit."""

from collections.abc import Sequence

import attrs
import numpy as np

from ebana_core.circuit import CircuitBuilder
from ebana_core.circuit.elements import IntArray
from ebana_core.errors import ModelError
from ebana_core.layers.layer import Layer, Shape


@attrs.frozen(kw_only=True, eq=False)
class ConcatenateLayer(Layer):
    """Presents the nodes of its inputs one after the other.

    Args:
        name: See `Layer`.
    """

    device = "concatenate"

    def check_parents(self, parents: tuple[Layer, ...]) -> None:
        if not parents:
            raise ModelError(
                f"Layer {self.name!r} is called on an empty list.",
                "call it on at least one layer",
            )

    def output_shape(self, input_shapes: Sequence[Shape]) -> Shape:
        return (sum(int(np.prod(shape)) for shape in input_shapes),)

    def build(self, builder: CircuitBuilder, inputs: Sequence[IntArray]) -> IntArray:
        return np.concatenate(list(inputs))
