"""The simplex voltage layer: a ladder of trained resistors between two rails."""

from collections.abc import Sequence
from typing import Any

import attrs
import numpy as np

from ebana_core.arrays import IntArray
from ebana_core.circuit import (
    GROUND,
    Branches,
    CircuitBuilder,
    ElementArray,
    Parameter,
    VoltageSources,
)
from ebana_core.laws import Ohm
from ebana_core.layers.conductive import ConductiveLayer
from ebana_core.layers.declaration import Declaration, Shape
from ebana_core.layers.validators import given
from ebana_core.quantities import quantity

RAILS = (
    quantity("vdd", "V", meaning="upper rail"),
    quantity("vss", "V", meaning="lower rail"),
)


@attrs.frozen(kw_only=True, eq=False)
class SimplexVoltageLayer(ConductiveLayer):
    """A ladder of n + 1 resistors from `vdd` through the n nodes of its input to `vss`.

    The drops along it sum to ``vdd - vss``: where nothing else loads the nodes, they are a
    point of a simplex, set by the resistors. It presents the nodes of its input. Its parameter
    is ``conductance``, S, shape ``(n + 1,)``, from `vdd` downwards.

    Args:
        name: See `Layer`.
        vdd: Upper rail, V.
        vss: Lower rail, V.
        initializer: Draws the conductances and bounds them. One that goes by rows and columns
            takes the ladder as a crossbar of one row: `GlorotUniform` draws up to
            ``init_high/sqrt(1 + (n + 1) + 1)``.
        lr: Learning rate, S²/V²; see `ConductiveLayer`, as for what follows.
        trainable: Learning changes the conductances.
        grad_func: See `TrainableLayer`.
        weight_update_func: See `TrainableLayer`.
        max_relative_step: Largest change in one step, relative to the value; None: no limit.

    Examples:
        >>> from ebana_core.initializers import Given
        >>> from ebana_core.layers import CurrentLayer, InputVoltageLayer
        >>> ladder = SimplexVoltageLayer(name="ladder", vdd=1.0, vss=0.0, initializer=Given(1e-6))
        >>> ladder.declarations([(3,)])[0].shape  # a resistor more than nodes
        (4,)
    """

    device = "simplex_voltage"

    vdd: Any = 1.0
    vss: Any = 0.0

    def output_shape(self, input_shapes: Sequence[Shape]) -> Shape:
        return input_shapes[0]

    def declarations(self, input_shapes: Sequence[Shape]) -> Sequence[Declaration]:
        n_nodes = int(np.prod(input_shapes[0]))
        rails = [
            Declaration(
                quantity=item,
                shape=(),
                draw=given(item.check(value, self.parameter(item.name)).reshape(())),
            )
            for item, value in zip(RAILS, (self.vdd, self.vss), strict=True)
        ]
        return [self._resistors(n_nodes + 1), *rails]

    def _resistors(self, count: int) -> Declaration:
        plain, initializer = self.conductance((count,)), self.initializer
        if not initializer.needs_fans:
            return plain
        return attrs.evolve(plain, draw=lambda rng: initializer.draw((1, count), rng)[0])

    def build(self, builder: CircuitBuilder, inputs: Sequence[IntArray]) -> IntArray:
        ends = [builder.nodes(self.name, (1,), label=item.name) for item in RAILS]
        for item, node in zip(RAILS, ends, strict=True):
            builder.add(
                VoltageSources(
                    name=f"{self.name}_{item.name}",
                    layer=self.name,
                    heads=node,
                    tails=[GROUND],
                    voltage=Parameter(self.parameter(item.name)),
                )
            )
        ladder = np.concatenate([ends[0], inputs[0].ravel(), ends[1]])
        builder.add(
            ElementArray(
                name=self.name,
                layer=self.name,
                topology=Branches(ladder[:-1], ladder[1:]),
                law=Ohm(),
                values={"conductance": Parameter(self.parameter("conductance"))},
            )
        )
        return inputs[0]
