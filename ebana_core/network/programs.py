"""Checks of values and changes that other programs hand to a network, as optimizers do."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from ebana_core.arrays import Array
from ebana_core.checking import shown
from ebana_core.errors import ParameterError
from ebana_core.network.declared import DeclaredParameter, check_like
from ebana_core.objects import checked_instance, checked_mapping, checked_name


def check_step(name: str, values: object, change: object, chosen: object) -> None:
    """Refuse anything but a change of an array of values.

    Args:
        name: Of the parameter, for errors.
        values: Its values, or a block of them.
        change: What is added to them, of their shape.
        chosen: Which of them are changed at all, truth values of their shape; None: all.

    Raises:
        ParameterError: Not arrays of floats, or `chosen` is none of truth values.
        ShapeError: The shapes differ.
    """
    fix = "give arrays of floats of one shape"
    own = checked_instance(values, np.ndarray, f"values of {name!r}", fix)
    for what, given in (("values", values), ("change", change)):
        check_like(given, own.shape, f"{what} of {name!r}")
    if chosen is not None:
        path, fix = f"chosen of {name!r}", f"give truth values of shape {own.shape}"
        mask = checked_instance(chosen, np.ndarray, path, fix)
        if mask.dtype != np.bool_ or mask.shape != own.shape:
            raise ParameterError(f"{path} is {shown(mask)}.", fix)


def checked_readable(values: Any, declared: Mapping[str, DeclaredParameter]) -> dict[str, Array]:
    """Return the values of all parameters, and of single devices where they are given.

    Raises:
        ParameterError: Not a mapping of arrays.
        UnknownNameError: A parameter is missing, or there is no such parameter.
    """
    found = dict(checked_mapping(values, "values", "write {'d1.conductance': array, ...}"))
    for name in declared:
        checked_name(name, found, "value")
    known = {*declared, *(own.varies_as for own in declared.values())}
    for name, array in found.items():
        checked_name(name, known, "parameter")
        # What NumPy computes of a single number is no array.
        if not isinstance(array, np.ndarray | np.floating):
            raise ParameterError(f"values[{name!r}] is {shown(array)}.", "give an array")
    return found
