"""Graphs as users write them: branches between named nodes, and which nodes are shared."""

from abc import abstractmethod
from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Any

import attrs
import numpy as np

from ebana_core.arrays import IntArray
from ebana_core.checking import shown
from ebana_core.circuit import CircuitBuilder
from ebana_core.errors import ShapeError
from ebana_core.layers.declaration import Shape
from ebana_core.layers.layer import Layer

Label = Hashable
"""A node as the user names it: a number, a text, or a tuple of them."""
Labels = tuple[Label, ...]


def _label(label: Any) -> Label:
    if isinstance(label, list | tuple):
        return tuple(_label(part) for part in label)
    return label.item() if isinstance(label, np.generic) else label


def labels(found: Any) -> Any:
    """Return names of nodes as they are kept; anything else as it is.

    A text is left whole, which as a list would be its letters.
    """
    if isinstance(found, str | bytes | Mapping) or not isinstance(found, Iterable):
        return found
    return tuple(_label(label) for label in found)


def pairs(branches: Any) -> Any:
    """Return the branches of an edge list, or of a networkx graph, as pairs of labels."""
    found = labels(list(branches.edges()) if hasattr(branches, "edges") else branches)
    return tuple(map(labels, found)) if isinstance(found, tuple) else found


def check_branches(layer: "GraphLayer", _: object, branches: tuple[Labels, ...]) -> None:
    """Refuse a graph without branches, and branches that are no pair of different nodes.

    Raises:
        ShapeError: Quotes the branch.
    """
    fix = 'give a list of pairs of nodes: [("a", "b"), ("b", "c")]'
    if not isinstance(branches, tuple):
        raise ShapeError(f"Layer {layer.name!r} has branches={shown(branches)}.", fix)
    if not branches:
        raise ShapeError(f"Layer {layer.name!r} has no branches.", "give at least one")
    for branch in branches:
        if not isinstance(branch, tuple):
            raise ShapeError(f"Layer {layer.name!r} has {shown(branch)} among branches.", fix)
        if len(branch) != 2 or branch[0] == branch[1]:
            raise ShapeError(
                f"Layer {layer.name!r} has the branch {branch!r}.", "give pairs of different nodes"
            )


def check_chosen(layer: "GraphLayer", field: Any, chosen: Labels) -> None:
    """Refuse nodes that no branch has, or that are named twice.

    Raises:
        ShapeError: Names the setting and the node.
    """
    if not isinstance(chosen, tuple):
        problem = f"Layer {layer.name!r} has {field.name}={shown(chosen)}."
        raise ShapeError(problem, 'give a list of nodes: ["a", "b"]')
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


@attrs.frozen(kw_only=True, eq=False, slots=False)  # a base beside others that have slots
class GraphLayer(Layer):
    """Devices along the branches of a graph; some of its nodes are those of the layer's input.

    The nodes `inputs` are the nodes of its input, in that order; it presents the nodes `outputs`.
    The others are its own: `own_nodes` names them in the order of their numbers, so that
    ``name[0]`` is the first of them.

    Args:
        name: See `Layer`.
        branches: Pairs of nodes, named by numbers, texts or tuples of them; or a networkx graph.
        inputs: Nodes that are those of its input, as many as that has.
        outputs: Nodes that it presents.
    """

    branches: tuple[Labels, ...] = attrs.field(
        converter=pairs, validator=check_branches, repr=lambda found: f"<{len(found)} branches>"
    )
    inputs: Labels = attrs.field(converter=labels, validator=check_chosen)
    outputs: Labels = attrs.field(converter=labels, validator=check_chosen)

    @property
    def own_nodes(self) -> Labels:
        """The nodes that the layer creates, in the order of the branches."""
        known = dict.fromkeys(label for branch in self.branches for label in branch)
        shared = set(self.inputs)
        return tuple(label for label in known if label not in shared)

    def output_shape(self, input_shapes: Sequence[Shape]) -> Shape:
        width = int(np.prod(input_shapes[0]))
        if width != len(self.inputs):
            raise ShapeError(
                f"Layer {self.name!r} names {len(self.inputs)} inputs and gets {width} nodes.",
                f"name {width} inputs",
            )
        return (len(self.outputs),)

    @abstractmethod
    def place(self, builder: CircuitBuilder, heads: IntArray, tails: IntArray) -> None:
        """Emit the devices from the nodes `heads` to `tails`, one per branch."""

    def build(self, builder: CircuitBuilder, inputs: Sequence[IntArray]) -> IntArray:
        own = self.own_nodes
        nodes = dict(zip(self.inputs, inputs[0].ravel().tolist(), strict=True))
        if own:
            created = builder.nodes(self.name, (len(own),)).tolist()
            nodes |= dict(zip(own, created, strict=True))
        heads, tails = (np.array([nodes[pair[end]] for pair in self.branches]) for end in (0, 1))
        self.place(builder, heads, tails)
        return np.array([nodes[label] for label in self.outputs])
