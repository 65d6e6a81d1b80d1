"""The amplification layer: bidirectional amplifiers that restore the signal."""

from collections.abc import Mapping, Sequence
from typing import Any

import attrs
import numpy as np

from ebana_core.arrays import IntArray
from ebana_core.circuit import (
    GROUND,
    Amplifiers,
    CircuitBuilder,
    Constant,
    Parameter,
    TerminalDevices,
    VoltageSources,
)
from ebana_core.circuit.elements import Value
from ebana_core.errors import ParameterError
from ebana_core.laws.saturating import LEAST_GAIN, SaturatingAmplifier
from ebana_core.layers.declaration import Declaration, Shape
from ebana_core.layers.layer import Layer
from ebana_core.layers.periphery import (
    add_resistors,
    as_pair,
    check_range,
    check_resistance,
    require_partner,
)
from ebana_core.layers.validators import check_mapping
from ebana_core.layers.valued import ValuedLayer
from ebana_core.papers.entries import KENDALL_2020
from ebana_core.quantities import Quantity, quantity

VALUES = (
    quantity(
        "gain",
        "1",
        at_least=-1 / LEAST_GAIN,
        at_most=1 / LEAST_GAIN,
        least_size=LEAST_GAIN,
        meaning="voltage gain, either sign",
    ),
    quantity("shift", "V", default=0.0, meaning="voltage that the amplifier leaves unchanged"),
)
OFFSET = quantity("offset", "V", meaning="what a real amplifier adds to its input")


OUTPUT_RESISTANCE = 1.0
"""Resistance in series with a limited output where none is given, ohms."""


def _check_output_resistance(layer: Layer, field: Any, value: Any) -> None:
    check_resistance(layer, field, value)
    require_partner(layer, field, "saturation")


def _check_offset(layer: Layer, field: Any, value: Any) -> None:
    OFFSET.check(value, layer.parameter("offset"))


@attrs.frozen(kw_only=True, eq=False)
class AmplificationLayer(ValuedLayer):
    """One bidirectional amplifier per input node.

    Forwards ``v_out = shift + gain*(v_in - shift)``; backwards the input node loses ``I/gain``,
    with I the current that leaves the output node. A real one adds its offset to the input and
    draws a current of its own: its input resistance is to ground. The output of one with a
    `saturation` ends at its supplies, behind its output resistance; its input still loses
    ``I/gain``, so that the circuit is not reciprocal: train it with ``gradient="local"``.

    Args:
        name: See `Layer`.
        param: ``gain`` (other than zero; one number or one per unit) and ``shift`` (V).
        offset: Voltage added to the input, V, one number or one per unit; None: none.
        input_resistance: Of every input to ground, ohms; None: infinite.
        saturation: Lowest and highest output, V; None: unlimited.
        output_resistance: Behind a limited output, ohms; None: `OUTPUT_RESISTANCE`.
        trainable: ``"gain"``, ``"shift"`` (or ``"offset"``), or several; True: the first two.
        lr: Learning rate, of a gain 1/W, of a shift V²/W; or value name to learning rate.
        max_relative_step: Of the gain; see `ValuedLayer`.
        max_step: Of the shift, V; see `ValuedLayer`.
        limits: See `ValuedLayer`.
        weight_update_func: See `TrainableLayer`.

    Raises:
        ParameterError: A setting of the periphery is out of range or lacks its partner, or a
            limited amplifier is to be trained.

    Examples:
        >>> from ebana_core.layers import CurrentLayer, InputVoltageLayer
        >>> from ebana_core.model import Model
        >>> x = InputVoltageLayer(units=2, name="x")
        >>> four_times = AmplificationLayer(name="amp", param={"gain": 4.0})(x)
        >>> model = Model([x], [CurrentLayer(name="y")(four_times)])
        >>> model.operating_points({"x": [[0.1, -0.2]]}).at("amp")
        array([[ 0.4, -0.8]])

    Source:
        Kendall et al. 2020, arXiv:2006.01981, section 4 (bidirectional amplifiers).
    """

    device = "amplification"
    trained = ("gain", "shift")

    param: Mapping[str, Any] = attrs.field(validator=check_mapping)
    offset: Any = attrs.field(default=None, validator=attrs.validators.optional(_check_offset))
    input_resistance: float | None = attrs.field(
        default=None, validator=attrs.validators.optional(check_resistance)
    )
    saturation: tuple[float, float] | None = attrs.field(
        default=None, converter=as_pair, validator=attrs.validators.optional(check_range)
    )
    output_resistance: float | None = attrs.field(
        default=None, validator=attrs.validators.optional(_check_output_resistance)
    )

    @property
    def papers(self) -> tuple[str, ...]:
        return (KENDALL_2020,)

    def __attrs_post_init__(self) -> None:
        super().__attrs_post_init__()
        if self.saturation is not None and self.trained_names:
            raise ParameterError(
                f"Layer {self.name!r} has saturation={self.saturation} and "
                f"trainable={self.trained_names}.",
                "train gains and shifts without a saturation: beyond it they have no local rule",
            )

    @property
    def quantities(self) -> Sequence[Quantity]:
        return VALUES if self.offset is None else (*VALUES, OFFSET)

    @property
    def numbers(self) -> Mapping[str, Any]:
        return self.param if self.offset is None else {**self.param, "offset": self.offset}

    def output_shape(self, input_shapes: Sequence[Shape]) -> Shape:
        return input_shapes[0]

    def declarations(self, input_shapes: Sequence[Shape]) -> Sequence[Declaration]:
        return self.declared(int(np.prod(input_shapes[0])))

    def build(self, builder: CircuitBuilder, inputs: Sequence[IntArray]) -> IntArray:
        nodes, own = builder.nodes(self.name, inputs[0].shape), inputs[0].ravel()
        # At the input itself: behind the offset it would draw a current at no input.
        if self.input_resistance is not None:
            ground = np.full(len(own), GROUND)
            add_resistors(builder, self, "input_resistance", own, ground)
        if self.offset is not None:
            shifted = builder.nodes(self.name, inputs[0].shape, label="offset")
            builder.add(
                VoltageSources(
                    name=f"{self.name}_offset",
                    layer=self.name,
                    heads=shifted,
                    tails=own,
                    voltage=Parameter(self.parameter("offset")),
                )
            )
            own = shifted.ravel()
        if self.saturation is not None:
            self._add_saturating(builder, own, nodes)
            return nodes
        builder.add(
            Amplifiers(
                name=self.name,
                layer=self.name,
                inputs=own,
                outputs=nodes,
                gain=Parameter(self.parameter("gain")),
                shift=Parameter(self.parameter("shift")),
            )
        )
        return nodes

    def _add_saturating(self, builder: CircuitBuilder, inputs: IntArray, outputs: IntArray) -> None:
        assert self.saturation is not None
        low, high = self.saturation
        resistance = self.output_resistance or OUTPUT_RESISTANCE
        fixed = {"low": low, "high": high, "resistance": resistance}
        values: dict[str, Value] = {k: Constant(np.array(float(v))) for k, v in fixed.items()}
        values |= {item.name: Parameter(self.parameter(item.name)) for item in VALUES}
        currents = builder.nodes(self.name, inputs.shape, label="current")
        builder.add(
            TerminalDevices(
                name=self.name,
                layer=self.name,
                nodes=np.stack([inputs, outputs.ravel(), currents], axis=1),
                law=SaturatingAmplifier(),
                values=values,
            )
        )
