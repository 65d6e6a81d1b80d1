"""The one place that knows which array library an array belongs to."""

import sys
from collections.abc import Mapping, Sequence
from typing import Any

import attrs
import numpy as np

Array = np.ndarray[Any, np.dtype[np.float64]]
"""A float64 array; float32 or of another library where a backend was asked for that."""

BoolArray = np.ndarray[Any, np.dtype[np.bool_]]
"""An array of truth values."""

IntArray = np.ndarray[Any, np.dtype[np.intp]]
"""An array of whole numbers: of nodes, rows, or places in other arrays."""

Values = Mapping[str, Array]
"""Value name to array, broadcastable to the branches of one element array."""

_NAMESPACES: dict[type, Any] = {np.ndarray: np}
"""Type of arrays to their library's functions, remembered as long as the process: finding them
takes longer than a small sum."""


def is_masked(value: object) -> bool:
    """Tell whether an array hides numbers, without loading `numpy.ma`, which makes such arrays."""
    masked = sys.modules.get("numpy.ma")
    return masked is not None and bool(masked.is_masked(value))


@attrs.frozen
class Precision:
    """The accuracy that rounding allows a solution, by the floating type of its arrays.

    Args:
        name: Of the floating type.
        eps: Its relative rounding.
        imbalance: Largest relative current imbalance of a right operating point.
        free_tolerance: Residual of a free phase relative to the device currents at a node.
        change: Residual of a nudged phase relative to the changes at a node up to which gradients
            are right; solutions end there only where devices are rounded coarsely.
        at_bound: Distance from its bound at which a node counts as clamped, relative to its
            voltages; the embedded solver reaches the bound itself, ngspice comes close to it.
    """

    name: str
    eps: float
    imbalance: float
    free_tolerance: float
    change: float
    at_bound: float

    @property
    def tight(self) -> float:
        """Residual that rounding leaves, relative to the absolute terms at a node."""
        return 4 * self.eps


DOUBLE = Precision("float64", float(np.finfo(np.float64).eps), 1e-12, 1e-13, 1e-9, 1e-9)
SINGLE = Precision("float32", float(np.finfo(np.float32).eps), 1e-5, 1e-6, 1e-5, 1e-6)


def namespace(array: Any) -> Any:
    """Return the array API namespace of `array`: NumPy itself, or a compatible wrapper."""
    try:
        return _NAMESPACES[type(array)]
    except KeyError:
        import array_api_compat  # only where another array library is in use

        found = np if isinstance(array, np.ndarray | np.generic | float | int) else None
        found = found or array_api_compat.array_namespace(array)
        return _NAMESPACES.setdefault(type(array), found)


def anywhere(condition: Any) -> bool:
    """Tell whether a condition holds anywhere."""
    if isinstance(condition, np.ndarray):
        return bool(condition.any())
    return bool(namespace(condition).any(condition))


def everywhere(condition: Any) -> bool:
    """Tell whether a condition holds everywhere."""
    if isinstance(condition, np.ndarray):
        return bool(condition.all())
    return bool(namespace(condition).all(condition))


def precision_of(array: Array) -> Precision:
    """Return the precision of a NumPy array."""
    return SINGLE if array.dtype == np.float32 else DOUBLE


def epsilon(array: Array) -> float:
    """Return the relative rounding of an array's numbers."""
    if isinstance(array, np.ndarray) and array.dtype == np.float64:
        return DOUBLE.eps
    return float(namespace(array).finfo(array.dtype).eps)


def host(array: Any) -> Array:
    """Return an array, of whatever library, as NumPy's."""
    if isinstance(array, np.ndarray):
        return array
    if hasattr(array, "cpu"):  # PyTorch's way, the only one that every release of it has
        array = array.cpu()
    elif hasattr(array, "__dlpack__"):
        array = np.from_dlpack(array, device="cpu")
    return np.asarray(array)


def exact(array: Any) -> Array:
    """Return an array, of whatever library and precision, as NumPy's in float64."""
    return np.asarray(host(array), dtype=np.float64)


def joined(parts: Sequence[Mapping[str, Array]]) -> dict[str, Array]:
    """Return the arrays of all shards of a batch, one behind the other, by name."""
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def owned(array: Any) -> Any:
    """Return an array that another library may take over: a copy, if it is NumPy's.

    torch shares their memory and refuses what is read-only or runs backwards.
    """
    return np.array(array) if isinstance(array, np.ndarray | np.generic) else array


def is_fixed(array: Any) -> bool:
    """Tell whether nobody can write into an array of NumPy's, nor into what it is a view of."""
    if type(array) is np.ndarray and array.base is None:  # most are
        return not array.flags.writeable
    while isinstance(array, np.ndarray):
        if array.flags.writeable:
            return False
        array = array.base
    return array is None or isinstance(array, bytes)


def fixed(arrays: Mapping[str, Array]) -> Mapping[str, Array]:
    """Return arrays that nobody can write into: the same ones, or copies where somebody could.

    Simulators know values by identity, and operating points keep those that they were solved at.
    """
    if all(map(is_fixed, arrays.values())):
        return arrays
    found = {n: array if is_fixed(array) else np.array(array) for n, array in arrays.items()}
    for array in found.values():
        array.flags.writeable = False
    return found


def shown(array: Array) -> Array:
    """Return an array that others may look at, not write into."""
    view = array.view()
    view.flags.writeable = False
    return view


def like(array: Any, reference: Array) -> Array:
    """Return an array of the library, device and precision of `reference`."""
    xp = namespace(reference)
    if xp is np:
        return np.asarray(host(array), dtype=reference.dtype)
    return xp.asarray(owned(array), dtype=reference.dtype, device=reference.device)


def columns(array: Array, places: Any) -> Array:
    """Return columns of an array, which a slice or numbers name, NumPy's or of its library."""
    if isinstance(array, np.ndarray) or isinstance(places, slice):
        return array[:, places]
    xp = namespace(array)
    return xp.take(array, xp.asarray(owned(places), device=array.device), axis=1)


def average(values: Array) -> float:
    """Return the mean of numbers: the bits of NumPy's own, in a third of its time."""
    return float(np.add.reduce(values) / len(values))


def column_products(first: Array, second: Array) -> Array:
    """Return the products of two arrays summed over rows. Shape ``(n_columns,)``."""
    if isinstance(first, np.ndarray):
        return np.einsum("si,si->i", first, second)  # no array of all products
    return namespace(first).sum(first * second, axis=0)


def column_sums(matrix: Any) -> Array:
    """Return the sums of the columns of a matrix, NumPy's or sparse. Shape ``(n_columns,)``."""
    if isinstance(matrix, np.ndarray):
        return np.ones(len(matrix)) @ matrix  # a third of the time that NumPy's own sum takes
    return np.asarray(matrix.sum(axis=0))


def rows(array: Array, places: Any) -> Array:
    """Return rows of an array, which numbers of its library name."""
    if isinstance(array, np.ndarray):
        return array[places]
    return namespace(array).take(array, places, axis=0)


def put_rows(target: Array, places: Any, amounts: Any) -> None:
    """Write into rows of `target`, which numbers of its library name, rising."""
    if isinstance(target, np.ndarray) or _is_of_torch(target):
        target[places] = amounts
    else:  # the standard writes by masks, not by numbers
        target[namespace(target).any(_is_at(target.shape[0], places), axis=0)] = amounts


def add_at(target: Array, places: Any, amounts: Array) -> None:
    """Add `amounts` ``(n_rows, n)`` to columns of `target`, which may repeat."""
    if isinstance(target, np.ndarray):
        np.add.at(target.T, places, amounts.T)
    elif _is_of_torch(target):
        target.index_add_(1, places, amounts)
    else:  # the standard adds by matrix products alone
        is_at = _is_at(target.shape[1], places)
        target[:, :] += amounts @ namespace(target).astype(is_at, target.dtype)


def _is_at(n: int, places: Any) -> Any:
    """Tell which of `n` places each number names. Shape ``(n_numbers, n)``."""
    xp = namespace(places)
    return places[:, None] == xp.arange(n, device=places.device)[None, :]


def _is_of_torch(array: Any) -> bool:
    import array_api_compat  # only where another array library is in use

    return array_api_compat.is_torch_array(array)
