"""Layers that drive a network: input samples and constant biases."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

import attrs

from ebana_core.circuit import GROUND, CircuitBuilder, Input, Parameter, VoltageSources
from ebana_core.circuit.elements import IntArray
from ebana_core.errors import ModelError
from ebana_core.layers.layer import Declaration, Layer, Shape, check_units
from ebana_core.layers.valued import ValuedLayer
from ebana_core.quantities import quantity


@attrs.frozen(kw_only=True, eq=False)
class SourceLayer(Layer):
    """Nodes that grounded ideal voltage sources fix; a subclass holds their number, `units`."""

    @property
    @abstractmethod
    def units(self) -> int:
        """Number of nodes."""

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

    units: int = attrs.field(validator=check_units)

    def build(self, builder: CircuitBuilder, inputs: Sequence[IntArray]) -> IntArray:
        return self._sources(builder, Input(self.name))


BIAS_VOLTAGE = quantity("bias_voltage", "V", meaning="voltage of the bias source")


@attrs.frozen(kw_only=True, eq=False)
class BiasVoltageLayer(SourceLayer, ValuedLayer):
    """Holds its nodes at a voltage, the same for every sample.

    Args:
        units: Number of nodes.
        name: See `Layer`.
        bias_voltage: One number, or one per unit, V.
        trainable: Learning changes the voltages; one number is trained as one.
        lr: Learning rate, V²/W.
        max_step: Largest change in one step, V; None: no limit.
        limits: ``{"bias_voltage": (low, high)}``, V.
        weight_update_func: See `TrainableLayer`.
    """

    device = "bias"
    trained = ("bias_voltage",)
    quantities = (BIAS_VOLTAGE,)

    units: int = attrs.field(validator=check_units)
    bias_voltage: Any

    @property
    def numbers(self) -> Mapping[str, Any]:
        return {"bias_voltage": self.bias_voltage}

    def declarations(self, input_shapes: Sequence[Shape]) -> Sequence[Declaration]:
        return self.declared(self.units)

    def build(self, builder: CircuitBuilder, inputs: Sequence[IntArray]) -> IntArray:
        return self._sources(builder, Parameter(self.parameter("bias_voltage")))
