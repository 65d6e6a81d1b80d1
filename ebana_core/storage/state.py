"""State files: parameters, optimizer slots and the step, as HDF5 whatever their suffix."""

import os
from collections.abc import Collection, Mapping

import attrs

from ebana_core.arrays import Array
from ebana_core.errors import FormatError, UnknownNameError
from ebana_core.storage.datasets import add_array, axes, write_arrays
from ebana_core.storage.hdf5 import mark, new_file, open_typed, read_arrays, typed_group
from ebana_core.storage.layout import STATE
from ebana_core.storage.whole import check_counters

SEPARATOR = "|"
"""Stands for the slash of slot names, which HDF5 would take for a group."""


@attrs.frozen(eq=False, kw_only=True)
class State:
    """The content of a state file.

    Args:
        parameters: Parameter name to values, SI units.
        slots: ``"d1.conductance/first_moment"`` to values.
        step: Optimizer steps made.
        rate_factor: What every learning rate is multiplied with.
    """

    parameters: Mapping[str, Array]
    slots: Mapping[str, Array]
    step: int
    rate_factor: float = 1.0


def write_state(
    path: str | os.PathLike[str],
    *,
    parameters: Mapping[str, Array],
    slots: Mapping[str, Array],
    step: int,
    rate_factor: float,
    units: Mapping[str, str],
) -> None:
    """Write a state file; an existing one is replaced when the new one is whole.

    Raises:
        StorageError: It cannot be written.
    """
    with new_file(path) as file:
        mark(file, STATE)
        file.attrs["step"], file.attrs["rate_factor"] = step, rate_factor
        write_arrays(typed_group(file, "parameters", "ebana-parameters"), parameters, units)
        remembered = typed_group(file, "slots", "ebana-slots")
        for name, values in slots.items():
            dims = axes(name.split("/")[0], values.ndim)
            add_array(remembered, name.replace("/", SEPARATOR), values, unit="optimizer", dims=dims)


def read_state(path: str | os.PathLike[str], layers: Collection[str] | None = None) -> State:
    """Read a state file.

    Args:
        path: The file.
        layers: Names of the layers whose arrays are wanted; None: all.

    Raises:
        StorageError: It does not exist, or is damaged.
        FormatError: It is not a state file, or has counters that no optimizer has.
        UnknownNameError: It lacks one of these layers.
    """
    with open_typed(path, STATE) as file:
        held, wanted = {*file, *file.attrs}, ("parameters", "slots", "step", "rate_factor")
        for name in wanted:
            if name not in held:
                raise FormatError(f"{os.fspath(path)} lacks {name}.", "save the state anew")
        check_counters(file.attrs["step"], file.attrs["rate_factor"], os.fspath(path))
        parameters, slots = read_arrays(file["parameters"]), read_arrays(file["slots"])
        _check_layers(parameters, layers, os.fspath(path))
        return State(
            parameters={n: value for n, value in parameters.items() if is_of(n, layers)},
            slots={
                n.replace(SEPARATOR, "/"): value for n, value in slots.items() if is_of(n, layers)
            },
            step=int(file.attrs["step"]),
            rate_factor=float(file.attrs["rate_factor"]),
        )


def is_of(name: str, layers: Collection[str] | None) -> bool:
    """Tell whether a parameter or a slot belongs to one of some layers; None: all layers."""
    return layers is None or _layer(name) in layers


def _layer(name: str) -> str:
    return name.split(".")[0]


def _check_layers(
    parameters: Mapping[str, Array], layers: Collection[str] | None, file: str
) -> None:
    stored = {_layer(name) for name in parameters}
    for layer in sorted(set(layers or ()) - stored):
        raise UnknownNameError(
            f"{file} holds no layer {layer!r}; it holds {sorted(stored)}.",
            "name layers that it holds",
        )
