"""The parameters that layers declare: what their values must keep, and how they are first drawn."""

import math
from collections.abc import Mapping
from typing import Any
from zlib import crc32

import attrs
import numpy as np

from ebana_core.arrays import Array
from ebana_core.checking import shown
from ebana_core.circuit.names import of_devices
from ebana_core.errors import DataError, ParameterError, ShapeError
from ebana_core.layers import Declaration, Layer
from ebana_core.memory import require_memory
from ebana_core.network.graph import Network

BYTES_PER_DRAW = 16
"""Memory per value while values are drawn and copied, bytes."""


@attrs.frozen(eq=False)
class DeclaredParameter:
    """A parameter of a model: the layer that declares it, and the bounds that its values keep.

    Args:
        layer: The declaring layer.
        declaration: Quantity, shape, bounds, learning rate.
    """

    layer: Layer
    declaration: Declaration

    def require(self, array: Array) -> None:
        """Refuse values that the quantity or the bounds do not allow.

        Raises:
            ParameterError: Not finite or out of bounds; names the element.
        """
        declaration = self.declaration
        if not array.size:
            return
        low, high = float(array.min()), float(array.max())
        if declaration.quantity.allows(low, high) and (
            declaration.lower <= low and high <= declaration.upper
        ):
            return
        declaration.quantity.require(array, self.name)
        outside = (array < declaration.lower) | (array > declaration.upper)
        if not outside.any():
            return
        place = np.argwhere(outside)[0].tolist()
        unit = declaration.quantity.unit
        raise ParameterError(
            f"{self.name}{place} is {float(array[tuple(place)])!r} {unit}, outside the bounds "
            f"[{declaration.lower:g}, {declaration.upper:g}] {unit}.",
            "give values within the bounds, or build the layer with wider clip limits",
        )

    def wished(self, values: Array, change: Array) -> Array:
        """Return the change that the layer's `weight_update_func` makes of the optimizer's.

        Raises:
            ShapeError: It returned another shape; names the parameter.
            DataError: It returned a value that is not finite.
        """
        update = self.declaration.weight_update_func
        if update is None:
            return change
        new = np.asarray(update(values, change))
        if new.shape != values.shape:
            raise ShapeError(
                f"The weight_update_func of {self.name!r} returned shape {new.shape} for values "
                f"of shape {values.shape}.",
                "return the new values, one per value",
            )
        if new.dtype.kind not in "fiu" or not np.isfinite(new).all():
            raise DataError(
                f"The weight_update_func of {self.name!r} returned a value that is not finite.",
                f"return new values in {self.declaration.quantity.unit}",
            )
        return new - values

    @property
    def name(self) -> str:
        """Full name, for example ``"d1.conductance"``."""
        return self.layer.parameter(self.declaration.quantity.name)

    @property
    def varies_as(self) -> str:
        """Name under which a circuit takes what single devices have: of shared values another."""
        return self.name if self.declaration.devices is None else of_devices(self.name)


def declare(network: Network) -> dict[str, DeclaredParameter]:
    """Return parameter name to declared parameter, in the order of the layers."""
    found = {}
    for layer in network.layers.values():
        for declaration in layer.declarations(network.input_shapes[layer.name]):
            parameter = DeclaredParameter(layer, declaration)
            found[parameter.name] = parameter
    return found


def initial_values(declared: Mapping[str, DeclaredParameter], seed: int) -> dict[str, Array]:
    """Draw all initial values, one random stream per (seed, layer name).

    Raises:
        NotEnoughMemoryError: They do not fit; names the layer.
    """
    streams: dict[str, np.random.Generator] = {}
    values = {}
    for name, parameter in declared.items():
        layer = parameter.layer.name
        require_memory(
            BYTES_PER_DRAW * math.prod(parameter.declaration.shape),
            f"Layer {layer!r} with {name} of shape {parameter.declaration.shape}",
            "give the layer, or the one before it, fewer units",
        )
        if layer not in streams:
            # By the layer's name: a layer that is added elsewhere does not change what this one
            # draws.
            streams[layer] = np.random.default_rng([seed, crc32(layer.encode())])
        values[name] = checked_values(parameter, parameter.declaration.draw(streams[layer]))
    return values


def checked_values(parameter: DeclaredParameter, value: Any) -> Array:
    """Return `value` as a read-only float64 copy that keeps shape, quantity and bounds.

    Raises:
        ShapeError: Another shape than declared.
        ParameterError: Not finite or out of bounds; names the element.
    """
    declaration = parameter.declaration
    array = declaration.quantity.check(value, parameter.name)
    if array.shape != declaration.shape:
        raise ShapeError(
            f"{parameter.name} is given shape {array.shape}; it has shape {declaration.shape}.",
            f"give an array of shape {declaration.shape}",
        )
    parameter.require(array)
    return read_only(array)


def check_like(array: object, shape: tuple[int, ...], name: str) -> None:
    """Refuse anything but an array of numbers of a shape.

    Raises:
        ParameterError: No array of floats.
        ShapeError: It has another shape.
    """
    if not isinstance(array, np.ndarray) or array.dtype.kind != "f":
        raise ParameterError(f"{name} is given {shown(array)}.", "give an array of floats")
    if array.shape != shape:
        raise ShapeError(
            f"{name} is given shape {array.shape}; it has shape {shape}.",
            f"give an array of shape {shape}",
        )


def read_only(array: Array) -> Array:
    """Return an array that nobody can make writable again by its flags."""
    array.flags.writeable = False
    return array.view()
