"""Validators of layers' settings (for attrs), and a constant to draw."""

from collections.abc import Callable, Iterable, Mapping, Sequence
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
    is_plane = isinstance(units, tuple | list) and len(units) > 1
    fix = "give their product, and call ReshapeLayer(shape=...) on the layer" if is_plane else ""
    checked_whole(units, f"Layer {layer.name!r} has {field.name}", fix, error=ShapeError)


def as_texts(given: Any) -> Any:
    """Return several texts as a tuple, NumPy's as Python's; anything else as it is."""
    if isinstance(given, str | bytes | Mapping) or not isinstance(given, Iterable):
        return given
    return tuple(str(item) if isinstance(item, str) else item for item in given)


def check_texts(
    layer: Layer, field: Any, texts: Any, fix: str = "give a list of different texts"
) -> None:
    """Refuse anything but a tuple of different texts (an attrs validator).

    Raises:
        ParameterError: Names the layer and the setting.
    """
    is_right = isinstance(texts, tuple) and all(isinstance(text, str) for text in texts)
    if not is_right or len(set(texts)) < len(texts):
        raise ParameterError(f"Layer {layer.name!r} has {field.name}={shown(texts)}.", fix)


def check_count(layer: Layer, setting: str, texts: Sequence[str], n: int) -> None:
    """Refuse names that are not as many as what they stand for; none at all are right.

    Raises:
        ParameterError: Names the layer and the setting.
    """
    if texts and len(texts) != n:
        raise ParameterError(
            f"Layer {layer.name!r} has {len(texts)} names in {setting}, {shown(texts)}, for {n}.",
            f"give {n} names, or none",
        )


def given(value: Array) -> Callable[[np.random.Generator], Array]:
    """Return what draws one value, whatever the generator, for a `Declaration`."""
    return lambda _: value
