"""Physical quantities: a name, a unit, a default and the bounds that a value must keep."""

import math
from typing import Any

import attrs
import numpy as np

from ebana_core.arrays import Array
from ebana_core.errors import ParameterError


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
        nonzero: Zero is refused.
        meaning: One phrase for help texts.
    """

    name: str
    unit: str
    default: float | None = None
    above: float = -math.inf
    at_least: float = -math.inf
    at_most: float = math.inf
    nonzero: bool = False
    meaning: str = ""

    def check(self, value: Any, path: str) -> Array:
        """Return `value` as a float64 copy after checking it against the bounds.

        Args:
            value: Number or array, in this quantity's unit.
            path: What the error calls the value, for example ``"act1.VTH"``.

        Raises:
            ParameterError: Not numeric, not finite, or out of bounds.
        """
        try:
            raw = np.asarray(value)
        except ValueError as error:
            raise ParameterError(
                f"{path} is {value!r}, whose rows differ in length.", f"give {self.range_text}"
            ) from error
        if raw.dtype.kind not in "fiu":
            raise ParameterError(
                f"{path} is {value!r}, which is not a number.", f"give {self.range_text}"
            )
        array = np.array(raw, dtype=np.float64)
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
        if self.nonzero:
            bad |= array == 0
        if bad.any():
            where = np.argwhere(bad)[0].tolist()
            place = f"{path}[{', '.join(map(str, where))}]" if where else path
            raise ParameterError(
                f"{place} is {float(array[tuple(where)])!r} {self.unit}.",
                f"give {self.range_text}",
            )

    def allows(self, low: float, high: float) -> bool:
        """Tell whether every number from `low` to `high` is allowed; not a number is not."""
        return (
            not self.nonzero
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
        if self.nonzero:
            parts.append("other than zero")
        return f"a finite value {' and '.join(parts)} ({self.unit})".replace("  ", " ")


def quantity(name: str, unit: str, **settings: Any) -> Quantity:
    """Return a `Quantity`; the short form for a law's `values`."""
    return Quantity(name, unit, **settings)
