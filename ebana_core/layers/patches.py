"""Windows that slide over a plane of nodes: which node each of their cells lies on."""

from typing import Any, Literal

import attrs
import numpy as np

from ebana_core.arrays import IntArray
from ebana_core.checking import as_whole, check_word
from ebana_core.circuit.tiles import MISSING
from ebana_core.errors import ShapeError
from ebana_core.layers.declaration import Shape
from ebana_core.layers.layer import Layer

Padding = Literal["valid", "same"]
OUTSIDE = -1
"""Stands for a cell beyond the border."""


def pair(value: Any) -> Any:
    """Return one number as rows and columns, two as they are (an attrs converter)."""
    return tuple(value) if isinstance(value, list | tuple) else (value, value)


def check_pair(layer: Layer, field: Any, value: tuple[Any, ...]) -> None:
    """Refuse anything but a pair of sizes (an attrs validator).

    Raises:
        ShapeError: Names the layer's setting.
    """
    sizes = [as_whole(n) for n in value]
    if len(value) != 2 or not all(n is not None and n >= 1 for n in sizes):
        raise ShapeError(
            f"Layer {layer.name!r} has {field.name}={value!r}.",
            "give a whole number above zero, or two of them: rows and columns",
        )


def check_padding(layer: Layer, _: object, padding: Any) -> None:
    """Refuse an unknown padding (an attrs validator).

    Raises:
        ShapeError: Names the layer.
    """
    check_word(padding, f"Layer {layer.name!r} has padding", ("valid", "same"), ShapeError)


@attrs.frozen
class Windows:
    """Windows over a plane.

    Args:
        layer: Whose they are, for errors.
        size: Rows and columns of a window.
        stride: Rows and columns from one window to the next.
        padding: ``"valid"``: windows within the plane; ``"same"``: as many windows as the
            plane has nodes, over the stride, which reach beyond its border.
    """

    layer: str
    size: tuple[int, int]
    stride: tuple[int, int]
    padding: Padding

    def plane(self, shape: Shape) -> tuple[int, int, int]:
        """Return rows, columns and channels of an input.

        Raises:
            ShapeError: It is not a plane, or is smaller than a window.
        """
        if len(shape) not in (2, 3):
            raise ShapeError(
                f"Layer {self.layer!r} gets nodes of shape {shape}, which is not a plane.",
                "give it (rows, columns, channels) with a ReshapeLayer",
            )
        rows, columns = shape[:2]
        if self.padding == "valid" and (self.size[0] > rows or self.size[1] > columns):
            raise ShapeError(
                f"Layer {self.layer!r} has windows of {self.size} on a plane of "
                f"{(rows, columns)} nodes.",
                'give smaller ones, or padding="same"',
            )
        return rows, columns, shape[2] if len(shape) == 3 else 1

    def counts(self, shape: Shape) -> tuple[int, int]:
        """Return how many windows lie below and beside each other."""
        plane = self.plane(shape)[:2]
        if self.padding == "same":
            return -(-plane[0] // self.stride[0]), -(-plane[1] // self.stride[1])
        below, beside = (
            (n - size) // stride + 1
            for n, size, stride in zip(plane, self.size, self.stride, strict=True)
        )
        return below, beside

    def cells(self, shape: Shape) -> IntArray:
        """Return which node of the plane each cell of each window lies on.

        Returns:
            Numbers of nodes, or `OUTSIDE`. Shape ``(n_below, n_beside, rows, columns)`` of
            windows and of each one's cells; counted without channels.
        """
        plane, counts = self.plane(shape)[:2], self.counts(shape)
        places = []
        for n, count, size, stride in zip(plane, counts, self.size, self.stride, strict=True):
            beyond = max((count - 1) * stride + size - n, 0) if self.padding == "same" else 0
            first = np.arange(count) * stride - beyond // 2
            places.append(first[:, None] + np.arange(size))
        row, column = places[0][:, None, :, None], places[1][None, :, None, :]
        is_inside = (row >= 0) & (row < plane[0]) & (column >= 0) & (column < plane[1])
        return np.where(is_inside, row * plane[1] + column, OUTSIDE)

    def nodes(self, plane: IntArray, border: IntArray | None = None) -> IntArray:
        """Return the nodes of every window as one row: cell by cell, and channel by channel.

        Args:
            plane: Nodes, in the shape of the plane.
            border: What stands beyond the border, per channel; None: `MISSING`.

        Returns:
            Shape ``(n_windows, rows * columns * channels)`` of windows and their cells.
        """
        cells, channels = self.cells(plane.shape), self.plane(plane.shape)[2]
        outside = np.full(channels, MISSING) if border is None else border
        # Cells beyond the border are numbered OUTSIDE, -1, and so find the last row.
        known = np.vstack([plane.reshape(-1, channels), outside])
        return known[cells].reshape(cells.shape[0] * cells.shape[1], -1)
