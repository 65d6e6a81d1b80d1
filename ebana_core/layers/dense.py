"""The dense layer: a crossbar of resistors."""

from collections.abc import Sequence

import attrs
import numpy as np

from ebana_core.arrays import IntArray
from ebana_core.circuit import CircuitBuilder, Crossbar, ElementArray, Parameter
from ebana_core.laws import Ohm
from ebana_core.layers.conductive import ConductiveLayer
from ebana_core.layers.declaration import Declaration, Shape
from ebana_core.layers.validators import check_units


@attrs.frozen(kw_only=True, eq=False)
class DenseLayer(ConductiveLayer):
    """A resistor between every input node and every one of `units` new nodes.

    Its parameter is ``conductance``, S, shape ``(n_in, units)``.

    Args:
        units: Number of new nodes.
        name: See `Layer`.
        initializer: Draws the conductances and bounds them.
        lr: Learning rate, S²/V²: the change is ``-lr * gradient``, the gradient in V²/S;
            a number or a callable of the step.
        trainable: Learning changes the conductances.
        grad_func: See `TrainableLayer`.
        weight_update_func: See `TrainableLayer`.
        max_relative_step: Largest change in one step, relative to the value; None: no limit.

    Examples:
        >>> from ebana_core.initializers import RandomUniform
        >>> from ebana_core.layers import CurrentLayer, InputVoltageLayer
        >>> from ebana_core.model import Model
        >>> x = InputVoltageLayer(units=3, name="x")
        >>> crossbar = DenseLayer(units=2, name="d", lr=1e-7, initializer=RandomUniform(1e-6, 1e-5))
        >>> model = Model([x], [CurrentLayer(name="y")(crossbar(x))], seed=0)
        >>> model.parameters["d.conductance"].shape
        (3, 2)
    """

    device = "dense"

    units: int = attrs.field(validator=check_units)

    def output_shape(self, input_shapes: Sequence[Shape]) -> Shape:
        return (self.units,)

    def declarations(self, input_shapes: Sequence[Shape]) -> Sequence[Declaration]:
        (n_in,) = (int(np.prod(shape)) for shape in input_shapes)
        return [self.conductance((n_in, self.units))]

    def build(self, builder: CircuitBuilder, inputs: Sequence[IntArray]) -> IntArray:
        nodes = builder.nodes(self.name, (self.units,))
        builder.add(
            ElementArray(
                name=self.name,
                layer=self.name,
                topology=Crossbar(inputs[0], nodes),
                law=Ohm(),
                values={"conductance": Parameter(self.parameter("conductance"))},
            )
        )
        return nodes
