"""Graphs as users write them: branches between named nodes, and which nodes are shared."""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Any, Protocol

import numpy as np

from ebana_core.circuit import CircuitBuilder
from ebana_core.circuit.elements import IntArray
from ebana_core.errors import ShapeError
from ebana_core.layers.declaration import Shape

Label = Hashable
"""A node as the user names it: a number, a text, or a tuple of them."""
Labels = tuple[Label, ...]


class GraphLayer(Protocol):
    """A layer along the branches of a graph."""

    @property
    def name(self) -> str:
        """Of the layer."""
        ...

    @property
    def branches(self) -> tuple[Labels, ...]:
        """Pairs of nodes."""
        ...

    @property
    def inputs(self) -> Labels:
        """Nodes that are those of its input."""
        ...

    @property
    def outputs(self) -> Labels:
        """Nodes that it presents."""
        ...


def _label(label: Any) -> Label:
    if isinstance(label, list | tuple):
        return tuple(_label(part) for part in label)
    return label.item() if isinstance(label, np.generic) else label


def labels(found: Iterable[Any]) -> Labels:
    """Return names of nodes as they are kept.

    Raises:
        ShapeError: `found` is no list; a text would be one of its letters.
    """
    return tuple(_label(label) for label in _listed(found, 'give a list of nodes: ["a", "b"]'))


def pairs(branches: Any) -> tuple[Labels, ...]:
    """Return the branches of an edge list, or of a networkx graph, as pairs of labels.

    Raises:
        ShapeError: They are no list of pairs.
    """
    edges = branches.edges() if hasattr(branches, "edges") else branches
    listed = _listed(edges, 'give a list of pairs of nodes: [("a", "b"), ("b", "c")]')
    return tuple(labels(edge) for edge in listed)


def _listed(found: Any, fix: str) -> Iterable[Any]:
    if isinstance(found, str | bytes) or not isinstance(found, Iterable):
        raise ShapeError(f"A layer of a graph has nodes or branches {found!r}.", fix)
    return found


def check_branches(layer: GraphLayer, _: object, branches: tuple[Labels, ...]) -> None:
    """Refuse a graph without branches, and branches that are no pair of different nodes.

    Raises:
        ShapeError: Quotes the branch.
    """
    if not branches:
        raise ShapeError(f"Layer {layer.name!r} has no branches.", "give at least one")
    for branch in branches:
        if len(branch) != 2 or branch[0] == branch[1]:
            raise ShapeError(
                f"Layer {layer.name!r} has the branch {branch!r}.", "give pairs of different nodes"
            )


def check_chosen(layer: GraphLayer, field: Any, chosen: Labels) -> None:
    """Refuse nodes that no branch has, or that are named twice.

    Raises:
        ShapeError: Names the setting and the node.
    """
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


def own_nodes(layer: GraphLayer) -> Labels:
    """Return the nodes that a layer creates, in the order of the branches."""
    known = dict.fromkeys(label for branch in layer.branches for label in branch)
    shared = set(layer.inputs)
    return tuple(label for label in known if label not in shared)


def presented_shape(layer: GraphLayer, input_shapes: Sequence[Shape]) -> Shape:
    """Return the shape of the nodes that a layer presents.

    Raises:
        ShapeError: Its input has another number of nodes than it names.
    """
    width = int(np.prod(input_shapes[0]))
    if width != len(layer.inputs):
        raise ShapeError(
            f"Layer {layer.name!r} names {len(layer.inputs)} inputs and gets {width} nodes.",
            f"name {width} inputs",
        )
    return (len(layer.outputs),)


def placed_nodes(
    layer: GraphLayer, builder: CircuitBuilder, inputs: Sequence[IntArray]
) -> Mapping[Label, int]:
    """Create a layer's own nodes; return label to node of the circuit."""
    own = own_nodes(layer)
    nodes = dict(zip(layer.inputs, inputs[0].ravel().tolist(), strict=True))
    if own:
        created = builder.nodes(layer.name, (len(own),)).tolist()
        nodes |= dict(zip(own, created, strict=True))
    return nodes
