"""Arrays and tables as users hold them, for the input layers of a network.

What is given by layer name, or is one array for a network with one place to put it, is taken. What
could mean two things is an error that says how to write the one that is meant.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

import numpy as np

from ebana_core.arrays import Array, host
from ebana_core.checking import checked_numbers, shown
from ebana_core.data.checks import Handed
from ebana_core.errors import DataError, ModelError, ShapeError, UnknownNameError
from ebana_core.layers import InputVoltageLayer
from ebana_core.network.graph import Network

MIRRORS = (("p", "n"), ("pos", "neg"), ("plus", "minus"), ("positive", "negative"))
"""Ends of the names of two input layers of which the second gets the negative voltages."""


@runtime_checkable
class Table(Protocol):
    """Columns with names: a frame of pandas or polars."""

    @property
    def columns(self) -> Any:
        """Names of the columns, in their order."""
        ...

    def __getitem__(self, name: Any) -> Any: ...

    def to_numpy(self) -> Any:
        """Return the numbers. Shape ``(n_rows, n_columns)``."""
        ...


def is_array(given: object) -> bool:
    """Tell whether something is an array, a table, or nested lists that may be one."""
    if isinstance(given, str | bytes | type):
        return False
    return isinstance(given, list | tuple) or hasattr(given, "__array__") or is_table(given)


def is_table(given: object) -> bool:
    """Tell whether something is a table with named columns."""
    return not isinstance(given, type) and isinstance(given, Table)


def input_names(network: Network) -> list[str]:
    """Return the names of the input layers, in the order in which the circuit is built."""
    return [name for name, layer in network.layers.items() if layer.device == "input"]


def inputs_from(network: Network, volts: Array) -> dict[str, Array]:
    """Return the samples of a network's input layers from one array.

    Args:
        network: It has one input layer, or two, the second of which gets the negative voltages.
        volts: Shape ``(n_samples, n_features)``, V.

    Raises:
        ModelError: It has another number of input layers.
    """
    names = input_names(network)
    if len(names) not in (1, 2):
        raise _several_inputs(names)
    return dict(zip(names, (volts, -volts), strict=False))


def inputs_of(network: Network, given: Any, path: str) -> dict[str, Any]:
    """Return samples by input layer, from what a user gave.

    Args:
        network: Whose layers the samples are for.
        given: By input layer an array, or a table of which the layer takes its columns; or one
            array or table for a network of one input layer, or of two whose names say that the
            second gets the negative voltages, such as ``xp`` and ``xn``.
        path: What the errors call it.

    Returns:
        What was given by layer; of one array `Handed` numbers that are nobody else's.

    Raises:
        ModelError: The network has other input layers.
        DataError: Not such samples.
        ShapeError: Numbers in one row, which may be one sample or many.
    """
    if isinstance(given, Mapping):
        return {name: _columns_for(network, name, item, path) for name, item in given.items()}
    if not is_array(given):
        raise DataError(
            f"{path} is {shown(given)}.", "write {'name of the input layer': array}, or an array"
        )
    names = input_names(network)
    own = {name: _columns(network, name) for name in names}
    if is_table(given) and all(own.values()) and len(set(own.values())) == len(names):
        return {name: _columns_for(network, name, given, path) for name in names}
    direct, *mirrored = names if len(names) == 1 else _mirrors(names)
    volts = _features(network, direct, _columns_for(network, direct, given, path), path)
    return {direct: Handed(volts), **{name: Handed(-volts) for name in mirrored}}


def _mirrors(names: Sequence[str]) -> Sequence[str]:
    """Return two names of which the second is the mirror of the first."""
    for one, other in (names, names[::-1]) if len(names) == 2 else ():
        for direct, mirrored in MIRRORS:
            if one.endswith(direct) and other == one.removesuffix(direct) + mirrored:
                return one, other
    raise _several_inputs(list(names))


def _several_inputs(names: list[str]) -> ModelError:
    return ModelError(
        f"The model has the input layers {names}, and its inputs are one array.",
        "give arrays by input layer, {'name': array}; where one gets the negative of the other, "
        "name them xp and xn, or write DataSet.differential(x, targets, names=(...))",
    )


def _columns(network: Network, name: str) -> tuple[str, ...]:
    layer = network.layers.get(name)
    return layer.columns if isinstance(layer, InputVoltageLayer) else ()


def _columns_for(network: Network, name: str, given: Any, path: str) -> Any:
    """Return the columns that an input layer takes of a table; anything else as it is."""
    if not is_table(given):
        return given
    wanted, found = _columns(network, name), list(given.columns)
    if not wanted:
        raise DataError(
            f"{path} is a table of {shown(found)}; layer {name!r} does not say which columns it "
            "takes.",
            "build it with columns=list(table.columns), or crossbar_network with "
            "inputs=list(table.columns); or give table.to_numpy()",
        )
    return picked(given, wanted, found, f"layer {name!r} takes", path)


def picked(table: Any, wanted: Sequence[str], found: list[Any], taker: str, path: str) -> Any:
    """Return columns of a table as one array.

    Raises:
        UnknownNameError: One is missing, or there twice.
    """
    missing = [name for name in wanted if found.count(name) != 1]
    if missing:
        raise UnknownNameError(
            f"{path} has the columns {shown(found)}; {taker} {missing}.",
            "give a table that has each of them once",
        )
    return table[list(wanted)].to_numpy()


def _features(network: Network, name: str, given: Any, path: str) -> Array:
    """Return the samples of one input layer. Shape ``(n_samples, units)``."""
    array = checked_numbers(hosted(given), path, truths=True)
    if array.ndim == 1 and network.shapes[name] == (1,):
        return array.reshape(-1, 1)
    if array.ndim and not len(array):
        raise DataError(f"{path} holds no samples.", "give at least one")
    if array.ndim < 2 or not array.size:
        raise ShapeError(
            f"{path} has shape {array.shape}, not (n_samples, units).",
            "write reshape(1, -1) for one sample, reshape(-1, 1) for one unit",
        )
    return array.reshape(len(array), -1)


def hosted(given: Any) -> Any:
    """Return an array of any library as NumPy's, without what it remembers for derivatives.

    Lists and masked arrays are left to `checked_numbers`, which sees what they hide, and so are
    arrays that NumPy cannot hold, of 16 short bits or sparse ones: it says so.
    """
    if isinstance(given, list | tuple | np.ndarray):
        return given
    try:
        return host(plain(given))
    except (TypeError, ValueError, RuntimeError, BufferError):
        return plain(given)


def plain(given: Any) -> Any:
    """Return a tensor without what it remembers for derivatives; anything else as it is."""
    return given.detach() if hasattr(given, "detach") and not isinstance(given, type) else given
