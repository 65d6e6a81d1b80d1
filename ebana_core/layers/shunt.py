"""Shunt layers: one nonlinear device at every node of the input, which itself passes on."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

import attrs
import numpy as np

from ebana_core.circuit import GROUND, Branches, CircuitBuilder, ElementArray, Parameter
from ebana_core.circuit.elements import IntArray
from ebana_core.laws import Law
from ebana_core.layers.layer import Declaration, Layer, Shape, check_keys, declare_values
from ebana_core.quantities import Quantity


def _check_param(layer: "ShuntLayer", _: object, param: Mapping[str, Any]) -> None:
    check_keys(layer, layer.quantities, layer.numbers)


@attrs.frozen(kw_only=True, eq=False)
class ShuntLayer(Layer):
    """Puts one device of `law` from every node of its input to ground.

    A subclass names its `device` and gives its `law`; it presents the nodes of its input.

    Args:
        name: See `Layer`.
        param: The law's values, one number or one per unit; defaults fill the rest.
    """

    param: Mapping[str, Any] = attrs.field(factory=dict, validator=_check_param)

    @property
    @abstractmethod
    def law(self) -> Law:
        """The law of the devices. A class attribute will do."""

    @property
    def quantities(self) -> Sequence[Quantity]:
        """What the devices take as values. Default: what the law does."""
        return self.law.values

    @property
    def numbers(self) -> Mapping[str, Any]:
        """The law's values among `param`. Default: all of it."""
        return self.param

    def output_shape(self, input_shapes: Sequence[Shape]) -> Shape:
        return input_shapes[0]

    def declarations(self, input_shapes: Sequence[Shape]) -> Sequence[Declaration]:
        units = int(np.prod(input_shapes[0]))
        return declare_values(self, self.quantities, self.numbers, units)

    def ends(self, builder: CircuitBuilder, nodes: IntArray) -> tuple[IntArray, IntArray]:
        """Return heads and tails of the devices. Default: from each node to ground."""
        del builder
        return nodes, np.full(len(nodes), GROUND)

    def build(self, builder: CircuitBuilder, inputs: Sequence[IntArray]) -> IntArray:
        heads, tails = self.ends(builder, inputs[0])
        builder.add(
            ElementArray(
                name=self.name,
                layer=self.name,
                topology=Branches(heads, tails),
                law=self.law,
                values={q.name: Parameter(self.parameter(q.name)) for q in self.law.values},
            )
        )
        return inputs[0]
