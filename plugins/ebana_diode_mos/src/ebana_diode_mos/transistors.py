"""What layers of trained transistors have in common: their model, their ties, and their gates."""

import math
from collections.abc import Mapping
from typing import Any

import attrs
import numpy as np

from ebana_core.arrays import Array, IntArray
from ebana_core.checking import as_number, check_word, checked_number, checked_numbers, shown
from ebana_core.circuit import Parameter, TerminalDevices
from ebana_core.circuit.elements import FLAT
from ebana_core.errors import ParameterError, ShapeError
from ebana_core.initializers import Initializer
from ebana_core.laws.transistor_branch import FACTOR, GATE, OFFSET, TransistorBranch
from ebana_core.layers import Declaration, Layer, Shape, TrainableLayer
from ebana_core.layers.validators import given
from ebana_core.papers.entries import DILLAVOU_2024
from ebana_core.quantities import Quantity
from ebana_core.units import in_unit
from ebana_core.user_warnings import warn
from ebana_core.validators import truth
from ebana_diode_mos.transistor_models import (
    TYPES,
    lowered,
    transistor_law,
    typed_model,
    words_of_file,
)

BODIES, REFERENCES = ("ground", "drain", "source", "floating"), ("ground", "drain", "source")


def _channel_of(value: Any, layer: Any) -> Any:
    if value is not None:
        check_word(value, f"Layer {layer.name!r} has channel", tuple(TYPES))
    return value


def _model_of(value: Any, layer: Any) -> Mapping[str, Any]:
    if isinstance(value, Mapping):
        return typed_model(layer.name, value)
    if value is not None:
        return words_of_file(layer.name, value, layer.model_name)
    if layer.model_name is not None:
        raise ParameterError(
            f"Layer {layer.name!r} has model_name={layer.model_name!r} and no model.",
            "give the SPICE file that holds it as model, or leave out model_name",
        )
    return {"type": TYPES[layer.channel or "n"]}


def _param_of(value: Any, layer: Any) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise ParameterError(
            f"Layer {layer.name!r} has param={value!r}.", "give a mapping of words to numbers"
        )
    return lowered(layer.name, "param", value)


def _start_of(value: Any, layer: Any) -> Any:
    if isinstance(value, Initializer):
        return value
    fix = "give volts: one number, one per transistor, or an initializer such as UniformVoltage"
    path = f"Layer {layer.name!r} has initializer"
    found = checked_numbers(in_unit(value, "V", path), path, fix, error=ParameterError)
    return found if found.ndim else float(found)


def _check_bounds(layer: "TransistorLayer", _: object, upper: float) -> None:
    bounds = []
    for name, bound in (("lower", layer.lower), ("upper", upper)):
        value = as_number(in_unit(bound, "V", f"Layer {layer.name!r} has {name}"))
        if math.isnan(value):
            raise ParameterError(
                f"Layer {layer.name!r} has {name}={shown(bound)}.",
                "give one number of volts, which may be infinite",
            )
        bounds.append(value)
    low, high = bounds
    if not low < high:
        raise ParameterError(
            f"Layer {layer.name!r} has gates from {low!r} V to {high!r} V.",
            "give a lower and a higher bound",
        )


def _check_resistance(layer: Layer, _: object, value: float) -> None:
    path = f"Layer {layer.name!r} has body_resistance"
    checked_number(value, path, "give ohms of at least zero", at_least=0.0, unit="ohm")


def _check_step(layer: Layer, _: object, value: float | None) -> None:
    if value is not None:
        path = f"Layer {layer.name!r} has max_step"
        fix = "give volts above zero, or None for no limit"
        checked_number(value, path, fix, above=0.0, unit="V")


def _one_of(*known: str) -> Any:
    def check(layer: Layer, field: Any, value: object) -> None:
        check_word(value, f"Layer {layer.name!r} has {field.name}", known)

    return check


@attrs.frozen(kw_only=True, eq=False)
class TransistorLayer(TrainableLayer):
    """A layer of transistors of one model, whose gate voltages learning changes.

    Its parameters, one number per transistor: ``gate``, V, trained; ``vto_offset``, V, which is
    added to VTO, and ``kp_factor``, which multiplies KP: those of the chip, 0 and 1 at first.

    Args:
        name: See `Layer`.
        channel: ``"n"`` or ``"p"``, where no `model` says it; None: as `model` says, else n.
        model_name: Of a model in the file `model`; None: the only one of a MOS transistor.
        model: A SPICE file with a model of level 1, of which the numbers are kept, no path; or
            ``{"type": "nmos", "vto": 0.7, ...}``; None: `param` gives all.
        param: Words of the model in place of those of `model`, and ``w``, ``l`` (m), ``nrd``,
            ``nrs`` (squares of RSH), ``ad``, ``as`` (m²), ``m``, ``temperature`` (K). Words in
            either case.
        body: What the bulk is tied to: ``"ground"``, ``"drain"``, ``"source"``, or nothing
            (``"floating"``).
        body_resistance: Of that tie, ohms.
        gate_reference: What gate voltages count from: ``"ground"``, ``"drain"`` or ``"source"``.
        initializer: Gates at first, V: one number, one per transistor, or what draws them.
        lower: Smallest gate voltage, V.
        upper: Largest one, V.
        lr: Learning rate, V² over the unit of the loss, with `DropSquared` 1/V; a number or a
            callable of the step.
        trainable: Learning changes the gates.
        max_step: Largest change of a gate in one step, V; None: no limit.
        weight_update_func: See `TrainableLayer`.

    Raises:
        ParameterError: A word or a number that ngspice's transistor does not have.
    """

    programs_in_blocks = True

    channel: str | None = attrs.field(
        default=None,
        converter=attrs.Converter(_channel_of, takes_self=True),  # type: ignore[misc]  # attrs' stubs know converters of the value alone
    )
    model_name: str | None = None
    model: Any = attrs.field(
        default=None,
        converter=attrs.Converter(_model_of, takes_self=True),  # type: ignore[misc]  # attrs' stubs know converters of the value alone
    )
    param: Mapping[str, float] = attrs.field(
        factory=dict,
        converter=attrs.Converter(_param_of, takes_self=True),  # type: ignore[misc]  # attrs' stubs know converters of the value alone
    )
    body: str = attrs.field(default="ground", validator=_one_of(*BODIES))
    body_resistance: float = attrs.field(default=0.0, validator=_check_resistance)
    gate_reference: str = attrs.field(default="ground", validator=_one_of(*REFERENCES))
    initializer: Any = attrs.field(
        converter=attrs.Converter(_start_of, takes_self=True),  # type: ignore[misc]  # attrs' stubs know converters of the value alone
    )
    lower: float = -math.inf
    upper: float = attrs.field(default=math.inf, validator=_check_bounds)
    trainable: bool = attrs.field(default=True, validator=truth)
    max_step: float | None = attrs.field(default=None, validator=_check_step)
    law: TransistorBranch = attrs.field(init=False, repr=False, eq=False)
    """The law of its transistors, with the circuit's own gmin left open."""

    @property
    def papers(self) -> tuple[str, ...]:
        return (DILLAVOU_2024,)

    def __attrs_post_init__(self) -> None:
        super().__attrs_post_init__()
        law = transistor_law(
            self.name,
            self.model,
            self.param,
            body=self.body,
            body_resistance=float(self.body_resistance),
            gate_reference=self.gate_reference,
        )
        object.__setattr__(self, "law", law)
        kind = self.model["type"]
        if self.channel is not None and TYPES[self.channel] != kind:
            # No error: files of before hold "n" beside every model.
            warn(
                f"Layer {self.name!r} has channel={self.channel!r} beside a model of type "
                f"{kind!r}, which counts. Leave channel out."
            )

    def transistors(self, shape: Shape) -> list[Declaration]:
        """Return the declarations of transistors of a shape."""
        lower, upper = float(self.lower), float(self.upper)
        if isinstance(self.initializer, Initializer):
            # An initializer of conductances knows none below zero.
            lower = max(lower, self.initializer.lower)
            upper = min(upper, self.initializer.upper)
        gate = Declaration(
            quantity=GATE,
            shape=shape,
            draw=lambda rng: self._drawn(shape, rng),
            lower=lower,
            upper=upper,
            **self.learning,
        )
        return [gate, _untrained(OFFSET, shape), _untrained(FACTOR, shape)]

    def _drawn(self, shape: Shape, rng: np.random.Generator) -> Array:
        start = self.initializer
        if isinstance(start, Initializer):
            return start.draw(shape, rng)
        array = np.asarray(start)
        if array.ndim and array.size != math.prod(shape):
            raise ShapeError(
                f"Layer {self.name!r} has initial gates of shape {array.shape}; its transistors "
                f"are {shape}.",
                f"give one number, or an array of shape {shape}",
            )
        return array.reshape(shape) if array.ndim else np.full(shape, float(array))

    def devices(self, drains: IntArray, sources: IntArray) -> TerminalDevices:
        """Return the transistors between nodes, in the order of the parameters."""
        return TerminalDevices(
            name=self.name,
            layer=self.name,
            nodes=np.stack([drains, sources], axis=1),
            law=self.law,
            values={
                item.name: Parameter(self.parameter(item.name), FLAT) for item in self.law.values
            },
        )

    def program(
        self,
        name: str,
        values: Array,
        change: Array,
        rng: np.random.Generator,
        others: Mapping[str, Array],
    ) -> tuple[Array, Mapping[str, float]]:
        if self.max_step is not None:
            change = np.clip(change, -self.max_step, self.max_step)
        return values + change, {}


def _untrained(item: Quantity, shape: Shape) -> Declaration:
    return Declaration(quantity=item, shape=shape, draw=given(np.full(shape, item.default)))
