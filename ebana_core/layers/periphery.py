"""Real periphery of sources and amplifiers: resistances, converters, ranges."""

import math
from typing import Any

import numpy as np

from ebana_core.arrays import IntArray
from ebana_core.checking import as_number, as_whole
from ebana_core.circuit import Branches, CircuitBuilder, Constant, Converter, ElementArray
from ebana_core.errors import ParameterError
from ebana_core.laws import Ohm
from ebana_core.layers.layer import Layer
from ebana_core.units import in_unit

MOST_BITS = 24
"""Largest number of bits of a converter."""
ROUNDED = 1e-9
"""Distance, in steps of a converter, within which a bound counts as a level."""


def as_pair(value: Any) -> Any:
    """Return a list or an array as a tuple, all else as it is (an attrs converter)."""
    is_several = isinstance(value, list) or (isinstance(value, np.ndarray) and value.ndim > 0)
    return tuple(value) if is_several else value


def check_resistance(layer: Layer, field: Any, value: Any) -> None:
    """Refuse anything but a resistance above zero, ohms (an attrs validator).

    Raises:
        ParameterError: Names the layer and the setting. So small that its conductance is not
            finite is refused, too.
    """
    if not _is_invertible(in_unit(value, "ohm", _path(layer, field))):
        raise _refused(layer, field, value, "give a finite resistance above zero, ohms")


def check_source_resistance(layer: Layer, field: Any, value: Any) -> None:
    """Refuse what is neither a resistance above zero, ohms, nor zero (an attrs validator).

    Raises:
        ParameterError: See `check_resistance`.
    """
    ohms = in_unit(value, "ohm", _path(layer, field))
    if as_number(ohms) != 0 and not _is_invertible(ohms):
        fix = "give a finite resistance, ohms, or 0 for ideal sources"
        raise _refused(layer, field, value, fix)


def check_range(layer: Layer, field: Any, value: Any) -> None:
    """Refuse all but a lower and a higher voltage, V (an attrs validator).

    Raises:
        ParameterError: Names the layer and the setting.
    """
    if isinstance(value, tuple) and len(value) == 2:
        low, high = map(as_number, in_unit(value, "V", _path(layer, field)))
        if low < high and high - low < math.inf:
            return
    raise _refused(layer, field, value, "give the lowest and the highest voltage, V")


def check_bits(layer: Layer, field: Any, value: Any) -> None:
    """Refuse anything but a number of bits (an attrs validator).

    Raises:
        ParameterError: Names the layer and the setting.
    """
    bits = as_whole(value)
    if bits is None or not 1 <= bits <= MOST_BITS:
        fix = f"give a whole number from 1 to {MOST_BITS}, or None for ideal converters"
        raise _refused(layer, field, value, fix)


def require_partner(layer: Layer, field: Any, partner: str) -> None:
    """Refuse a setting that says nothing without another one.

    Raises:
        ParameterError: The other one is None.
    """
    if getattr(layer, partner) is None:
        raise ParameterError(
            f"Layer {layer.name!r} has {field.name}={getattr(layer, field.name)!r} and no "
            f"{partner}.",
            f"give {partner}, too, or leave {field.name} out",
        )


def levels_within(converter: Converter, low: float, high: float) -> tuple[float, float] | None:
    """Return the lowest and the highest voltage of a converter between two bounds, V.

    Returns:
        None where there is no voltage between them.
    """
    steps, width = 2**converter.bits - 1, converter.high - converter.low
    first, last = ((bound - converter.low) / width * steps for bound in (low, high))
    lowest = math.ceil(max(0.0, min(first - ROUNDED, steps + 1)))
    highest = math.floor(max(-1.0, min(last + ROUNDED, steps)))
    if lowest > highest:
        return None
    ends = converter.convert(converter.low + np.array([lowest, highest]) / steps * width)
    return float(ends[0]), float(ends[1])


def add_resistors(
    builder: CircuitBuilder, layer: Layer, setting: str, heads: Any, tails: IntArray
) -> None:
    """Add equal resistors, of the ohms that a setting of the layer says."""
    conductance = 1 / float(getattr(layer, setting))
    builder.add(
        ElementArray(
            name=f"{layer.name}_{setting}",
            layer=layer.name,
            topology=Branches(heads, tails),
            law=Ohm(),
            values={"conductance": Constant(np.array(conductance))},
        )
    )


def _is_invertible(value: object) -> bool:
    resistance = as_number(value)
    return 0 < resistance < math.inf and 1 / resistance < math.inf


def _path(layer: Layer, field: Any) -> str:
    return f"Layer {layer.name!r} has {field.name}"


def _refused(layer: Layer, field: Any, value: object, fix: str) -> ParameterError:
    return ParameterError(f"Layer {layer.name!r} has {field.name}={value!r}.", fix)
