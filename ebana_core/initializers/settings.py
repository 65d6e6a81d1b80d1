"""Settings of initializers, S: numbers above zero, the lower of two before the upper one."""

from typing import Any

import attrs

from ebana_core.errors import ParameterError
from ebana_core.quantities import quantity

CONDUCTANCE = quantity("conductance", "S", above=0.0)


def check_numbers(owner: Any, *names: str) -> None:
    """Turn settings into floats in S; None stays where it is the default."""
    fields = attrs.fields_dict(type(owner))
    for name in names:
        value, path = getattr(owner, name), f"{type(owner).__name__}.{name}"
        if value is None and fields[name].default is None:
            continue
        array = CONDUCTANCE.check(value, path)
        if array.ndim:
            raise ParameterError(f"{path} has shape {array.shape}.", "give one number in S")
        object.__setattr__(owner, name, float(array))


def check_order(owner: Any, low_name: str, low: float, high_name: str, high: float) -> None:
    """Refuse a lower end above the upper end."""
    if not low <= high:
        raise ParameterError(
            f"{type(owner).__name__}.{low_name} = {low!r} S is above {high_name} = {high!r} S.",
            f"give {low_name} <= {high_name}",
        )
