"""The order of wired layers, and the circuit that they build."""

import math
from collections import deque
from collections.abc import Mapping, Sequence
from graphlib import TopologicalSorter

import attrs
import numpy as np

from ebana_core.arrays import IntArray
from ebana_core.checking import checked_number
from ebana_core.circuit.circuit import CircuitBuilder
from ebana_core.circuit.compiled import CompiledCircuit, compile_circuit
from ebana_core.errors import EbanaError, ModelError, NameClashError, ShapeError
from ebana_core.laws.spice_constants import GMIN
from ebana_core.layers import CurrentLayer, Layer, Shape
from ebana_core.layers.sources import SourceLayer
from ebana_core.memory import require_memory

BYTES_PER_NODE = 150
"""While a circuit is compiled."""
SIEMENS = "give a conductance of zero or more, in siemens"


@attrs.frozen(eq=False)
class Network:
    """The layers of a model in the order in which they are built.

    Args:
        layers: Name to layer, every layer after its parents.
        input_shapes: Name to the shapes of the layer's inputs.
        shapes: Name to the shape the layer presents.
        compiled: The circuit.
    """

    layers: Mapping[str, Layer]
    input_shapes: Mapping[str, tuple[Shape, ...]]
    shapes: Mapping[str, Shape]
    compiled: CompiledCircuit


def assemble(
    inputs: Sequence[Layer], outputs: Sequence[Layer], *, gmin: float = GMIN, shunt: float = 0.0
) -> Network:
    """Collect the layers reachable from `inputs`, check them, and build the circuit.

    Args:
        inputs: Of the model.
        outputs: Likewise.
        gmin: Conductance across every junction, S.
        shunt: Conductance from every node to ground, S.

    Raises:
        ParameterError: A conductance below zero.
        ModelError: An input that is not a source, an output that is not a `CurrentLayer`, a layer
            that cannot be reached, or one that belongs to another model.
        NameClashError: Two layers of one name.
        ShapeError: Shapes that do not fit.
        CircuitError: A circuit without a unique operating point.
        NotEnoughMemoryError: Nodes that do not fit; names the layer.
    """
    builder = CircuitBuilder(
        gmin=checked_number(gmin, "gmin", SIEMENS, at_least=0.0, unit="S"),
        shunt=checked_number(shunt, "shunt", SIEMENS, at_least=0.0, unit="S"),
    )
    _check_ends(inputs, outputs)
    ordered = _ordered(inputs)
    by_name = _named(ordered)
    _check_reached(ordered, outputs)
    input_shapes: dict[str, tuple[Shape, ...]] = {}
    shapes: dict[str, Shape] = {}
    nodes: dict[str, IntArray] = {}
    for layer in _outputs_in_order(ordered, outputs):
        input_shapes[layer.name] = tuple(shapes[parent.name] for parent in layer.parents)
        try:
            shapes[layer.name] = tuple(map(int, layer.output_shape(input_shapes[layer.name])))
            require_memory(
                BYTES_PER_NODE * math.prod(shapes[layer.name]),
                f"Layer {layer.name!r} with nodes of shape {shapes[layer.name]}",
                "give it fewer units",
            )
            feeding = [_shaped(parent, nodes, shapes) for parent in layer.parents]
            nodes[layer.name] = np.reshape(layer.build(builder, feeding), -1)
        except EbanaError as error:
            error.add_note(f"while building layer {layer.name!r} ({layer.device})")
            raise
        builder.present(layer.name, nodes[layer.name])
    compiled = compile_circuit(builder.circuit())
    return Network(by_name, input_shapes, shapes, compiled)


def _shaped(layer: Layer, nodes: Mapping[str, IntArray], shapes: Mapping[str, Shape]) -> IntArray:
    own, shape = nodes[layer.name], shapes[layer.name]
    if own.size != math.prod(shape):
        raise ShapeError(
            f"Layer {layer.name!r} presents {own.size} nodes, and says that their shape is "
            f"{shape}.",
            "let its build return as many nodes as its output_shape says",
        )
    return own.reshape(shape)


def claim(network: Network) -> None:
    """Mark the layers as belonging to one model."""
    for layer in network.layers.values():
        layer._wiring.is_owned = True


def _check_ends(inputs: Sequence[Layer], outputs: Sequence[Layer]) -> None:
    for role, layers, kind, what in (
        ("inputs", inputs, SourceLayer, "an InputVoltageLayer or a BiasVoltageLayer"),
        ("outputs", outputs, CurrentLayer, "a CurrentLayer"),
    ):
        if not isinstance(layers, Sequence) or not layers:
            raise ModelError(
                f"The model has {role}={layers!r}.", f"give a list with at least {what}"
            )
        for layer in layers:
            if not isinstance(layer, kind):
                raise ModelError(
                    f"The model's {role} hold {getattr(layer, 'name', layer)!r}, which is not "
                    f"{what}.",
                    f"give {what}",
                )
        if len({id(layer) for layer in layers}) < len(layers):
            names = [layer.name for layer in layers]
            raise ModelError(f"The model's {role} name a layer twice: {names}.", "name it once")

    if not any(layer.device == "input" for layer in inputs):
        raise ModelError(
            f"The model's inputs {[layer.name for layer in inputs]} are all biases.",
            "add an InputVoltageLayer, which holds the samples",
        )


def _ordered(inputs: Sequence[Layer]) -> list[Layer]:
    """Return every layer reachable from the inputs, parents first."""
    found: dict[int, Layer] = {}
    waiting = deque(inputs)
    while waiting:
        layer = waiting.popleft()
        if id(layer) not in found:
            found[id(layer)] = layer
            waiting += layer.children
    for layer in found.values():
        if layer._wiring.is_owned:
            raise ModelError(
                f"Layer {layer.name!r} already belongs to another model.",
                "create new layers for a second model",
            )
        for parent in layer.parents:
            if id(parent) not in found:
                raise ModelError(
                    f"Layer {layer.name!r} is fed by {parent.name!r}, which no input of the model "
                    "reaches.",
                    f"add {_origin(parent).name!r} to the model's inputs",
                )
    order = {key: place for place, key in enumerate(found)}
    sorter = TopologicalSorter(
        {key: [id(parent) for parent in layer.parents] for key, layer in found.items()}
    )
    sorter.prepare()
    result: list[Layer] = []
    while sorter.is_active():
        # Several may be ready: in the order in which they were found, so that a model's nodes have
        # the same numbers every time.
        ready = sorted(sorter.get_ready(), key=order.__getitem__)
        result += [found[key] for key in ready]
        sorter.done(*ready)
    return result


def _origin(layer: Layer) -> Layer:
    while layer.parents:
        layer = layer.parents[0]
    return layer


def _named(layers: Sequence[Layer]) -> dict[str, Layer]:
    by_name: dict[str, Layer] = {}
    for layer in layers:
        if layer.name in by_name:
            raise NameClashError(
                f"Two layers are named {layer.name!r}, of the devices "
                f"{by_name[layer.name].device!r} and {layer.device!r}.",
                "give each layer a name of its own",
            )
        by_name[layer.name] = layer
    return by_name


def _check_reached(layers: Sequence[Layer], outputs: Sequence[Layer]) -> None:
    reached = {id(layer) for layer in layers}
    for output in outputs:
        if id(output) not in reached:
            raise ModelError(
                f"No input of the model reaches its output {output.name!r}.",
                f"add {_origin(output).name!r} to the model's inputs",
            )
    listed = {id(output) for output in outputs}
    for layer in layers:
        if isinstance(layer, CurrentLayer) and id(layer) not in listed:
            raise ModelError(
                f"Output layer {layer.name!r} is connected but not among the model's outputs.",
                f"add {layer.name!r} to outputs",
            )


def _outputs_in_order(layers: Sequence[Layer], outputs: Sequence[Layer]) -> list[Layer]:
    """Return the layers with the outputs last, in the order in which the user named them."""
    return [layer for layer in layers if not isinstance(layer, CurrentLayer)] + list(outputs)
