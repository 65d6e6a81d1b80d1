"""Layers that drive a network: input samples and constant biases."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

import attrs
import numpy as np

from ebana_core.arrays import Array, IntArray
from ebana_core.circuit import (
    GROUND,
    CircuitBuilder,
    Converter,
    Input,
    Parameter,
    VoltageSources,
)
from ebana_core.errors import ModelError, ParameterError
from ebana_core.layers.declaration import Declaration, Shape
from ebana_core.layers.layer import Layer
from ebana_core.layers.periphery import (
    add_resistors,
    as_pair,
    check_bits,
    check_range,
    check_source_resistance,
    levels_within,
    require_partner,
)
from ebana_core.layers.validators import as_texts, check_count, check_texts, check_units
from ebana_core.layers.valued import ValuedLayer
from ebana_core.quantities import quantity

DAC_RANGE = (-1.0, 1.0)
"""Range of a converter where none is given, V."""


def _check_dac_range(layer: Layer, field: Any, value: Any) -> None:
    check_range(layer, field, value)
    require_partner(layer, field, "dac_bits")


@attrs.frozen(kw_only=True, eq=False, slots=False)  # a base beside others that have slots
class SourceLayer(Layer):
    """Nodes that grounded voltage sources drive; a subclass holds their number, `units`.

    Args:
        name: See `Layer`.
        source_resistance: In series with every source, ohms; 0: ideal sources.
        dac_bits: Resolution of the converters that make the voltages; None: ideal ones.
        dac_range: Lowest and highest voltage of the converters, V; what is beyond is clipped;
            None: `DAC_RANGE`.
    """

    source_resistance: float = attrs.field(default=0.0, validator=check_source_resistance)
    dac_bits: int | None = attrs.field(
        default=None, validator=attrs.validators.optional(check_bits)
    )
    dac_range: tuple[float, float] | None = attrs.field(
        default=None, converter=as_pair, validator=attrs.validators.optional(_check_dac_range)
    )

    @property
    @abstractmethod
    def units(self) -> int:
        """Number of nodes."""

    @property
    def converter(self) -> Converter | None:
        """Converter that makes the voltages; None: ideal."""
        if self.dac_bits is None:
            return None
        low, high = self.dac_range or DAC_RANGE
        return Converter(int(self.dac_bits), float(low), float(high))

    def check_parents(self, parents: tuple[Layer, ...]) -> None:
        raise ModelError(
            f"Layer {self.name!r} is called on {[p.name for p in parents]}, but it is a source.",
            "use it as an input of other layers only",
        )

    def output_shape(self, input_shapes: Sequence[Shape]) -> Shape:
        return (self.units,)

    def _driven(self, builder: CircuitBuilder, voltage: Input | Parameter) -> IntArray:
        """Return the nodes that sources of `voltage` drive, behind their resistance."""
        nodes = builder.nodes(self.name, (self.units,))
        held = nodes
        if self.source_resistance:
            # The layer presents the far end of the resistance.
            held = builder.nodes(self.name, (self.units,), label="ideal")
        builder.add(
            VoltageSources(
                name=self.name,
                layer=self.name,
                heads=held,
                tails=[GROUND] * self.units,
                voltage=voltage,
            )
        )
        if self.source_resistance:
            add_resistors(builder, self, "source_resistance", held, nodes)
        return nodes


@attrs.frozen(kw_only=True, eq=False)
class InputVoltageLayer(SourceLayer):
    """Holds its nodes at the voltages of a sample, V; behind a resistance if it is given one.

    Args:
        units: Number of features.
        name: Also the key of its samples in a `DataSet`.
        source_resistance: See `SourceLayer`, as for what follows.
        dac_bits: Resolution of the converters.
        dac_range: Their range, V; samples beyond are clipped.
        columns: Names of the features: the columns that the layer takes of a table; empty: none.

    Raises:
        ParameterError: A setting of the periphery is out of range, or lacks its partner; or
            `columns` are not one different text per unit.
        ShapeError: `units` is not a whole number above zero.

    Examples:
        >>> InputVoltageLayer(units=4, name="x", dac_bits=6).units
        4
    """

    device = "input"

    units: int = attrs.field(validator=check_units)
    columns: tuple[str, ...] = attrs.field(default=(), converter=as_texts, validator=check_texts)

    def __attrs_post_init__(self) -> None:
        super().__attrs_post_init__()
        check_count(self, "columns", self.columns, self.units)

    def build(self, builder: CircuitBuilder, inputs: Sequence[IntArray]) -> IntArray:
        return self._driven(builder, Input(self.name, self.converter))


BIAS_VOLTAGE = quantity("bias_voltage", "V", meaning="voltage of the bias source")


@attrs.frozen(kw_only=True, eq=False)
class BiasVoltageLayer(SourceLayer, ValuedLayer):
    """Holds its nodes at a voltage, the same for every sample; behind a resistance if given one.

    With `dac_bits` the voltages are those that a converter can make, the nearest to what is
    given and, while it is trained, to what is wished: a wish of less than half a step changes
    nothing. What is assigned to the parameter by hand is taken as it is.

    Args:
        units: Number of nodes.
        name: See `Layer`.
        bias_voltage: One number, or one per unit, V.
        source_resistance: See `SourceLayer`, as for what follows.
        dac_bits: Resolution of the converters.
        dac_range: Their range, V.
        trainable: Learning changes the voltages; one number is trained as one.
        lr: Learning rate, V²/W.
        max_step: Largest change in one step, V, before it is rounded; None: no limit.
        limits: ``{"bias_voltage": (low, high)}``, V.
        weight_update_func: See `TrainableLayer`.

    Raises:
        ParameterError: As `InputVoltageLayer`; or the converters have no voltage within `limits`.
        ShapeError: `units` is not a whole number above zero.

    Examples:
        >>> bias = BiasVoltageLayer(units=2, name="bias", bias_voltage=[1.0, -1.0])
        >>> bias.bias_voltage
        [1.0, -1.0]
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
        return [self._converted(declaration) for declaration in self.declared(self.units)]

    def _converted(self, ideal: Declaration) -> Declaration:
        """Return the declaration of voltages that the converters can make."""
        converter = self.converter
        if converter is None:
            return ideal
        bounds = levels_within(converter, ideal.lower, ideal.upper)
        if bounds is None:
            raise ParameterError(
                f"Layer {self.name!r} has limits {(ideal.lower, ideal.upper)} V; its converters of "
                f"{converter.bits} bits from {converter.low:g} V to {converter.high:g} V have no "
                "voltage there.",
                "widen the limits, or give more dac_bits or another dac_range",
            )
        # The bounds are levels, so that clipping to them keeps what a converter makes.
        if ideal.trainable:
            ideal = attrs.evolve(ideal, lower=bounds[0], upper=bounds[1])
        return attrs.evolve(ideal, draw=lambda rng: converter.convert(ideal.draw(rng)))

    def program(
        self,
        name: str,
        values: Array,
        change: Array,
        rng: np.random.Generator,
        others: Mapping[str, Array],
    ) -> tuple[Array, Mapping[str, float]]:
        wished, record = super().program(name, values, change, rng, others)
        return wished if self.converter is None else self.converter.convert(wished), record

    def build(self, builder: CircuitBuilder, inputs: Sequence[IntArray]) -> IntArray:
        return self._driven(builder, Parameter(self.parameter("bias_voltage")))
