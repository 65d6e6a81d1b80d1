"""Shunt layers: one nonlinear device at every node of the input, which itself passes on."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

import attrs
import numpy as np

from ebana_core.circuit import GROUND, Branches, CircuitBuilder, ElementArray, Parameter
from ebana_core.circuit.elements import IntArray
from ebana_core.laws import Law
from ebana_core.layers.layer import Declaration, Shape
from ebana_core.layers.valued import ValuedLayer
from ebana_core.quantities import Quantity


@attrs.frozen(kw_only=True, eq=False)
class ShuntLayer(ValuedLayer):
    """Puts one device of `law` from every node of its input to ground.

    A subclass names its `device` and gives its `law`; it presents the nodes of its input.

    Args:
        name: See `Layer`.
        param: The law's values, one number or one per unit; defaults fill the rest.
        trainable: Names of the values that learning changes; True: what the device says.
        lr: See `ValuedLayer`, as for what follows.
        max_relative_step: See `ValuedLayer`.
        max_step: See `ValuedLayer`.
        limits: See `ValuedLayer`.
        grad_func: See `TrainableLayer`.
        weight_update_func: See `TrainableLayer`.
    """

    param: Mapping[str, Any] = attrs.field(factory=dict)

    @property
    @abstractmethod
    def law(self) -> Law:
        """The law of the devices. A class attribute will do."""

    @property
    def quantities(self) -> Sequence[Quantity]:
        return self.law.values

    @property
    def numbers(self) -> Mapping[str, Any]:
        return self.param

    def output_shape(self, input_shapes: Sequence[Shape]) -> Shape:
        return input_shapes[0]

    def declarations(self, input_shapes: Sequence[Shape]) -> Sequence[Declaration]:
        return self.declared(int(np.prod(input_shapes[0])))

    def ends(self, builder: CircuitBuilder, nodes: IntArray) -> tuple[IntArray, IntArray]:
        """Return heads and tails of the devices. Default: from each node to ground."""
        del builder
        return nodes, np.full(len(nodes), GROUND)

    def build(self, builder: CircuitBuilder, inputs: Sequence[IntArray]) -> IntArray:
        heads, tails = self.ends(builder, inputs[0].ravel())
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
