"""Validators of layers' settings (for attrs), and a constant to draw."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from ebana_core.arrays import Array
from ebana_core.checking import checked_whole, shown
from ebana_core.errors import ParameterError, ShapeError
from ebana_core.layers.layer import Layer


def check_mapping(layer: Layer, field: Any, value: object) -> None:
    """Refuse what names no values (an attrs validator).

    Raises:
        ParameterError: Names the layer and the setting.
    """
    if not isinstance(value, Mapping):
        raise ParameterError(
            f"Layer {layer.name!r} has {field.name}={shown(value)}.", "give a mapping of names"
        )


def check_units(layer: Layer, field: Any, units: int) -> None:
    """Validate a number of units or of filters (an attrs validator).

    Raises:
        ShapeError: Not a whole number above zero.
    """
    checked_whole(units, f"Layer {layer.name!r} has {field.name}", error=ShapeError)


def given(value: Array) -> Callable[[np.random.Generator], Array]:
    """Return what draws one value, whatever the generator, for a `Declaration`."""
    return lambda _: value
