"""The diode layer: one diode of a chosen kind at every node of its input."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import attrs
import numpy as np

from ebana_core.arrays import BoolArray, IntArray
from ebana_core.checking import check_word, shown
from ebana_core.circuit import GROUND, CircuitBuilder, Clamps, Parameter, VoltageSources
from ebana_core.errors import ParameterError, ShapeError
from ebana_core.laws import Law
from ebana_core.layers import Shape, ShuntLayer
from ebana_core.layers.validators import as_texts
from ebana_core.quantities import Quantity, quantity
from ebana_diode_mos.kinds import (
    IDEAL,
    KINDS,
    PAPERS,
    UNDIRECTED,
    check_param_keys,
    check_points,
    diode_law,
    numbers_of,
)

DIRECTIONS = ("down", "up")
BIAS_VOLTAGE = quantity("bias_voltage", "V", meaning="voltage of the diode's far end")


Direction = str | tuple[str, ...] | None


def _check_kind(layer: "DiodeLayer", field: Any, kind: Any) -> None:
    check_word(kind, f"Layer {layer.name!r} has {field.name}", sorted(KINDS))


def _check_direction(layer: "DiodeLayer", _: object, direction: Any) -> None:
    if (direction is None) != (layer.kind in UNDIRECTED):
        takes = "takes no direction" if direction is not None else "needs a direction"
        raise ParameterError(
            f"Layer {layer.name!r} has direction={shown(direction)}; kind {layer.kind!r} {takes}.",
            "leave it out" if direction is not None else f"give one of {list(DIRECTIONS)}",
        )
    given = direction if isinstance(direction, tuple) else (direction,)
    if direction is not None and not all(
        isinstance(item, str) and item in DIRECTIONS for item in given
    ):
        raise ParameterError(
            f"Layer {layer.name!r} has direction={shown(direction)}.",
            f"give one of {list(DIRECTIONS)}, or one per unit",
        )


@attrs.frozen(kw_only=True, eq=False)
class DiodeLayer(ShuntLayer):
    """A diode from every node of the input to a source of `bias_voltage`.

    ``down`` draws current out of a node above ``bias_voltage`` + threshold, ``up`` delivers
    current into a node below ``bias_voltage`` - threshold. The layer presents the nodes of its
    input and creates none that users see.

    Args:
        name: Lower-case letters, digits and single underscores.
        kind: ``"behavioral"`` (VTH, RON, ROFF), ``"real"`` (IS, N, RS, temperature; or
            model_name and path of a SPICE file), ``"mos"`` (channel, VTO, KP, LAMBDA, W, L,
            temperature; or model_name and path with W, L, temperature), ``"shockley"`` or
            ``"antiparallel"`` (IS, a, V_off), ``"table"`` (scale; `voltages` and `currents`), or
            ``"ideal"`` (nothing: the node never passes `bias_voltage`, and takes no current before
            it).
        direction: ``"down"``, ``"up"``, or one of them per unit; none for an antiparallel
            pair, which conducts both ways.
        voltages: Of kind ``"table"``: drops at which a device was measured, rising, V. Numbers of
            a table are kept in eleven digits, as ngspice reads them.
        currents: What it carried there, never falling, A. Between the points the law is straight
            lines; before the first and behind the last point their slopes go on.
        bias_voltage: Source at the diode's far end against ground, V; one number or one per
            unit.
        param: Values of the kind, one number or one per unit; defaults fill the rest.
        trainable: Names of values that learning changes, ``"bias_voltage"`` or those of
            `param`; True: the bias voltage.
        lr: Learning rate, of a voltage V²/W; or value name to learning rate.
        max_relative_step: See `ValuedLayer`.
        max_step: Largest change of a voltage in one step, V; see `ValuedLayer`.
        limits: See `ValuedLayer`.
        grad_func: See `TrainableLayer`; for values of `param` only.
        weight_update_func: See `TrainableLayer`.

    Examples:
        >>> from ebana_core import Model
        >>> from ebana_core.initializers import RandomUniform
        >>> from ebana_core.layers import CurrentLayer, DenseLayer, InputVoltageLayer
        >>> x = InputVoltageLayer(units=1, name="x")
        >>> d = DenseLayer(units=2, name="d", initializer=RandomUniform(1e-6, 1e-5))(x)
        >>> down = DiodeLayer(name="down", direction="down", param={"VTH": 0.3})(d)
        >>> model = Model([x], [CurrentLayer(name="y")(down)], seed=0)
        >>> model.operating_points({"x": [[1.0], [-1.0]]}).at("d").round(3)  # V
        array([[ 0.3,  0.3],
               [-1. , -1. ]])
    """

    device: ClassVar[str] = "diode"
    trained = ("bias_voltage",)

    kind: str = attrs.field(default="behavioral", validator=_check_kind)
    direction: Direction = attrs.field(default=None, converter=as_texts, validator=_check_direction)
    bias_voltage: Any = 0.0
    voltages: Any = None
    currents: Any = None

    def __attrs_post_init__(self) -> None:
        check_points(self.name, self.kind, {"voltages": self.voltages, "currents": self.currents})
        check_param_keys(self.name, self.kind, self.param)
        super().__attrs_post_init__()

    @property
    def papers(self) -> tuple[str, ...]:
        return PAPERS.get(self.kind, ())

    @property
    def law(self) -> Law:
        return diode_law(self.name, self.kind, self.param, (self.voltages, self.currents))

    @property
    def quantities(self) -> Sequence[Quantity]:
        return (*(() if self.kind == IDEAL else self.law.values), BIAS_VOLTAGE)

    @property
    def numbers(self) -> Mapping[str, Any]:
        return {**numbers_of(self.kind, self.param), "bias_voltage": self.bias_voltage}

    def output_shape(self, input_shapes: Sequence[Shape]) -> Shape:
        units = int(np.prod(input_shapes[0]))
        if isinstance(self.direction, tuple) and len(self.direction) != units:
            raise ShapeError(
                f"Layer {self.name!r} has {len(self.direction)} directions for {units} units.",
                f"give one direction or {units}",
            )
        return super().output_shape(input_shapes)

    def build(self, builder: CircuitBuilder, inputs: Sequence[IntArray]) -> IntArray:
        if self.kind != IDEAL:
            return super().build(builder, inputs)
        nodes = inputs[0].ravel()
        builder.add(
            Clamps(
                name=self.name,
                layer=self.name,
                nodes=nodes,
                is_upper=self._is_down(nodes),
                bound=Parameter(self.parameter("bias_voltage")),
            )
        )
        return inputs[0]

    def ends(self, builder: CircuitBuilder, nodes: IntArray) -> tuple[IntArray, IntArray]:
        n_rails = int(np.size(self.bias_voltage))
        # One source serves all units where the bias voltage is one number.
        rails = builder.nodes(self.name, (n_rails,), label="rail")
        builder.add(
            VoltageSources(
                name=f"{self.name}_rail",
                layer=self.name,
                heads=rails,
                tails=np.full(n_rails, GROUND),
                voltage=Parameter(self.parameter("bias_voltage")),
            )
        )
        far = np.broadcast_to(rails, nodes.shape)
        down = self._is_down(nodes)
        return np.where(down, nodes, far), np.where(down, far, nodes)

    def _is_down(self, nodes: IntArray) -> BoolArray:
        return np.broadcast_to(np.array(self.direction) != "up", nodes.shape)
