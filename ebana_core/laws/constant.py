"""A current that no drop changes: the bias current source."""

from collections.abc import Mapping, Sequence
from typing import final

import attrs

from ebana_core.arrays import Array, Values
from ebana_core.laws.law import Law
from ebana_core.laws.spice import CurrentSource, Element
from ebana_core.quantities import quantity


@final
@attrs.frozen
class ConstantCurrent(Law):
    """An ideal current source, ``current = bias_current`` at every drop.

    Value: ``bias_current``, A, drawn from the head and delivered to the tail.

    Examples:
        >>> import numpy
        >>> ConstantCurrent().current(numpy.array([0.2, 5.0]), {"bias_current": numpy.array(1e-6)})
        array([1.e-06, 1.e-06])
    """

    values = (quantity("bias_current", "A", meaning="current of the source"),)
    is_piecewise_linear = True
    follows_array_api = True
    symbol = "current_source"

    def current(self, drop: Array, values: Values) -> Array:
        return values["bias_current"] + 0 * drop

    def slope(self, drop: Array, values: Values) -> Array:
        return 0 * drop

    def co_content(self, drop: Array, values: Values) -> Array:
        return values["bias_current"] * drop

    def current_change(self, drop: Array, change: Array, values: Values) -> Array:
        return 0 * change

    def contrast(self, name: str, drop: Array, change: Array, values: Values) -> Array:
        return change + 0 * drop

    def spice(
        self, branch: str, head: str, tail: str, values: Mapping[str, float]
    ) -> Sequence[Element]:
        return [CurrentSource(f"i{branch}", head, tail, values["bias_current"])]
