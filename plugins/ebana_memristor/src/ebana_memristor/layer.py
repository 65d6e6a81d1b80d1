"""The memristor layer: a crossbar of memristors, a drop-in for `DenseLayer`."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import attrs
import numpy as np

from ebana_core.arrays import Array, IntArray
from ebana_core.circuit import Branches, CircuitBuilder, Crossbar, ElementArray, Parameter
from ebana_core.circuit.elements import FLAT
from ebana_core.errors import ParameterError
from ebana_core.initializers import Initializer
from ebana_core.layers import Declaration, Shape, TrainableLayer
from ebana_core.layers.trainable import check_relative_step
from ebana_core.layers.validators import check_units, given
from ebana_core.quantities import Quantity
from ebana_memristor.cells import Cell, Linear
from ebana_memristor.checks import pair
from ebana_memristor.effects import Cells, Effect
from ebana_memristor.parts import (
    check_effects,
    check_parts,
    checked_counts,
    checked_making,
    checked_states,
    of_kind,
)
from ebana_memristor.programmer import Programmer
from ebana_memristor.programming import RECORDS, REPORTS, Pulses
from ebana_memristor.wires import Wires

Draw = Callable[[np.random.Generator], Array]


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
        effects: What cells do otherwise, in this order.
        record_pulses: Runs record every cell's pulses as ``programming/...``; see `played`.
        wires: The metal along rows and columns; None: ideal.
        lr: Learning rate, or a callable of the step. With SGD its unit is the square of the state's
            unit over the unit of the loss (S²/V² for conductances and a squared loss); with
            Adam it is the state's unit.
        trainable: Learning changes the states.
        grad_func: See `TrainableLayer`.
        weight_update_func: See `TrainableLayer`.
        max_relative_step: Largest wished change in one step, relative to the state; None: any.

    Raises:
        ParameterError: Pulses of another window or model than the cell's, or their effects alone.

    Examples:
        >>> from ebana_core.initializers import RandomUniform
        >>> MemristorLayer(units=3, name="m", initializer=RandomUniform(1e-6, 1e-5)).cell.window
        (1e-06, 0.0001)
    """

    device = "memristor"

    units: int = attrs.field(validator=check_units)
    initializer: Initializer = attrs.field(validator=of_kind(Initializer, "an initializer"))
    cell: Cell = attrs.field(factory=Linear, validator=of_kind(Cell, "a cell, such as Linear()"))
    pulses: Pulses | None = attrs.field(
        default=None, validator=of_kind(Pulses | None, "Pulses(...), or None")
    )
    effects: tuple[Effect, ...] = attrs.field(default=(), converter=pair, validator=check_effects)
    record_pulses: bool = attrs.field(default=False, validator=of_kind(bool, "True or False"))
    wires: Wires | None = attrs.field(
        default=None, validator=of_kind(Wires | None, "Wires(row, column), or None")
    )
    trainable: bool = attrs.field(default=True, validator=of_kind(bool, "True or False"))
    max_relative_step: float | None = attrs.field(default=None, validator=check_relative_step)

    def __attrs_post_init__(self) -> None:
        if self.record_pulses and self.pulses is None:
            raise ParameterError(
                f"Layer {self.name!r} has record_pulses=True and no pulses.",
                "give pulses=Pulses(...), or leave record_pulses out",
            )
        check_parts(self.name, self.cell, self.pulses, self.effects)

    @property
    def papers(self) -> tuple[str, ...]:
        return self.cell.papers

    @property
    def reports(self) -> Sequence[Quantity]:
        return () if self.pulses is None else REPORTS

    @property
    def records(self) -> Sequence[tuple[Quantity, str]]:
        state = self.cell.law.values[0].name
        return [(item, state) for item in RECORDS] if self.record_pulses else []

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
                draw=lambda rng: self.programmer.drawn(
                    self.initializer.draw(shape, rng), made, rng
                ),
                lower=low,
                upper=high,
                **self.learning,
            ),
            *(self._constant(item) for item in others),
        ]

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
                symbol="memristor",
            )
        )
        return nodes

    def read(
        self, name: str, values: Array, rng: np.random.Generator, others: Mapping[str, Array]
    ) -> Array:
        if name != self.cell.law.values[0].name:
            return values
        cells = Cells(self.cell.window, others)
        conductance = seen = self.cell.conductance_of(values)
        for effect in self.effects:
            seen = effect.seen(seen, cells, rng)
        return values if seen is conductance else self.cell.scaled(values, seen / conductance)

    def program(
        self,
        name: str,
        values: Array,
        change: Array,
        rng: np.random.Generator,
        others: Mapping[str, Array],
    ) -> tuple[Array, Mapping[str, float]]:
        if self.max_relative_step is not None:
            limit = self.max_relative_step * values
            change = np.clip(change, -limit, limit)
        wished = np.clip(values + change, *self.cell.limits)
        if self.pulses is None and not self.effects:
            return wished, {}
        new, report, records = self.programmer.programmed(values, wished, rng, others)
        recorded: Mapping[str, Any] = records if self.record_pulses else {}
        return new, {**report, **recorded}

    @property
    def programmer(self) -> Programmer:
        """The programmer of the cells."""
        return Programmer(self.name, self.cell, self.pulses, self.effects)

    def is_free(self, parameters: Mapping[str, Array]) -> Any:
        """Tell which cells anything can move, of the parameters of a model: not the stuck ones."""
        start = f"{self.name}."
        own = {n.removeprefix(start): v for n, v in parameters.items() if n.startswith(start)}
        return self.programmer.is_free(Cells(self.cell.window, own))

    def played(
        self,
        values: Array,
        first: Array,
        back: Array,
        reads: Array | None = None,
        others: Mapping[str, Array] | None = None,
    ) -> Array:
        """Return the states of cells after the recorded pulses of one update, without noise.

        Args:
            values: States before it. Shape ``(n_in, units)``, in their unit.
            first: Pulses that came first: above zero up, below down. Same shape, whole numbers.
            back: Those that followed the other way, likewise.
            reads: Reads of each cell, likewise, at least zero; None: none.
            others: The layer's parameters, by name within the layer: what effects from the
                making of cells need, such as ``step_size``.

        Raises:
            ParameterError: The layer has no pulses, counts or states cannot be, or `others` lacks
                what an effect needs.
        """
        if self.pulses is None:
            raise ParameterError(f"Layer {self.name!r} has no pulses.", "give pulses=Pulses(...)")
        states = checked_states(self.name, self.cell, values)
        none = np.zeros(states.shape) if reads is None else reads
        counts = [
            checked_counts(self.name, name, count, states.shape)
            for name, count in (("first", first), ("back", back), ("reads", none))
        ]
        own = checked_making(self.name, self.effects, others or {}, states.shape)
        return self.programmer.played(states, counts, own)
