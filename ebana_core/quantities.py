"""Physical quantities: a name, a unit, a default and the bounds that a value must keep."""

import math
from typing import Any

import attrs
import numpy as np

from ebana_core.arrays import Array
from ebana_core.checking import checked_numbers
from ebana_core.errors import ParameterError
from ebana_core.units import in_unit


@attrs.frozen
class Quantity:
    """A physical quantity that a law or a layer takes as a value.

    Args:
        name: As the user writes it, for example ``"VTH"``.
        unit: SI unit, for example ``"V"``; ``"1"`` for a pure number.
        default: Value when the user gives none; None makes it required.
        above: Exclusive lower bound, in `unit`.
        at_least: Inclusive lower bound, in `unit`.
        at_most: Inclusive upper bound, in `unit`.
        least_size: Values closer to zero are refused, in `unit`; 0: none.
        meaning: One phrase for help texts.
    """

    name: str
    unit: str
    default: float | None = None
    above: float = -math.inf
    at_least: float = -math.inf
    at_most: float = math.inf
    least_size: float = 0.0
    meaning: str = ""

    def __attrs_post_init__(self) -> None:
        """Refuse a default that no user could give.

        Raises:
            ParameterError: The default is no number, or out of the bounds beside it.
        """
        if self.default is not None:
            self.check(self.default, f"The default of quantity {self.name!r}")

    def check(self, value: Any, path: str) -> Array:
        """Return `value` as a float64 copy after checking it against the bounds.

        Args:
            value: Number or array, in this quantity's unit, or with that unit as PySpice writes it.
            path: What the error calls the value, for example ``"act1.VTH"``.

        Raises:
            ParameterError: Not numeric, not finite, out of bounds, or in another unit.
        """
        value = in_unit(value, self.unit, path)
        array = checked_numbers(value, path, f"give {self.range_text}", error=ParameterError)
        self.require(array, path)
        return array

    def require(self, array: Array, path: str) -> None:
        """Refuse numbers outside the bounds.

        Raises:
            ParameterError: Not finite, or out of bounds; names the first one.
        """
        if array.size and self.allows(float(array.min()), float(array.max())):
            return
        bad = ~(
            np.isfinite(array)
            & (array > self.above)
            & (array >= self.at_least)
            & (array <= self.at_most)
        )
        bad |= np.abs(array) < self.least_size
        if bad.any():
            where = np.argwhere(bad)[0].tolist()
            place = f"{path}[{', '.join(map(str, where))}]" if where else path
            raise ParameterError(
                f"{place} is {float(array[tuple(where)])!r}{self._unit_text}.",
                f"give {self.range_text}",
            )

    def allows(self, low: float, high: float) -> bool:
        """Tell whether every number from `low` to `high` is allowed; not a number is not."""
        return (
            not self.least_size
            and self.above < low
            and self.at_least <= low
            and high <= self.at_most
            and (-math.inf < low and high < math.inf)
        )

    @property
    def range_text(self) -> str:
        """The allowed range in words, with the unit."""
        parts = []
        if self.above > -math.inf:
            parts.append(f"above {self.above:g}")
        if self.at_least > -math.inf:
            parts.append(f"at least {self.at_least:g}")
        if self.at_most < math.inf:
            parts.append(f"at most {self.at_most:g}")
        if self.least_size:
            parts.append(f"{self.least_size:g} or more away from zero")
        unit = "" if self.unit == "1" else f"({self.unit})"
        return " ".join(filter(None, ("a finite value", " and ".join(parts), unit)))

    @property
    def _unit_text(self) -> str:
        return "" if self.unit == "1" else f" {self.unit}"


def quantity(name: str, unit: str, **settings: Any) -> Quantity:
    """Return a `Quantity`; the short form for a law's `values`."""
    return Quantity(name, unit, **settings)
