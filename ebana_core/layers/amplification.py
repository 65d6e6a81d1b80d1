"""The amplification layer: bidirectional amplifiers that restore the signal."""

from collections.abc import Mapping, Sequence
from typing import Any

import attrs
import numpy as np

from ebana_core.circuit import Amplifiers, CircuitBuilder, Parameter
from ebana_core.circuit.elements import IntArray
from ebana_core.layers.layer import Declaration, Shape
from ebana_core.layers.valued import ValuedLayer
from ebana_core.quantities import quantity

VALUES = (
    quantity("gain", "1", nonzero=True, meaning="voltage gain, either sign"),
    quantity("shift", "V", default=0.0, meaning="voltage that the amplifier leaves unchanged"),
)


@attrs.frozen(kw_only=True, eq=False)
class AmplificationLayer(ValuedLayer):
    """One bidirectional amplifier per input node.

    Forwards ``v_out = shift + gain*(v_in - shift)``; backwards the input node loses ``I/gain``,
    with I the current that leaves the output node.

    Args:
        name: See `Layer`.
        param: ``gain`` (other than zero; one number or one per unit) and ``shift`` (V).
        trainable: ``"gain"``, ``"shift"`` or both; True: both.
        lr: Learning rate, of a gain 1/W, of a shift V²/W; or value name to learning rate.
        max_relative_step: Of the gain; see `ValuedLayer`.
        max_step: Of the shift, V; see `ValuedLayer`.
        limits: See `ValuedLayer`.
        weight_update_func: See `TrainableLayer`.

    Source:
        Kendall et al. 2020, arXiv:2006.01981, section 4 (bidirectional amplifiers).
    """

    device = "amplification"
    trained = ("gain", "shift")
    quantities = VALUES

    param: Mapping[str, Any]

    @property
    def numbers(self) -> Mapping[str, Any]:
        return self.param

    def output_shape(self, input_shapes: Sequence[Shape]) -> Shape:
        return input_shapes[0]

    def declarations(self, input_shapes: Sequence[Shape]) -> Sequence[Declaration]:
        return self.declared(int(np.prod(input_shapes[0])))

    def build(self, builder: CircuitBuilder, inputs: Sequence[IntArray]) -> IntArray:
        nodes = builder.nodes(self.name, inputs[0].shape)
        builder.add(
            Amplifiers(
                name=self.name,
                layer=self.name,
                inputs=inputs[0],
                outputs=nodes,
                gain=Parameter(self.parameter("gain")),
                shift=Parameter(self.parameter("shift")),
            )
        )
        return nodes
