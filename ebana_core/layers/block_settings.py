"""The settings of a SPICE block as users give them: names in any case, one or several."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from ebana_core.errors import ParameterError
from ebana_core.layers.layer import Layer
from ebana_core.spice import Subcircuit, read_subcircuit
from ebana_core.units import in_unit


def text_of(source: Any, layer: Any) -> str:
    """Return the text of the subcircuit that a layer names, and of what it needs."""
    if isinstance(source, Subcircuit) and layer.subcircuit_name is None:
        return source.text  # it was read already
    return read_subcircuit(source, layer.subcircuit_name).text


def names_of(names: Any) -> tuple[str, ...]:
    """Return one name or several in lower case; None: no name."""
    if names is None:
        return ()
    is_one = isinstance(names, str) or not isinstance(names, Iterable)
    return tuple(str(name).lower() for name in ((names,) if is_one else names))


def trained_of(trainable: Any) -> bool | tuple[str, ...]:
    """Return the names of what learning changes, or a truth value for all or none."""
    return bool(trainable) if isinstance(trainable, bool | np.bool_) else names_of(trainable)


def by_lower_name(given: Any) -> Any:
    """Return a mapping with its names in lower case; anything else is returned unchanged."""
    if not isinstance(given, Mapping):
        return given
    result = {str(name).lower(): value for name, value in given.items()}
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
            f"Layer {layer.name!r} has supplies={supplies!r}.", "give port name to voltage, V"
        )
    for name, voltage in supplies.items():
        voltage = in_unit(voltage, "V", f"Layer {layer.name!r} has supplies[{name!r}]")
        is_number = np.asarray(voltage).dtype.kind in "fiu" and np.ndim(voltage) == 0
        if not is_number or not np.isfinite(voltage):
            raise ParameterError(
                f"Layer {layer.name!r} has supplies[{name!r}]={voltage!r}.",
                "give a finite voltage, V; 0 is ground",
            )
