"""The resistor network layer: an arbitrary graph of trained resistors."""

from collections.abc import Sequence
from typing import ClassVar

import attrs

from ebana_core.arrays import IntArray
from ebana_core.circuit import Branches, CircuitBuilder, ElementArray, Parameter
from ebana_core.laws import Ohm
from ebana_core.layers.conductive import ConductiveLayer
from ebana_core.layers.declaration import Declaration, Shape
from ebana_core.layers.graphs import GraphLayer


@attrs.frozen(kw_only=True, eq=False)
class ResistorNetworkLayer(GraphLayer, ConductiveLayer):
    """Resistors along the branches of a graph; some of its nodes are those of its input.

    The nodes `inputs` are the nodes of its input, in that order; it presents the nodes
    `outputs`. The others are its own: `own_nodes` names them in the order of their numbers, so
    that ``name[0]`` is the first of them. Its parameter is ``conductance``, S, one per branch.

    Args:
        name: See `Layer`.
        branches: Pairs of nodes, named by numbers, texts or tuples of them; or a networkx graph.
        inputs: Nodes that are those of its input, as many as that has.
        outputs: Nodes that it presents.
        initializer: Draws the conductances and bounds them.
        lr: Learning rate, S²/V²; see `ConductiveLayer`, as for what follows.
        trainable: Learning changes the conductances.
        grad_func: See `TrainableLayer`.
        weight_update_func: See `TrainableLayer`.
        max_relative_step: Largest change in one step, relative to the value; None: no limit.

    Examples:
        >>> from ebana_core.initializers import Given
        >>> from ebana_core.layers import CurrentLayer, InputVoltageLayer
        >>> from ebana_core.model import Model
        >>> x = InputVoltageLayer(units=2, name="x")
        >>> network = ResistorNetworkLayer(
        ...     name="net", branches=[(0, 2), (1, 2)], inputs=[0, 1], outputs=[2],
        ...     initializer=Given(1e-6),
        ... )
        >>> model = Model([x], [CurrentLayer(name="y", fold=False)(network(x))])
        >>> model.predict({"x": [[0.0, 1.0]]})["y"]
        array([[0.5]])
    """

    device = "resistor_network"
    symbol: ClassVar[str] = ""
    """How diagrams draw the devices; see `ElementArray`."""

    def declarations(self, input_shapes: Sequence[Shape]) -> Sequence[Declaration]:
        return [self.conductance((len(self.branches),))]

    def place(self, builder: CircuitBuilder, heads: IntArray, tails: IntArray) -> None:
        builder.add(
            ElementArray(
                name=self.name,
                layer=self.name,
                topology=Branches(heads, tails),
                law=Ohm(),
                values={"conductance": Parameter(self.parameter("conductance"))},
                symbol=self.symbol,
            )
        )
