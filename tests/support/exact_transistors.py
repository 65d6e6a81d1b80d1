"""Channels of n type by the law of level 1, computed with 40 digits."""

from collections.abc import Callable, Mapping
from decimal import Decimal, localcontext
from typing import Any

DIGITS = 40
Numbers = Mapping[str, Any]
"""Of a transistor, as `Mosfet1` has them."""
Volts = Decimal | float


def exact_threshold(number: Numbers, low: Volts, bulk: Volts) -> Decimal:
    """Return the gate at which a channel begins to conduct, against ground, V."""
    with localcontext(prec=DIGITS):
        phi, forward = Decimal(float(number["phi"])), Decimal(bulk) - Decimal(low)
        straight = max(phi.sqrt() - forward / (2 * phi.sqrt()), Decimal(0))
        shaped = (phi - forward).sqrt() if forward <= 0 else straight
        own = Decimal(float(number["built_in"])) + Decimal(float(number["gamma"])) * shaped
        return Decimal(low) + own


def exact_channel(
    number: Numbers, gate: Volts, drain: Volts, source: Volts, bulk: Volts
) -> Decimal:
    """Return the current from drain to source, A; voltages are against ground."""
    with localcontext(prec=DIGITS):
        low, drop = min(Decimal(drain), Decimal(source)), abs(Decimal(drain) - Decimal(source))
        over = Decimal(gate) - exact_threshold(number, low, bulk)
        reach = max(min(over, drop), Decimal(0))
        longer = 1 + Decimal(float(number["lambda"])) * drop
        current = Decimal(float(number["beta"])) * longer * reach * (over - reach / 2)
        return current if drain >= source else -current


def exact_zero(rises: Callable[[Decimal], Decimal], low: Volts, high: Volts) -> Decimal:
    """Return where what rises from below zero vanishes, by bisection."""
    with localcontext(prec=DIGITS):
        below, above = Decimal(low), Decimal(high)
        for _ in range(120):
            middle = (below + above) / 2
            below, above = (below, middle) if rises(middle) > 0 else (middle, above)
        return below
