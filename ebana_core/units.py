"""Numbers with a unit: quantities of PySpice, such as ``10 @ u_kΩ``, where a setting has a unit."""

from collections.abc import Mapping
from typing import Any, Protocol, final, runtime_checkable

import numpy as np

from ebana_core.errors import EbanaError, ParameterError

SIGNS: Mapping[str, str] = {"Ω": "ohm", "°C": "degrees Celsius"}
"""Unit as PySpice writes it to its name here, where they differ."""


class Unit(Protocol):
    """A unit of PySpice; a product such as V² has no sign of its own, and an empty suffix."""

    unit_suffix: str
    si_unit: object


class PrefixedUnit(Protocol):
    """A unit of PySpice with a prefix: kilo, milli."""

    unit: Unit
    scale: float


@runtime_checkable
class Quantified(Protocol):
    """A number, or an array, of PySpice's; nothing here imports that library."""

    prefixed_unit: PrefixedUnit


@final
class Measured(float):
    """A number that is kept with its unit, until a quantity has checked it."""

    unit: str

    def __new__(cls, value: float, unit: str) -> "Measured":
        """Return a number in `unit`."""
        found = super().__new__(cls, value)
        found.unit = unit
        return found

    def __reduce__(self) -> tuple[Any, ...]:
        return Measured, (float(self), self.unit)


def kept(value: Any) -> Any:
    """Return a quantity of PySpice as a number or numbers with their unit; all else as it is."""
    if not isinstance(value, Quantified):
        return value
    unit, scale = _name(value.prefixed_unit.unit), value.prefixed_unit.scale
    is_array = isinstance(value, np.ndarray)
    given: Any = value  # a single one has the number in front of its prefix as `value`
    plain = np.array(np.asarray(given) if is_array else given.value, dtype=np.float64)
    # 10 times 1e-6 is not 1e-5, but 10 divided by 1e6 is.
    plain = plain * scale if scale >= 1 else plain / round(1 / scale)
    found = tuple(Measured(number, unit) for number in plain.ravel().tolist())
    return found if is_array else found[0]


def in_unit(value: Any, unit: str, path: str, error: type[EbanaError] = ParameterError) -> Any:
    """Return a value as plain numbers in a unit; one without a unit of its own as it is.

    Args:
        value: A number, a list or an array of any depth, or anything else.
        unit: Its setting's; ``"1"`` for a pure number, empty where the setting takes none.
        path: What the error calls it.
        error: Class of the error.

    Raises:
        ParameterError: It has another unit; names both.
    """
    if isinstance(value, list | tuple):
        if not any(isinstance(item, list | tuple | Measured | Quantified) for item in value):
            return value
        return type(value)(in_unit(item, unit, path, error) for item in value)
    if isinstance(value, np.ndarray) and value.dtype == object and value.ndim:
        return in_unit(value.tolist(), unit, path, error)
    own = kept(value)
    if isinstance(own, tuple):
        return in_unit(own, unit, path, error)
    if not isinstance(own, Measured):
        return value
    if not unit or own.unit != unit:
        wanted = "a plain number" if unit in ("", "1") else f"a number in {unit}, or a plain number"
        verb = "=" if " has " in path else " is "
        raise error(f"{path}{verb}{value}, whose unit is {own.unit}.", f"give {wanted}")
    return float(own)


def _name(unit: Unit) -> str:
    sign = unit.unit_suffix or str(unit.si_unit)
    return SIGNS.get(sign, sign) or "1"
