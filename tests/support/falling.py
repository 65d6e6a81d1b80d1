"""A device whose current falls while its drop rises, so that circuits may have several points."""

from collections.abc import Sequence
from typing import Any, final

import attrs

from ebana_core.arrays import Array, Values
from ebana_core.laws import Law
from ebana_core.laws.spice import Element
from ebana_core.layers.shunt import ShuntLayer
from ebana_core.quantities import quantity


@final
@attrs.frozen
class Fall(Law):
    """A current that rises and falls, of ``c v (1 - v)**2``."""

    values = (quantity("c", "A/V", default=1e-4, above=0.0, meaning="slope at no drop"),)
    may_fall = True

    def current(self, drop: Array, values: Values) -> Array:
        return values["c"] * drop * (1 - drop) ** 2

    def spice(self, branch: str, head: str, tail: str, values: Any) -> Sequence[Element]:
        raise NotImplementedError


class Falling(ShuntLayer):
    """Puts one device from every node of its input to ground."""

    device = "falling"
    law = Fall()
