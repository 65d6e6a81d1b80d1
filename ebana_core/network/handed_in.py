"""What a stored model or run does not hold, and a user hands in beside the file."""

from collections.abc import Iterable, Mapping
from typing import Any

from ebana_core.checking import shown
from ebana_core.errors import ParameterError
from ebana_core.layers import Layer


def checked_devices(devices: Any) -> tuple[type[Layer], ...]:
    """Return classes of layers.

    Raises:
        ParameterError: Something else is given, or is among them; quotes it.
    """
    classes = tuple(devices) if isinstance(devices, Iterable) else (devices,)
    for cls in classes:
        if not (isinstance(cls, type) and issubclass(cls, Layer)):
            raise ParameterError(
                f"devices holds {shown(cls)}.", "give a list of classes of layers, [MyLayer]"
            )
    return classes


def checked_callables(callables: Any) -> Mapping[str, Any]:
    """Return functions and objects by the place they were stored under; None: there are none.

    Raises:
        ParameterError: It is something else; quotes it.
    """
    if callables is None:
        return {}
    if not isinstance(callables, Mapping):
        raise ParameterError(
            f"callables is {shown(callables)}.", "write {'d1.lr': function}, or None"
        )
    return callables
