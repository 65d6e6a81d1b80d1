"""The input current layer: currents that differ between samples, into the nodes of its input."""

from collections.abc import Mapping, Sequence
from typing import Any

import attrs
import numpy as np

from ebana_core.arrays import IntArray
from ebana_core.circuit import CircuitBuilder, Parameter, TerminalDevices
from ebana_core.errors import ModelError, ShapeError
from ebana_core.laws.transconductor import Transconductor
from ebana_core.layers.declaration import Declaration, Shape
from ebana_core.layers.layer import Layer
from ebana_core.layers.sources import InputVoltageLayer
from ebana_core.layers.valued import ValuedLayer
from ebana_core.quantities import Quantity


@attrs.frozen(kw_only=True, eq=False)
class InputCurrentLayer(ValuedLayer):
    """Delivers the currents of a sample into nodes: ``InputCurrentLayer(name="c")([d1, i])``.

    It is called on two layers. Into the nodes of the first, which it presents, it delivers one
    current each: the numbers that a sample has for the second, an `InputVoltageLayer`, times
    `transconductance`. With 1 S, the default, these numbers are amperes; with 1e-6 S, microamperes.

    Args:
        name: See `Layer`.
        transconductance: Current per number of the sample, S; one for all nodes, or one per node.
        trainable: Learning changes the transconductances.
        lr: Learning rate, S²/V².
        max_relative_step: See `ValuedLayer`, as for what follows.
        max_step: Largest change in one step, S; None: no limit.
        limits: ``{"transconductance": (low, high)}``, S.
        grad_func: Not for this layer: what it measures is no drop of a branch.
        weight_update_func: See `TrainableLayer`.

    Raises:
        ModelError: It is not called on a layer and an ideal `InputVoltageLayer`.
        ShapeError: The two have different numbers of nodes.

    Examples:
        >>> from ebana_core.initializers import Given
        >>> from ebana_core.layers import CurrentLayer, DenseLayer, InputVoltageLayer
        >>> from ebana_core.model import Model
        >>> x, i = InputVoltageLayer(units=1, name="x"), InputVoltageLayer(units=1, name="i")
        >>> node = DenseLayer(units=1, name="d", initializer=Given(1e-6))(x)
        >>> driven = InputCurrentLayer(name="c")([node, i])
        >>> model = Model([x, i], [CurrentLayer(name="y", fold=False)(driven)])
        >>> model.operating_points({"x": [[0.0]], "i": [[3e-7]]}).at("d").round(9)  # over 1 µS
        array([[0.3]])
    """

    device = "input_current"
    trained = ("transconductance",)

    transconductance: Any = 1.0

    @property
    def quantities(self) -> Sequence[Quantity]:
        return Transconductor.values

    @property
    def numbers(self) -> Mapping[str, Any]:
        return {"transconductance": self.transconductance}

    def check_parents(self, parents: tuple[Layer, ...]) -> None:
        is_pair = len(parents) == 2 and isinstance(parents[1], InputVoltageLayer)
        if not is_pair or parents[1].source_resistance:  # type: ignore[attr-defined]  # it is one
            raise ModelError(
                f"Layer {self.name!r} is called on {[parent.name for parent in parents]}.",
                "call it on two layers: the one whose nodes get the currents, and an "
                "InputVoltageLayer without source_resistance that holds their samples",
            )

    def output_shape(self, input_shapes: Sequence[Shape]) -> Shape:
        nodes, samples = (int(np.prod(shape)) for shape in input_shapes)
        if nodes != samples:
            raise ShapeError(
                f"Layer {self.name!r} delivers into {nodes} nodes and gets samples of {samples}.",
                f"give the input layer units={nodes}",
            )
        return input_shapes[0]

    def declarations(self, input_shapes: Sequence[Shape]) -> Sequence[Declaration]:
        return self.declared(int(np.prod(input_shapes[0])))

    def build(self, builder: CircuitBuilder, inputs: Sequence[IntArray]) -> IntArray:
        nodes, controls = (array.ravel() for array in inputs)
        builder.add(
            TerminalDevices(
                name=self.name,
                layer=self.name,
                nodes=np.stack([controls, nodes], axis=1),
                law=Transconductor(),
                values={"transconductance": Parameter(self.parameter("transconductance"))},
            )
        )
        return inputs[0]
