"""Layers that drive a network: input samples and constant biases."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

import attrs
import numpy as np

from ebana_core.circuit import (
    GROUND,
    Branches,
    CircuitBuilder,
    Constant,
    Converter,
    ElementArray,
    Input,
    Parameter,
    VoltageSources,
)
from ebana_core.circuit.elements import IntArray
from ebana_core.errors import ModelError, ParameterError
from ebana_core.laws import Ohm
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

    def _sources(
        self, builder: CircuitBuilder, voltage: Input | Parameter, label: str = ""
    ) -> IntArray:
        nodes = builder.nodes(self.name, (self.units,), label=label)
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


MOST_BITS = 24


def _check_resistance(layer: Layer, field: Any, value: float) -> None:
    if not 0 <= value < np.inf:
        raise ParameterError(
            f"Layer {layer.name!r} has {field.name}={value!r}.",
            "give a finite resistance of at least zero, ohms",
        )


def _check_bits(layer: Layer, _: object, value: int | None) -> None:
    is_whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
    if value is not None and not (is_whole and 1 <= value <= MOST_BITS):
        raise ParameterError(
            f"Layer {layer.name!r} has dac_bits={value!r}.",
            f"give a whole number from 1 to {MOST_BITS}, or None for ideal converters",
        )


def _check_range(layer: Layer, _: object, value: tuple[float, float]) -> None:
    low, high = value
    if not -np.inf < low < high < np.inf:
        raise ParameterError(
            f"Layer {layer.name!r} has dac_range={value!r}.",
            "give the lowest and the highest voltage, V",
        )


@attrs.frozen(kw_only=True, eq=False)
class InputVoltageLayer(SourceLayer):
    """Holds its nodes at the voltages of a sample, V; behind a resistance if it is given one.

    Args:
        units: Number of features.
        name: Also the key of its samples in a `DataSet`.
        source_resistance: In series with every source, ohms; 0: ideal sources.
        dac_bits: Resolution of the converters that make the voltages; None: ideal ones.
        dac_range: Lowest and highest voltage of the converters, V; samples beyond are clipped.
    """

    device = "input"

    units: int = attrs.field(validator=check_units)

    source_resistance: float = attrs.field(default=0.0, validator=_check_resistance)
    dac_bits: int | None = attrs.field(default=None, validator=_check_bits)
    dac_range: tuple[float, float] = attrs.field(
        default=(-1.0, 1.0), converter=tuple, validator=_check_range
    )

    def build(self, builder: CircuitBuilder, inputs: Sequence[IntArray]) -> IntArray:
        converter = None if self.dac_bits is None else Converter(self.dac_bits, *self.dac_range)
        voltage = Input(self.name, converter)
        if not self.source_resistance:
            return self._sources(builder, voltage)
        nodes = builder.nodes(self.name, (self.units,))
        ideal = self._sources(builder, voltage, label="ideal")
        builder.add(
            ElementArray(
                name=f"{self.name}_source_resistance",
                layer=self.name,
                topology=Branches(ideal, nodes),
                law=Ohm(),
                values={"conductance": Constant(np.array(1 / self.source_resistance))},
            )
        )
        return nodes


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
