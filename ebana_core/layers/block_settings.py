"""The settings of a SPICE block as users give them: names in any case, one or several."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from ebana_core.checking import as_whole, shown
from ebana_core.errors import ParameterError
from ebana_core.layers.layer import Layer
from ebana_core.layers.validators import as_texts
from ebana_core.spice import Subcircuit, read_subcircuit
from ebana_core.units import in_unit


def text_of(source: Any, layer: Any) -> str:
    """Return the text of the subcircuit that a layer names, and of what it needs."""
    if isinstance(source, Subcircuit) and layer.subcircuit_name is None:
        return source.text  # it was read already
    return read_subcircuit(source, layer.subcircuit_name).text


def _lower(name: Any) -> Any:
    """Return a name in lower case, and a number that names a node as text; else as it is."""
    is_name = isinstance(name, str) or as_whole(name) is not None
    return str(name).lower() if is_name else name


def names_of(names: Any) -> Any:
    """Return one name or several in lower case; None: no name; anything else as it is."""
    if names is None:
        return ()
    found = as_texts((one,) if isinstance(one := _lower(names), str) else names)
    return tuple(map(_lower, found)) if isinstance(found, tuple) else found


def trained_of(trainable: Any) -> Any:
    """Return the names of what learning changes, in lower case; anything else as it is."""
    return trainable if trainable is None else names_of(trainable)


def by_lower_name(given: Any) -> Any:
    """Return a mapping with its names in lower case; anything else is returned unchanged."""
    if not isinstance(given, Mapping):
        return given
    result = {_lower(name): value for name, value in given.items()}
    if len(result) < len(given):
        raise ParameterError(
            f"A block is given {list(given)}, which holds a name twice.",
            "write each name once: SPICE does not tell capital letters apart",
        )
    return result


def check_supplies(layer: Layer, _: object, supplies: Any) -> None:
    """Refuse supplies that are not finite voltages by name (a validator of attrs).

    Raises:
        ParameterError: Names the layer and the port.
    """
    if not isinstance(supplies, Mapping):
        raise ParameterError(
            f"Layer {layer.name!r} has supplies={shown(supplies)}.", "give port name to voltage, V"
        )
    for name, voltage in supplies.items():
        voltage = in_unit(voltage, "V", f"Layer {layer.name!r} has supplies[{name!r}]")
        is_number = np.asarray(voltage).dtype.kind in "fiu" and np.ndim(voltage) == 0
        if not is_number or not np.isfinite(voltage):
            raise ParameterError(
                f"Layer {layer.name!r} has supplies[{name!r}]={voltage!r}.",
                "give a finite voltage, V; 0 is ground",
            )
