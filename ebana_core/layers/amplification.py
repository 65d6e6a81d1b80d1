"""The amplification layer: bidirectional amplifiers that restore the signal."""

from collections.abc import Mapping, Sequence
from typing import Any

import attrs
import numpy as np

from ebana_core.circuit import Amplifiers, CircuitBuilder, Parameter
from ebana_core.circuit.elements import IntArray
from ebana_core.layers.layer import Declaration, Layer, Shape, check_keys, declare_values
from ebana_core.quantities import quantity

VALUES = (
    quantity("gain", "1", nonzero=True, meaning="voltage gain, either sign"),
    quantity("shift", "V", default=0.0, meaning="voltage that the amplifier leaves unchanged"),
)


def _check_param(layer: Layer, _: object, param: Mapping[str, Any]) -> None:
    check_keys(layer, VALUES, param)


@attrs.frozen(kw_only=True, eq=False)
class AmplificationLayer(Layer):
    """One bidirectional amplifier per input node.

    Forwards ``v_out = shift + gain*(v_in - shift)``; backwards the input node loses ``I/gain``,
    with I the current that leaves the output node.

    Args:
        name: See `Layer`.
        param: ``gain`` (other than zero; one number or one per unit) and ``shift`` (V).

    Source:
        Kendall et al. 2020, arXiv:2006.01981, section 4 (bidirectional amplifiers).
    """

    device = "amplification"
    param: Mapping[str, Any] = attrs.field(validator=_check_param)

    def output_shape(self, input_shapes: Sequence[Shape]) -> Shape:
        return input_shapes[0]

    def declarations(self, input_shapes: Sequence[Shape]) -> Sequence[Declaration]:
        return declare_values(self, VALUES, self.param, int(np.prod(input_shapes[0])))

    def build(self, builder: CircuitBuilder, inputs: Sequence[IntArray]) -> IntArray:
        nodes = builder.nodes(self.name, (len(inputs[0]),))
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
