"""The current layer: the outputs of a network, read as voltages and nudged by currents."""

from collections.abc import Callable, Sequence

import attrs
import numpy as np

from ebana_core.activations import activation_function
from ebana_core.arrays import Array, IntArray
from ebana_core.circuit import GROUND, CircuitBuilder, CurrentSources
from ebana_core.errors import ShapeError
from ebana_core.layers.declaration import Shape
from ebana_core.layers.layer import Layer
from ebana_core.layers.validators import as_texts, check_count, check_texts
from ebana_core.validators import truth

Activation = str | Callable[[Array], Array] | None


def _check_activation(_: Layer, __: object, activation: Activation) -> None:
    activation_function(activation)


@attrs.frozen(kw_only=True, eq=False)
class CurrentLayer(Layer):
    """A current source at every output, off in the free phase.

    Args:
        name: See `Layer`; also the key of its targets in a `DataSet`.
        fold: A prediction is the difference of two neighbouring nodes (first minus second), so
            that it can be negative though conductances cannot; False: one node, one prediction.
        activation: Shapes what `predict` returns: None (raw volts), ``"softmax"``,
            ``"sigmoid"``, ``"sparsemax"`` or a callable. Losses always act on raw volts.
        classes: What each prediction stands for, for labels that are names; empty: nothing.

    Examples:
        >>> CurrentLayer(name="y").output_shape([(4,)])  # of four nodes: two outputs
        (2,)
    """

    device = "current"
    fold: bool = attrs.field(default=True, validator=truth)
    activation: Activation = attrs.field(default=None, validator=_check_activation)
    classes: tuple[str, ...] = attrs.field(default=(), converter=as_texts, validator=check_texts)

    def output_shape(self, input_shapes: Sequence[Shape]) -> Shape:
        width = int(np.prod(input_shapes[0]))
        if self.fold and width % 2:
            raise ShapeError(
                f"Layer {self.name!r} folds pairs of nodes, but its input has {width} nodes.",
                "give the layer before it an even number of units, or set fold=False",
            )
        n_predictions = width // 2 if self.fold else width
        check_count(self, "classes", self.classes, n_predictions)
        return (n_predictions,)

    def build(self, builder: CircuitBuilder, inputs: Sequence[IntArray]) -> IntArray:
        nodes = inputs[0].ravel()
        heads = nodes[0::2] if self.fold else nodes
        tails = nodes[1::2] if self.fold else np.full(len(nodes), GROUND)
        builder.add(CurrentSources(name=self.name, layer=self.name, heads=heads, tails=tails))
        return nodes
