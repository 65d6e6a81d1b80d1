"""The resistor network layer: an arbitrary graph of trained resistors."""

from collections.abc import Hashable, Iterable, Sequence
from typing import Any

import attrs
import numpy as np

from ebana_core.circuit import Branches, CircuitBuilder, ElementArray, Parameter
from ebana_core.circuit.elements import IntArray
from ebana_core.errors import ShapeError
from ebana_core.laws import Ohm
from ebana_core.layers.conductive import ConductiveLayer
from ebana_core.layers.declaration import Declaration, Shape
from ebana_core.layers.layer import Layer

Label = Hashable
"""A node as the user names it: a number, a text, or a tuple of them."""


def _label(label: Any) -> Label:
    if isinstance(label, list | tuple):
        return tuple(_label(part) for part in label)
    return label.item() if isinstance(label, np.generic) else label


def _labels(labels: Iterable[Any]) -> tuple[Label, ...]:
    return tuple(_label(label) for label in labels)


def _pairs(branches: Any) -> tuple[tuple[Label, ...], ...]:
    """Return the branches of an edge list, or of a networkx graph, as pairs of labels."""
    edges = branches.edges() if hasattr(branches, "edges") else branches
    return tuple(_labels(edge) for edge in edges)


def _check_branches(layer: Layer, _: object, branches: tuple[tuple[Label, ...], ...]) -> None:
    if not branches:
        raise ShapeError(f"Layer {layer.name!r} has no branches.", "give at least one")
    for branch in branches:
        if len(branch) != 2 or branch[0] == branch[1]:
            raise ShapeError(
                f"Layer {layer.name!r} has the branch {branch!r}.", "give pairs of different nodes"
            )


def _check_chosen(layer: "ResistorNetworkLayer", field: Any, chosen: tuple[Label, ...]) -> None:
    known = {label for branch in layer.branches for label in branch}
    for label in chosen:
        if label not in known:
            raise ShapeError(
                f"Layer {layer.name!r} has {label!r} in {field.name}; no branch leads there.",
                "name nodes of its branches",
            )
    if not chosen or len(set(chosen)) < len(chosen):
        raise ShapeError(
            f"Layer {layer.name!r} has {field.name}={list(chosen)!r}.",
            "name at least one node, each once",
        )


@attrs.frozen(kw_only=True, eq=False)
class ResistorNetworkLayer(ConductiveLayer):
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
    """

    device = "resistor_network"

    branches: tuple[tuple[Label, ...], ...] = attrs.field(
        converter=_pairs, validator=_check_branches, repr=lambda found: f"<{len(found)} branches>"
    )
    inputs: tuple[Label, ...] = attrs.field(converter=_labels, validator=_check_chosen)
    outputs: tuple[Label, ...] = attrs.field(converter=_labels, validator=_check_chosen)

    @property
    def own_nodes(self) -> tuple[Label, ...]:
        """The nodes that the layer creates, in the order of the branches."""
        known = dict.fromkeys(label for branch in self.branches for label in branch)
        return tuple(label for label in known if label not in set(self.inputs))

    def output_shape(self, input_shapes: Sequence[Shape]) -> Shape:
        width = int(np.prod(input_shapes[0]))
        if width != len(self.inputs):
            raise ShapeError(
                f"Layer {self.name!r} names {len(self.inputs)} inputs and gets {width} nodes.",
                f"name {width} inputs",
            )
        return (len(self.outputs),)

    def declarations(self, input_shapes: Sequence[Shape]) -> Sequence[Declaration]:
        return [self.conductance((len(self.branches),))]

    def build(self, builder: CircuitBuilder, inputs: Sequence[IntArray]) -> IntArray:
        own = self.own_nodes
        nodes = dict(zip(self.inputs, inputs[0].ravel(), strict=True))
        if own:
            nodes |= dict(zip(own, builder.nodes(self.name, (len(own),)), strict=True))
        heads, tails = ([nodes[branch[end]] for branch in self.branches] for end in (0, 1))
        builder.add(
            ElementArray(
                name=self.name,
                layer=self.name,
                topology=Branches(heads, tails),
                law=Ohm(),
                values={"conductance": Parameter(self.parameter("conductance"))},
            )
        )
        return np.array([nodes[label] for label in self.outputs])
