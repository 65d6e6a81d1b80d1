"""The values of a model: named arrays that keep their shape, unit and bounds."""

import os
from collections.abc import Iterator, Mapping, MutableMapping
from typing import Any, final

from ebana_core.arrays import Array
from ebana_core.checking import check_truth, shown
from ebana_core.errors import ParameterError
from ebana_core.network.declared import (
    DeclaredParameter,
    check_like,
    checked_values,
    read_only,
)
from ebana_core.objects import checked_mapping, checked_name
from ebana_core.storage.exchange import read_csv, read_npz, write_csv, write_npz
from ebana_core.storage.whole import check_names

HEADERS = 1 << 20
"""Bytes that the headers of a NumPy archive may take."""


@final
class Parameters(MutableMapping[str, Array]):
    """Parameter name to read-only array; assignment checks shape and bounds.

    The set of names is fixed: parameters can be assigned, not added or removed.
    """

    def __init__(
        self, declared: Mapping[str, DeclaredParameter], values: Mapping[str, Array]
    ) -> None:
        self._declared = declared
        self._values = dict(values)

    def __getitem__(self, name: str) -> Array:
        self._require(name)
        return self._values[name]

    def __setitem__(self, name: str, value: Any) -> None:
        self._require(name)
        self._values[name] = checked_values(self._declared[name], value)

    def get(self, name: str, default: Any = None) -> Any:
        return (
            self._values[name] if name in self else default
        )  # that of the base class knows only a KeyError

    def __delitem__(self, name: str) -> None:
        raise ParameterError(f"Parameter {name!r} cannot be removed.", "remove its layer instead")

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name in self._values

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def assign(self, values: Mapping[str, Any]) -> None:
        """Assign several parameters, all or none."""
        self._values = self.with_others(values)

    def update(self, values: Any = (), /, **others: Any) -> None:
        """Assign several parameters, all or none; `values` may hold pairs of name and array."""
        if not isinstance(values, Mapping):
            try:
                values = dict(values)
            except (TypeError, ValueError) as error:
                raise ParameterError(
                    f"values is {shown(values)}.", "write {'d1.conductance': array}"
                ) from error
        self.assign({**values, **others})

    def with_others(self, values: Mapping[str, Any]) -> dict[str, Array]:
        """Return all arrays with other values of some; those that stand are not changed.

        Raises:
            ParameterError: Not a mapping, or a value is out of bounds.
            UnknownNameError: There is no such parameter.
            ShapeError: An array has another shape.
        """
        self._require_all(values)
        new = {name: checked_values(self._declared[name], value) for name, value in values.items()}
        return self._values | new

    def adopt(self, values: Mapping[str, Array]) -> None:
        """Assign arrays that have the right values already, all or none, without a copy.

        Raises:
            ParameterError: Not a mapping of arrays of numbers.
            UnknownNameError: There is no such parameter.
            ShapeError: An array has another shape.
        """
        self._require_all(values)
        for name, array in values.items():
            check_like(array, self._values[name].shape, name)
        self._values |= {name: read_only(array) for name, array in values.items()}

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
        check_truth(strict, "strict")
        size = sum(array.nbytes for array in self._values.values())
        # An archive of more than twice the size does not belong to this model.
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
            DataError: It holds text in place of a number, or another number of values.
            ParameterError: A value is out of bounds.
        """
        self[name] = read_csv(path, self[name].shape)

    def unit(self, name: str) -> str:
        """Return the SI unit of a parameter."""
        self._require(name)
        return self._declared[name].declaration.quantity.unit

    def _require_all(self, values: Any) -> None:
        for name in checked_mapping(values, "values", "write {'d1.conductance': array}"):
            self._require(name)

    def _require(self, name: str) -> None:
        checked_name(name, self._values, "parameter")

    def __repr__(self) -> str:
        lines = [
            f"  {name}: {value.shape} {self._declared[name].declaration.quantity.unit}"
            for name, value in self._values.items()
        ]
        return "Parameters(\n" + "\n".join(lines) + "\n)"
