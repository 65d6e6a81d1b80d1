"""Layers that only arrange nodes: they add no device to the circuit."""

import math
from collections.abc import Sequence
from typing import Any

import attrs
import numpy as np

from ebana_core.arrays import IntArray
from ebana_core.checking import as_whole
from ebana_core.circuit import CircuitBuilder, Constant, VoltageSources
from ebana_core.errors import ModelError, ShapeError
from ebana_core.layers.declaration import Shape
from ebana_core.layers.layer import Layer


def _check_axis(layer: Layer, _: object, axis: Any) -> None:
    if as_whole(axis) is None:
        raise ShapeError(f"Layer {layer.name!r} has axis={axis!r}.", "give a whole number")


@attrs.frozen(kw_only=True, eq=False)
class SeveralLayer(Layer):
    """A layer over at least one input."""

    def check_parents(self, parents: tuple[Layer, ...]) -> None:
        if not parents:
            raise ModelError(
                f"Layer {self.name!r} is called on an empty list.",
                "call it on at least one layer",
            )

    def refused(self, input_shapes: Sequence[Shape], fix: str) -> ShapeError:
        """Return the error for inputs whose shapes do not fit."""
        given = ", ".join(
            f"{parent.name!r} {shape}"
            for parent, shape in zip(self.parents, input_shapes, strict=False)
        )
        return ShapeError(f"Layer {self.name!r} cannot join the shapes of {given}.", fix)


@attrs.frozen(kw_only=True, eq=False)
class ConcatenateLayer(SeveralLayer):
    """Presents the nodes of its inputs one after the other along an axis.

    Args:
        name: See `Layer`.
        axis: Along which the inputs may differ in size; -1: the last one.

    Examples:
        >>> ConcatenateLayer(name="rows").output_shape([(2,), (2,), (1,)])
        (5,)
    """

    device = "concatenate"
    axis: int = attrs.field(default=-1, validator=_check_axis)

    def output_shape(self, input_shapes: Sequence[Shape]) -> Shape:
        try:
            return np.concatenate([np.empty(s) for s in input_shapes], axis=self.axis).shape
        except ValueError as error:
            raise self.refused(
                input_shapes,
                f"let them differ along axis {self.axis} only, or make them flat with a "
                "ReshapeLayer",
            ) from error

    def build(self, builder: CircuitBuilder, inputs: Sequence[IntArray]) -> IntArray:
        return np.concatenate(list(inputs), axis=self.axis)


@attrs.frozen(kw_only=True, eq=False)
class StackLayer(SeveralLayer):
    """Presents the nodes of equally shaped inputs along a new axis.

    Args:
        name: See `Layer`.
        axis: Place of the new axis; -1: the last one, so that inputs become channels.

    Examples:
        >>> StackLayer(name="channels").output_shape([(4, 4), (4, 4)])
        (4, 4, 2)
    """

    device = "stack"
    axis: int = attrs.field(default=-1, validator=_check_axis)

    def output_shape(self, input_shapes: Sequence[Shape]) -> Shape:
        try:
            return np.stack([np.empty(s) for s in input_shapes], axis=self.axis).shape
        except ValueError as error:
            raise self.refused(
                input_shapes, f"give inputs of one shape, which has a place for axis {self.axis}"
            ) from error

    def build(self, builder: CircuitBuilder, inputs: Sequence[IntArray]) -> IntArray:
        return np.stack(list(inputs), axis=self.axis)


def _shape(shape: Any) -> Any:
    return tuple(shape) if isinstance(shape, list | tuple) else (shape,)


def _check_shape(layer: Layer, _: object, shape: tuple[Any, ...]) -> None:
    sizes = [as_whole(n) for n in shape]
    is_whole = all(n is not None and (n > 0 or n == -1) for n in sizes)
    if not shape or not is_whole or shape.count(-1) > 1:
        raise ShapeError(
            f"Layer {layer.name!r} has shape={shape!r}.",
            "give whole numbers above zero; one of them may be -1, which stands for the rest",
        )


@attrs.frozen(kw_only=True, eq=False)
class ReshapeLayer(Layer):
    """Presents the nodes of its input in another shape.

    Args:
        name: See `Layer`.
        shape: Of the nodes, for example ``(28, 28, 1)``; one number may be -1: the rest.

    Examples:
        >>> ReshapeLayer(name="plane", shape=(4, -1, 1)).output_shape([(16,)])
        (4, 4, 1)
    """

    device = "reshape"
    shape: Shape = attrs.field(converter=_shape, validator=_check_shape)

    def output_shape(self, input_shapes: Sequence[Shape]) -> Shape:
        size, known = math.prod(input_shapes[0]), math.prod(n for n in self.shape if n > 0)
        fits = size % known == 0 if -1 in self.shape else size == known
        if not fits:
            raise ShapeError(
                f"Layer {self.name!r} cannot give {size} nodes of shape {input_shapes[0]} the "
                f"shape {self.shape}.",
                f"give a shape of {size} nodes",
            )
        return tuple(size // known if n == -1 else n for n in self.shape)

    def build(self, builder: CircuitBuilder, inputs: Sequence[IntArray]) -> IntArray:
        return inputs[0]


@attrs.frozen(kw_only=True, eq=False)
class JoinLayer(SeveralLayer):
    """Wires the nodes of equally shaped inputs together, first to first and so on.

    Presents the nodes of the first input. Ideal wires: joining two nodes that sources hold is
    refused.

    Args:
        name: See `Layer`.

    Examples:
        >>> JoinLayer(name="joined").output_shape([(3,), (3,)])
        (3,)
    """

    device = "join"

    def check_parents(self, parents: tuple[Layer, ...]) -> None:
        if len(parents) < 2:
            raise ModelError(
                f"Layer {self.name!r} is called on {len(parents)} layers.",
                "call it on at least two layers, whose nodes it wires together",
            )

    def output_shape(self, input_shapes: Sequence[Shape]) -> Shape:
        if len(set(input_shapes)) > 1:
            raise self.refused(input_shapes, "give inputs of one shape")
        return input_shapes[0]

    def build(self, builder: CircuitBuilder, inputs: Sequence[IntArray]) -> IntArray:
        first, *others = inputs
        builder.add(
            VoltageSources(
                name=self.name,
                layer=self.name,
                heads=np.concatenate([nodes.ravel() for nodes in others]),
                tails=np.tile(first.ravel(), len(others)),
                voltage=Constant(np.zeros(())),
            )
        )
        return first
