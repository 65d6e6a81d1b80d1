"""The memristor layer: a crossbar of memristors, a drop-in for `DenseLayer`."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import attrs
import numpy as np

from ebana_core.arrays import Array, BoolArray
from ebana_core.circuit import Branches, CircuitBuilder, Crossbar, ElementArray, Parameter
from ebana_core.circuit.elements import FLAT, IntArray
from ebana_core.errors import ParameterError
from ebana_core.initializers import Initializer
from ebana_core.layers import Declaration, Layer, Shape, TrainableLayer
from ebana_core.layers.layer import check_units, given
from ebana_core.quantities import Quantity, quantity
from ebana_memristor.cells import Cell, Linear
from ebana_memristor.effects import Effect
from ebana_memristor.programming import Pulses
from ebana_memristor.wires import Wires

Draw = Callable[[np.random.Generator], Array]

REPORTS = (
    quantity("pulses_up", "1", meaning="pulses towards the higher conductance"),
    quantity("pulses_down", "1", meaning="pulses towards the lower conductance"),
    quantity("energy", "J", meaning="of the pulses"),
)


def _of(kind: Any, what: str) -> Any:
    def check(layer: Layer, field: Any, value: Any) -> None:
        if not isinstance(value, kind):
            problem = f"Layer {layer.name!r} has {field.name}={value!r}."
            raise ParameterError(problem, f"give {what}")

    return check


def _check_effects(layer: Layer, _: object, effects: tuple[Any, ...]) -> None:
    kinds = [type(effect) for effect in effects]
    if not all(isinstance(effect, Effect) for effect in effects) or len(set(kinds)) < len(kinds):
        raise ParameterError(
            f"Layer {layer.name!r} has effects={list(effects)!r}.",
            "give effects such as PulseNoise(0.1), each kind once",
        )


@attrs.frozen(kw_only=True, eq=False)
class MemristorLayer(TrainableLayer):
    """A memristor between every input node and every one of `units` new nodes.

    Its parameter is the state of the cells, shape ``(n_in, units)``: ``conductance``, S, or
    ``gap``, m, of Stanford cells. With `pulses`, what an optimizer wishes becomes whole pulses;
    a run records how many, and their energy.

    Args:
        units: Number of new nodes.
        name: See `Layer`.
        initializer: Draws the conductances, S; they are clipped to the cell's window.
        cell: What each cell is.
        pulses: How cells are programmed; None: any change that is wished.
        effects: What cells do otherwise.
        wires: The metal along rows and columns; None: ideal.
        lr: Learning rate, in the state's unit squared per watt; or a callable of the step.
        trainable: Learning changes the states.
        grad_func: See `TrainableLayer`.
        weight_update_func: See `TrainableLayer`.
    """

    device = "memristor"

    units: int = attrs.field(validator=check_units)
    initializer: Initializer = attrs.field(validator=_of(Initializer, "an initializer"))
    cell: Cell = attrs.field(factory=Linear, validator=_of(Cell, "a cell, such as Linear()"))
    pulses: Pulses | None = attrs.field(
        default=None, validator=_of(Pulses | None, "Pulses(...), or None")
    )
    effects: tuple[Effect, ...] = attrs.field(default=(), converter=tuple, validator=_check_effects)
    wires: Wires | None = attrs.field(
        default=None, validator=_of(Wires | None, "Wires(row, column), or None")
    )
    trainable: bool = True

    def __attrs_post_init__(self) -> None:
        of_pulses = [effect for effect in self.effects if effect.acts_on_pulses]
        if of_pulses and self.pulses is None:
            raise ParameterError(
                f"Layer {self.name!r} has effects={of_pulses!r} and no pulses.",
                "give pulses=Pulses(...), whose steps they change",
            )

    @property
    def reports(self) -> Sequence[Quantity]:
        return () if self.pulses is None else REPORTS

    def output_shape(self, input_shapes: Sequence[Shape]) -> Shape:
        return (self.units,)

    def declarations(self, input_shapes: Sequence[Shape]) -> Sequence[Declaration]:
        shape = (int(np.prod(input_shapes[0])), self.units)
        low, high = self.cell.limits
        state, *others = self.cell.law.values
        made: dict[str, Array] = {}  # what cells have from their making is drawn before the state

        def keeping(item: Quantity, draw: Callable[..., Array]) -> Draw:
            def drawn(rng: np.random.Generator) -> Array:
                made[item.name] = draw(rng, shape)
                return made[item.name]

            return drawn

        return [
            *(
                Declaration(quantity=item, shape=shape, draw=keeping(item, draw))
                for effect in self.effects
                for item, draw in effect.drawn
            ),
            Declaration(
                quantity=state,
                shape=shape,
                draw=lambda rng: self._drawn(shape, rng, made),
                lower=low,
                upper=high,
                **self.learning,
            ),
            *(self._constant(item) for item in others),
        ]

    def _drawn(self, shape: Shape, rng: np.random.Generator, made: Mapping[str, Array]) -> Array:
        bottom, top = self.cell.window
        conductance = np.clip(self.initializer.draw(shape, rng), bottom, top)
        x = (conductance - bottom) / (top - bottom)
        for effect in self.effects:
            x = effect.settled(x, made, rng)
        return self._state(x)

    def _state(self, x: Array) -> Array:
        """Return the states of cells that stand at x, 0 to 1 of the window."""
        bottom, top = self.cell.window
        conductance = np.clip(bottom + x * (top - bottom), bottom, top)
        return np.clip(self.cell.state_of(conductance), *self.cell.limits)

    def _constant(self, item: Quantity) -> Declaration:
        number = self.cell.constants.get(item.name, item.default)
        value = item.check(number, self.parameter(item.name)).reshape(())
        return Declaration(quantity=item, shape=(), draw=given(value))

    def build(self, builder: CircuitBuilder, inputs: Sequence[IntArray]) -> IntArray:
        nodes, law = builder.nodes(self.name, (self.units,)), self.cell.law
        rows, wires = inputs[0].ravel(), self.wires
        topology: Branches | Crossbar = Crossbar(rows, nodes)
        if wires is not None:
            topology = wires.build(builder, self.name, rows, nodes)
        state, *others = (self.parameter(item.name) for item in law.values)
        values = [Parameter(state, None if wires is None else FLAT), *map(Parameter, others)]
        builder.add(
            ElementArray(
                name=self.name,
                layer=self.name,
                topology=topology,
                law=law,
                values={item.name: v for item, v in zip(law.values, values, strict=True)},
            )
        )
        return nodes

    def read(self, name: str, values: Array, rng: np.random.Generator) -> Array:
        if name != self.cell.law.values[0].name:
            return values
        for effect in self.effects:
            factor = effect.read(rng, values.shape)
            if factor is not None:
                values = self.cell.scaled(values, factor)
        return values

    def program(
        self,
        name: str,
        values: Array,
        change: Array,
        rng: np.random.Generator,
        others: Mapping[str, Array],
    ) -> tuple[Array, Mapping[str, float]]:
        low, high = self.cell.limits
        wished = np.clip(values + change, low, high)
        if self.pulses is None and not self.effects:
            return wished, {}
        bottom, top = self.cell.window
        x, goal = (
            (self.cell.conductance_of(state) - bottom) / (top - bottom)
            for state in (values, wished)
        )
        x, report = np.clip(x, 0, 1), dict[str, float]()
        if self.pulses is None:
            x = goal
        else:
            x, report = self._pulsed(x, goal, rng, others)
        for effect in self.effects:
            x = effect.settled(x, others, rng)
        return self._state(x), report

    def _pulsed(
        self, x: Array, goal: Array, rng: np.random.Generator, others: Mapping[str, Array]
    ) -> tuple[Array, dict[str, float]]:
        """Return where cells stand after the pulses of an update, 0 to 1, and their report."""
        pulses = self.pulses
        assert pulses is not None
        up = down = 0
        charge = 0.0
        is_up = goal > x
        nominal = pulses.response.step(x, is_up)
        with np.errstate(divide="ignore", invalid="ignore"):
            wished = np.where(nominal > 0, np.rint(np.abs(goal - x) / nominal), 0.0)
        count = np.minimum(wished, pulses.max_pulses)
        for done in range(pulses.max_pulses):
            if pulses.write_verify:
                is_up = goal > x
                nominal = pulses.response.step(x, is_up)
                active = (np.abs(goal - x) > nominal / 2) & (nominal > 0)
            else:
                active = count > done
                nominal = pulses.response.step(x, is_up)
            if not active.any():
                break
            up, down = up + int((active & is_up).sum()), down + int((active & ~is_up).sum())
            charge += float(self._conductance(x)[active].sum())
            x = self._after(x, active, is_up, nominal, rng, others)
        energy = charge * pulses.voltage**2 * pulses.width
        return x, {"pulses_up": up, "pulses_down": down, "energy": energy}

    def _after(
        self,
        x: Array,
        active: BoolArray,
        is_up: BoolArray,
        nominal: Array,
        rng: np.random.Generator,
        others: Mapping[str, Array],
    ) -> Array:
        """Return where cells stand after one pulse each of those that are active."""
        step = np.where(is_up, nominal, -nominal)
        for effect in self.effects:
            step = step * effect.factor(rng, others, x.shape)
        return np.clip(np.where(active, x + step, x), 0, 1)

    def _conductance(self, x: Array) -> Array:
        bottom, top = self.cell.window
        return bottom + x * (top - bottom)
