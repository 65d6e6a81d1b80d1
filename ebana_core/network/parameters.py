"""The values of a model: named arrays that keep their shape, unit and bounds."""

import math
import os
from collections.abc import Iterator, Mapping, MutableMapping
from typing import Any, final
from zlib import crc32

import attrs
import numpy as np

from ebana_core.arrays import Array
from ebana_core.errors import DataError, ParameterError, ShapeError, UnknownNameError
from ebana_core.layers import Declaration, Layer
from ebana_core.memory import require_memory
from ebana_core.network.graph import Network
from ebana_core.storage.exchange import read_csv, read_npz, write_csv, write_npz
from ebana_core.storage.whole import check_names

HEADERS = 1 << 20
"""Bytes that the headers of a NumPy archive may take."""
BYTES_PER_DRAW = 16
"""Of a value while it is drawn and copied."""


@attrs.frozen(eq=False)
class Slot:
    """A parameter of a model: who declares it, and what it must keep.

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
        """Return the change that the layer's `weight_update_func` makes of a wished one.

        Raises:
            ShapeError: It returned another shape; names the parameter.
            DataError: It returned what is not finite.
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
                f"The weight_update_func of {self.name!r} returned what is not a finite number.",
                f"return new values in {self.declaration.quantity.unit}",
            )
        return new - values

    @property
    def name(self) -> str:
        """Full name, for example ``"d1.conductance"``."""
        return self.layer.parameter(self.declaration.quantity.name)


def declare(network: Network) -> dict[str, Slot]:
    """Return parameter name to slot, in the order of the layers."""
    slots = {}
    for layer in network.layers.values():
        for declaration in layer.declarations(network.input_shapes[layer.name]):
            slot = Slot(layer, declaration)
            slots[slot.name] = slot
    return slots


def initial_values(slots: Mapping[str, Slot], seed: int) -> dict[str, Array]:
    """Draw all initial values, one random stream per (seed, layer name).

    Raises:
        NotEnoughMemoryError: They do not fit; names the layer.
    """
    streams: dict[str, np.random.Generator] = {}
    values = {}
    for name, slot in slots.items():
        layer = slot.layer.name
        require_memory(
            BYTES_PER_DRAW * math.prod(slot.declaration.shape),
            f"Layer {layer!r} with {name} of shape {slot.declaration.shape}",
            "give the layer, or the one before it, fewer units",
        )
        if layer not in streams:
            streams[layer] = np.random.default_rng([seed, crc32(layer.encode())])
        values[name] = checked(slot, slot.declaration.draw(streams[layer]))
    return values


def checked(slot: Slot, value: Any) -> Array:
    """Return `value` as a read-only float64 copy that keeps shape, quantity and bounds.

    Raises:
        ShapeError: Another shape than declared.
        ParameterError: Not finite or out of bounds; names the element.
    """
    declaration = slot.declaration
    array = declaration.quantity.check(value, slot.name)
    if array.shape != declaration.shape:
        raise ShapeError(
            f"{slot.name} is given shape {array.shape}; it has shape {declaration.shape}.",
            f"give an array of shape {declaration.shape}",
        )
    slot.require(array)
    return _kept(array)


def _kept(array: Array) -> Array:
    """Return an array that nobody can make writable again by its flags."""
    array.flags.writeable = False
    return array.view()


@final
class Parameters(MutableMapping[str, Array]):
    """Parameter name to read-only array; assignment checks shape and bounds.

    The set of names is fixed: parameters can be assigned, not added or removed.
    """

    def __init__(self, slots: Mapping[str, Slot], values: Mapping[str, Array]) -> None:
        self._slots = slots
        self._values = dict(values)

    def __getitem__(self, name: str) -> Array:
        self._require(name)
        return self._values[name]

    def __setitem__(self, name: str, value: Any) -> None:
        self._require(name)
        self._values[name] = checked(self._slots[name], value)

    def __delitem__(self, name: str) -> None:
        raise ParameterError(f"Parameter {name!r} cannot be removed.", "remove its layer instead")

    def __contains__(self, name: object) -> bool:
        return name in self._values

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def assign(self, values: Mapping[str, Any]) -> None:
        """Assign several parameters, all or none."""
        for name in values:
            self._require(name)
        new = {name: checked(self._slots[name], value) for name, value in values.items()}
        self._values |= new

    def adopt(self, values: Mapping[str, Array]) -> None:
        """Assign arrays that have the right shape and values already, without a copy."""
        self._values |= {name: _kept(array) for name, array in values.items()}

    def snapshot(self) -> dict[str, Array]:
        """Return the present arrays; they are never written to."""
        return dict(self._values)

    def save_npz(self, path: str | os.PathLike[str]) -> None:
        """Write all parameters as a NumPy archive, SI units.

        Raises:
            StorageError: It cannot be written.
        """
        write_npz(path, self._values)

    def load_npz(self, path: str | os.PathLike[str], *, strict: bool = True) -> None:
        """Assign the parameters of a NumPy archive, all or none.

        Args:
            path: The archive.
            strict: Refuse one that lacks a parameter or names an unknown one; False: what it
                lacks stays as it is, and what is unknown is left out.

        Raises:
            StorageError: It cannot be read.
            FormatError: It lacks a parameter.
            UnknownNameError: It names a parameter that the model lacks.
            ShapeError: An array has another shape.
            ParameterError: A value is out of bounds.
        """
        size = sum(array.nbytes for array in self._values.values())
        found = read_npz(path, HEADERS + 2 * size)
        check_names(found, self._values, os.fspath(path), strict=strict)
        self.assign({name: array for name, array in found.items() if name in self._values})

    def save_csv(self, name: str, path: str | os.PathLike[str]) -> None:
        """Write one parameter as rows of numbers, SI unit; for a crossbar a row per input.

        Raises:
            UnknownNameError: The model lacks it.
            StorageError: It cannot be written.
        """
        write_csv(path, name, self.unit(name), self[name])

    def load_csv(self, name: str, path: str | os.PathLike[str]) -> None:
        """Assign one parameter from rows of numbers, SI unit: measured conductances.

        Raises:
            UnknownNameError: The model lacks it.
            StorageError: It cannot be read.
            DataError: It holds what is no number, or another number of values.
            ParameterError: A value is out of bounds.
        """
        self[name] = read_csv(path, self[name].shape)

    def unit(self, name: str) -> str:
        """Return the SI unit of a parameter."""
        self._require(name)
        return self._slots[name].declaration.quantity.unit

    def _require(self, name: str) -> None:
        if name not in self._values:
            raise UnknownNameError(
                f"No parameter {name!r}; the parameters are {sorted(self._values)}.",
                "use one of these names",
            )

    def __repr__(self) -> str:
        lines = [
            f"  {name}: {value.shape} {self._slots[name].declaration.quantity.unit}"
            for name, value in self._values.items()
        ]
        return "Parameters(\n" + "\n".join(lines) + "\n)"
