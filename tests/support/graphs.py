"""Irregular networks that several tests build."""

from collections.abc import Sequence
from typing import Any

import attrs
import numpy as np
from ebana_diode_mos import DiodeLayer

from ebana_core import Model
from ebana_core.arrays import IntArray
from ebana_core.circuit import Branches, CircuitBuilder, ElementArray, Parameter
from ebana_core.laws import Ohm
from ebana_core.layers import (
    AmplificationLayer,
    BiasVoltageLayer,
    ConcatenateLayer,
    CurrentLayer,
    InputVoltageLayer,
    Layer,
)
from ebana_core.layers.declaration import Declaration, Shape

RAMP = {"kind": "behavioral", "param": {"VTH": 0.15, "RON": 1e3, "ROFF": 1e20}}
SHOCKLEY = {"kind": "shockley", "param": {"IS": 1e-9, "a": 0.04}}
IDEAL = {"kind": "ideal"}


@attrs.frozen(kw_only=True, eq=False)
class GraphLayer(Layer):
    """Resistors between nodes of its own and, numbered after these, those of its input.

    Args:
        n_nodes: Nodes of its own.
        heads: Of the resistors.
        tails: Of the resistors.
        conductance: S.
        presented: Which of its own nodes it presents.
    """

    device = "graph"
    n_nodes: int
    heads: IntArray
    tails: IntArray
    conductance: np.ndarray
    presented: IntArray

    def output_shape(self, input_shapes: Sequence[Shape]) -> Shape:
        return (len(self.presented),)

    def declarations(self, input_shapes: Sequence[Shape]) -> Sequence[Declaration]:
        return [
            Declaration(
                quantity=Ohm.values[0],
                shape=(len(self.heads),),
                draw=lambda _: self.conductance,
                trainable=True,
                lr=1e-9,
            )
        ]

    def build(self, builder: CircuitBuilder, inputs: Sequence[IntArray]) -> IntArray:
        own = builder.nodes(self.name, (self.n_nodes,))
        nodes = np.concatenate([own, *inputs])
        builder.add(
            ElementArray(
                name=self.name,
                layer=self.name,
                topology=Branches(nodes[self.heads], nodes[self.tails]),
                law=Ohm(),
                values={"conductance": Parameter(self.parameter("conductance"))},
            )
        )
        return own[self.presented]


@attrs.frozen(kw_only=True, eq=False)
class PickLayer(Layer):
    """Presents the first nodes of its input."""

    device = "pick"
    units: int

    def output_shape(self, input_shapes: Sequence[Shape]) -> Shape:
        return (self.units,)

    def declarations(self, input_shapes: Sequence[Shape]) -> Sequence[Declaration]:
        return []

    def build(self, builder: CircuitBuilder, inputs: Sequence[IntArray]) -> IntArray:
        return inputs[0][: self.units]


Edges = tuple[int, IntArray, IntArray]
"""Number of nodes, heads and tails."""


def grid(side: int) -> Edges:
    """Return a square grid."""
    place = np.arange(side**2).reshape(side, side)
    heads = np.concatenate([place[:, :-1].ravel(), place[:-1].ravel()])
    return side**2, heads, np.concatenate([place[:, 1:].ravel(), place[1:].ravel()])


def random_graph(n_nodes: int, n_branches: int, seed: int) -> Edges:
    """Return a random graph that hangs together."""
    rng = np.random.default_rng(seed)
    heads, tails = rng.integers(0, n_nodes, (2, n_branches))
    each = np.arange(n_nodes - 1)
    differ = heads != tails
    return (
        n_nodes,
        np.concatenate([heads[differ], each]),
        np.concatenate([tails[differ], each + 1]),
    )


def graph_layer(
    name: str, edges: Edges, n_in: int, presented: IntArray, rng: np.random.Generator
) -> GraphLayer:
    """Return a graph of random conductances; a resistor leads from each input to some node."""
    n, heads, tails = edges
    heads = np.concatenate([heads, rng.choice(n, n_in, replace=False)])
    tails = np.concatenate([tails, n + np.arange(n_in)])
    conductance = rng.uniform(1e-6, 1e-5, len(heads))
    return GraphLayer(
        name=name,
        n_nodes=n,
        heads=heads,
        tails=tails,
        conductance=conductance,
        presented=presented,
    )


def graph_model(
    edges: Edges,
    *,
    n_diodes: int,
    diode: dict[str, Any] | None = RAMP,
    gain: float | None = None,
    skip: bool = False,
    seed: int = 0,
) -> Model:
    """Return a graph with two diodes at some of its nodes, four of which are the outputs.

    Args:
        edges: The graph.
        n_diodes: Nodes with diodes.
        diode: Their settings; None: no diodes.
        gain: Of amplifiers behind some of these nodes, which drive a graph alike.
        skip: This one also hangs on the first one itself, which is not reciprocal.
        seed: Of the conductances.
    """
    rng = np.random.default_rng(seed)
    source = InputVoltageLayer(units=7, name="x")
    bias = BiasVoltageLayer(units=1, name="b", bias_voltage=0.3)
    layer: Layer = ConcatenateLayer(name="j")([source, bias])
    chosen = rng.choice(edges[0], n_diodes, replace=False)
    layer = graph_layer("graph", edges, 8, chosen, rng)(layer)
    for direction in ("down", "up") if diode else ():
        bias_voltage = 0.1 if direction == "down" else -0.1
        layer = DiodeLayer(
            name=direction, direction=direction, bias_voltage=bias_voltage, **(diode or {})
        )(layer)
    if gain is not None:
        before = PickLayer(name="before", units=6)(layer)
        layer = AmplificationLayer(name="amp", param={"gain": gain, "shift": 0.05})(before)
        if skip:
            layer = ConcatenateLayer(name="both")([layer, before])
        width = 12 if skip else 6
        layer = graph_layer("second", edges, width, chosen, rng)(layer)
    output = CurrentLayer(name="y", fold=False)(PickLayer(name="picked", units=4)(layer))
    return Model(inputs=[source, bias], outputs=[output], seed=0)


def wired_crossbar(side: int, *, wire: float = 1.0, seed: int = 0) -> Model:
    """Return a square crossbar with a wire resistance between neighbouring cells.

    Rows are driven at one end, columns end in two diodes, which are the outputs.
    """
    rng = np.random.default_rng(seed)
    row = np.arange(side**2).reshape(side, side)
    column = row + side**2
    heads = [row[:, :-1], column[:-1], row[:, 0], row]
    tails = [row[:, 1:], column[1:], 2 * side**2 + np.arange(side), column]
    n_wires = 2 * side * (side - 1) + side
    source = InputVoltageLayer(units=side, name="x")
    layer: Layer = GraphLayer(
        name="graph",
        n_nodes=2 * side**2,
        heads=np.concatenate([part.ravel() for part in heads]),
        tails=np.concatenate([part.ravel() for part in tails]),
        conductance=np.concatenate([np.full(n_wires, wire), rng.uniform(1e-6, 1e-5, side**2)]),
        presented=column[-1],
    )(source)
    for direction in ("down", "up"):
        layer = DiodeLayer(name=direction, direction=direction, bias_voltage=0.0, **RAMP)(layer)
    return Model(inputs=[source], outputs=[CurrentLayer(name="y", fold=False)(layer)], seed=0)
