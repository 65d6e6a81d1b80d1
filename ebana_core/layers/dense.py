"""The dense layer: a crossbar of resistors."""

from collections.abc import Mapping, Sequence

import attrs
import numpy as np

from ebana_core.arrays import Array
from ebana_core.circuit import CircuitBuilder, Crossbar, ElementArray, Parameter
from ebana_core.circuit.elements import IntArray
from ebana_core.errors import ParameterError
from ebana_core.initializers import Initializer
from ebana_core.laws import Ohm
from ebana_core.layers.layer import Declaration, Layer, Shape, check_units
from ebana_core.layers.trainable import TrainableLayer


def _check_relative_step(layer: Layer, _: object, value: float | None) -> None:
    if value is not None and not 0 < value < 1:
        raise ParameterError(
            f"Layer {layer.name!r} has max_relative_step={value!r}.",
            "give a number between 0 and 1 (exclusive), or None for no limit",
        )


def _check_initializer(layer: Layer, _: object, value: Initializer) -> None:
    if not isinstance(value, Initializer):
        raise ParameterError(
            f"Layer {layer.name!r} has initializer={value!r}, which is not an initializer.",
            "give one of ebana_core.initializers, for example RandomUniform(1e-7, 1e-6)",
        )


@attrs.frozen(kw_only=True, eq=False)
class DenseLayer(TrainableLayer):
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
    """

    device = "dense"
    programs_in_blocks = True

    units: int = attrs.field(validator=check_units)
    initializer: Initializer = attrs.field(validator=_check_initializer)
    trainable: bool = True
    max_relative_step: float | None = attrs.field(default=0.5, validator=_check_relative_step)

    def output_shape(self, input_shapes: Sequence[Shape]) -> Shape:
        return (self.units,)

    def declarations(self, input_shapes: Sequence[Shape]) -> Sequence[Declaration]:
        (n_in,) = (int(np.prod(shape)) for shape in input_shapes)
        shape = (n_in, self.units)
        return [
            Declaration(
                quantity=Ohm.values[0],
                shape=shape,
                draw=lambda rng: self.initializer.draw(shape, rng),
                lower=self.initializer.lower,
                upper=self.initializer.upper,
                **self.learning,
            )
        ]

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

    def program(
        self, name: str, values: Array, change: Array, rng: np.random.Generator
    ) -> tuple[Array, Mapping[str, Array]]:
        if self.max_relative_step is not None:
            limit = self.max_relative_step * values
            np.clip(change, -limit, limit, out=change)
        change += values
        return change, {}
