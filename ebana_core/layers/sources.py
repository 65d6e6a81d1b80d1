"""Layers that drive a network: input samples and constant biases."""

from collections.abc import Sequence
from typing import Any

import attrs

from ebana_core.circuit import GROUND, CircuitBuilder, Input, Parameter, VoltageSources
from ebana_core.circuit.elements import IntArray
from ebana_core.errors import ModelError
from ebana_core.layers.layer import Declaration, Layer, Shape, check_units, declare_values
from ebana_core.quantities import quantity


@attrs.frozen(kw_only=True, eq=False)
class SourceLayer(Layer):
    """Nodes that grounded ideal voltage sources fix.

    Args:
        units: Number of nodes.
        name: See `Layer`.
    """

    units: int = attrs.field(validator=check_units)

    def check_parents(self, parents: tuple[Layer, ...]) -> None:
        raise ModelError(
            f"Layer {self.name!r} is called on {[p.name for p in parents]}, but it is a source.",
            "use it as an input of other layers only",
        )

    def output_shape(self, input_shapes: Sequence[Shape]) -> Shape:
        return (self.units,)

    def _sources(self, builder: CircuitBuilder, voltage: Input | Parameter) -> IntArray:
        nodes = builder.nodes(self.name, (self.units,))
        builder.add(
            VoltageSources(
                name=self.name,
                layer=self.name,
                heads=nodes,
                tails=[GROUND] * self.units,
                voltage=voltage,
            )
        )
        return nodes


@attrs.frozen(kw_only=True, eq=False)
class InputVoltageLayer(SourceLayer):
    """Holds its nodes at the voltages of a sample, V.

    Args:
        units: Number of features.
        name: Also the key of its samples in a `DataSet`.
    """

    device = "input"

    def build(self, builder: CircuitBuilder, inputs: Sequence[IntArray]) -> IntArray:
        return self._sources(builder, Input(self.name))


BIAS_VOLTAGE = quantity("bias_voltage", "V", meaning="voltage of the bias source")


@attrs.frozen(kw_only=True, eq=False)
class BiasVoltageLayer(SourceLayer):
    """Holds its nodes at a constant voltage, the same for every sample.

    Args:
        units: Number of nodes.
        name: See `Layer`.
        bias_voltage: One number, or one per unit, V.
    """

    device = "bias"
    bias_voltage: Any

    def declarations(self, input_shapes: Sequence[Shape]) -> Sequence[Declaration]:
        given = {"bias_voltage": self.bias_voltage}
        return declare_values(self, [BIAS_VOLTAGE], given, self.units)

    def build(self, builder: CircuitBuilder, inputs: Sequence[IntArray]) -> IntArray:
        return self._sources(builder, Parameter(self.parameter("bias_voltage")))
