"""Checks of samples: finite numbers, one row per sample, as many in every array."""

from collections.abc import Mapping
from typing import Any, final

import attrs
import numpy as np

from ebana_core.arrays import Array
from ebana_core.checking import checked_numbers, shown
from ebana_core.errors import DataError, ShapeError

Arrays = dict[str, Array]


@final
@attrs.frozen(eq=False)
class Handed:
    """An array of checked numbers that nobody else holds: a data set keeps it, without a copy.

    Args:
        array: Of `checked_numbers`, or made of such an array.
    """

    array: Array


def checked_arrays(arrays: Any, role: str) -> Arrays:
    """Return the checked copies of all arrays of one role, "input" or "output"."""
    if not isinstance(arrays, Mapping):
        raise DataError(
            f"{role}s is {shown(arrays)}, not a mapping.",
            f"write {{'name of the {role} layer': array}}",
        )
    for name in arrays:
        if not isinstance(name, str) or not name:
            raise DataError(f"{role} {name!r} is not a layer's name.", "give the name as text")
    return {name: _checked_array(array, role, f"{role} {name!r}") for name, array in arrays.items()}


def _checked_array(value: Any, role: str, path: str) -> Array:
    """Return `value` as a finite float64 copy of shape ``(n_samples, units)``."""
    numeric = "give real numbers of shape (n_samples, units)"
    is_own = isinstance(value, Handed)
    array = value.array if is_own else checked_numbers(value, path, numeric, truths=True)
    if array.ndim != 2 or not array.shape[1]:
        hint = ": reshape(-1, 1) for one unit, reshape(1, -1) for one sample"
        if role == "output":
            hint += "; or, for classes numbered from 0, give numpy.eye(n_classes)[labels]"
        raise ShapeError(
            f"{path} has shape {array.shape}, not (n_samples, units).",
            f"reshape it{hint if array.ndim == 1 else ''}",
        )
    finite = np.isfinite(array)
    if not finite.all():
        sample, unit = np.argwhere(~finite)[0]
        raise DataError(
            f"{path} is {float(array[sample, unit])!r} at sample {sample}, unit {unit}.",
            "repair or remove the sample",
        )
    return array


def checked_together(inputs: Arrays, outputs: Any) -> tuple[Arrays, Arrays | None]:
    """Return inputs and checked outputs, all with the same number of samples, at least 1."""
    targets = None if outputs is None else checked_arrays(outputs, "output")
    counts = {f"input {name!r}": len(array) for name, array in inputs.items()}
    counts |= {f"output {name!r}": len(array) for name, array in (targets or {}).items()}
    if len(set(counts.values())) > 1:
        listed = ", ".join(f"{path} has {count}" for path, count in counts.items())
        raise DataError(f"Numbers of samples differ: {listed}.", "give every layer the same")
    if not any(counts.values()):
        raise DataError("The data set has no samples.", "give at least one sample")
    return inputs, targets
