"""What resistors make of wished changes, as numbers: compiled code can then do it."""

import math
import sys
from typing import final

import attrs

from ebana_core.layers.conductive import ConductiveLayer
from ebana_core.layers.declaration import Declaration
from ebana_core.layers.layer import Layer


@final
@attrs.frozen
class PlainSteps:
    """Each value changes by itself, by a limited share in one step, and stays within bounds.

    Args:
        relative: Largest change in one step, relative to the value; infinite: no limit.
        lower: Smallest value, in the unit of the parameter.
        upper: Largest value.
        above: What every value has to exceed, in the same unit; a wished change may lead down to it
            where no bound stands above it, and is then refused.
    """

    relative: float
    lower: float
    upper: float
    above: float = -math.inf


def plain_steps(layer: Layer, declaration: Declaration) -> PlainSteps | None:
    """Return how a layer programs a value; None: in a way of its own."""
    # A subclass may program otherwise, and a function of the user's may change the wish.
    if not isinstance(layer, ConductiveLayer) or declaration.weight_update_func is not None:
        return None
    is_plain = type(layer).program is ConductiveLayer.program
    lower, upper, most = declaration.lower, declaration.upper, layer.max_relative_step
    quantity = declaration.quantity
    # Above the quantity's exclusive bound, every finite number within the bounds is allowed, so
    # that new values need no other check.
    lowest, highest = (
        max(lower, math.nextafter(quantity.above, math.inf)),
        min(upper, sys.float_info.max),
    )
    if not is_plain or not quantity.allows(lowest, highest):
        return None
    relative = math.inf if most is None else float(most)
    return PlainSteps(relative, float(lower), float(upper), float(quantity.above))
