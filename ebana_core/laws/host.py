"""Laws that compute with NumPy alone, for arrays of other libraries and precisions."""

from collections.abc import Callable, Mapping, Sequence
from typing import final

import attrs
import numpy as np

from ebana_core.arrays import Array, Values, exact, like
from ebana_core.laws.law import Law
from ebana_core.laws.spice import Element


@final
@attrs.frozen
class HostLaw(Law):
    """A law computed by NumPy in float64, whatever arrays it is asked with.

    Drops are brought to NumPy and results taken back, at the cost of the way. Values may be of
    any library.

    Args:
        law: The law.

    Examples:
        >>> import numpy
        >>> from ebana_core.laws import Ohm
        >>> HostLaw(Ohm()).current(numpy.array([0.5]), {"conductance": numpy.array(1e-6)})
        array([5.e-07])
    """

    law: Law

    @property
    def is_piecewise_linear(self) -> bool:  # type: ignore[override]  # that of the law
        """Whether full Newton steps end in finitely many iterations."""
        return self.law.is_piecewise_linear

    def with_gmin(self, gmin: float) -> "HostLaw":
        return HostLaw(self.law.with_gmin(gmin))

    def current(self, drop: Array, values: Values) -> Array:
        return _brought(self.law.current, drop, values=values)

    def slope(self, drop: Array, values: Values) -> Array:
        return _brought(self.law.slope, drop, values=values)

    def co_content(self, drop: Array, values: Values) -> Array:
        return _brought(self.law.co_content, drop, values=values)

    def current_change(self, drop: Array, change: Array, values: Values) -> Array:
        return _brought(self.law.current_change, drop, change, values=values)

    def change_rounding(self, drop: Array, change: Array, values: Values) -> Array:
        return _brought(self.law.change_rounding, drop, change, values=values)

    def contrast(self, name: str, drop: Array, change: Array, values: Values) -> Array:
        def of_value(drop: Array, change: Array, values: Values) -> Array:
            return self.law.contrast(name, drop, change, values)

        return _brought(of_value, drop, change, values=values)

    def spice(
        self, branch: str, head: str, tail: str, values: Mapping[str, float]
    ) -> Sequence[Element]:
        return self.law.spice(branch, head, tail, values)


def _brought(compute: Callable[..., Array], *drops: Array, values: Values) -> Array:
    """Compute with NumPy in float64, and return the result as an array like the first drop."""
    there = [exact(drop) for drop in drops]
    numbers = {name: exact(value) for name, value in values.items()}
    with np.errstate(over="ignore"):
        return like(compute(*there, numbers), drops[0])
