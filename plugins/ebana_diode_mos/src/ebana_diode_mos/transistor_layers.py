"""Networks of trained transistors: along the branches of any graph, and as a crossbar."""

from collections.abc import Sequence

import attrs
import numpy as np

from ebana_core.arrays import IntArray
from ebana_core.circuit import CircuitBuilder
from ebana_core.layers import Declaration, Shape
from ebana_core.layers.graphs import GraphLayer
from ebana_core.layers.validators import check_units
from ebana_diode_mos.transistors import TransistorLayer


@attrs.frozen(kw_only=True, eq=False)
class TransistorNetworkLayer(GraphLayer, TransistorLayer):
    """Transistors along the branches of a graph; some of its nodes are those of its input.

    Branches lead from drain to source; two nodes may have several of them, either way round. The
    nodes `inputs` are the nodes of its input, in that order; it presents the nodes `outputs`. The
    others are its own: `own_nodes` names them in the order of their numbers. For its parameters
    and other settings see `TransistorLayer`.

    Args:
        branches: Pairs of drain and source, named by numbers, texts or tuples of them; or a
            networkx graph.
        inputs: Nodes that are those of its input, as many as that has.
        outputs: Nodes that it presents.

    Examples:
        >>> from ebana_diode_mos import UniformVoltage
        >>> network = TransistorNetworkLayer(
        ...     name="t", branches=[(0, 2), (1, 2)], inputs=[0, 1], outputs=[2],
        ...     initializer=UniformVoltage(1.0, 2.0),
        ... )
        >>> network.output_shape([(2,)])
        (1,)
    """

    device = "transistor_network"

    def declarations(self, input_shapes: Sequence[Shape]) -> Sequence[Declaration]:
        return self.transistors((len(self.branches),))

    def place(self, builder: CircuitBuilder, heads: IntArray, tails: IntArray) -> None:
        builder.add(self.devices(heads, tails))


@attrs.frozen(kw_only=True, eq=False)
class TransistorCrossbarLayer(TransistorLayer):
    """A transistor from every input node (drain) to every one of `units` new nodes (source).

    Its parameters have the shape ``(n_in, units)``; for them and other settings see
    `TransistorLayer`.

    Args:
        units: Number of new nodes.

    Examples:
        >>> from ebana_diode_mos import UniformVoltage
        >>> gates = UniformVoltage(1.0, 2.0)  # V
        >>> TransistorCrossbarLayer(units=3, name="t", initializer=gates).output_shape([(2,)])
        (3,)
    """

    device = "transistor_crossbar"

    units: int = attrs.field(validator=check_units)

    def output_shape(self, input_shapes: Sequence[Shape]) -> Shape:
        return (self.units,)

    def declarations(self, input_shapes: Sequence[Shape]) -> Sequence[Declaration]:
        return self.transistors((int(np.prod(input_shapes[0])), self.units))

    def build(self, builder: CircuitBuilder, inputs: Sequence[IntArray]) -> IntArray:
        nodes = builder.nodes(self.name, (self.units,))
        rows = inputs[0].ravel()
        placed = self.devices(np.repeat(rows, self.units), np.tile(nodes, len(rows)))
        builder.add(attrs.evolve(placed, crossbar=(len(rows), self.units)))
        return nodes
