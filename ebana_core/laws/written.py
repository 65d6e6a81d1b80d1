"""Exponential currents written for netlists, so that no iterate of a simulator overflows.

Newton's method overshoots where nothing limits its steps, and ngspice limits none on expressions.
So a law goes on with its tangent where its current passes `LARGEST`: no circuit's operating point
lies there, and from there it is about a hundred steps down to one. ngspice's ``exp`` is constant
above 227.956, and its ``sinh`` overflows above 710.
"""

import math

from ebana_core.laws.spice import BehaviouralCurrent

LARGEST = 1e30
"""Current from which netlists follow the tangent, A."""
EXP_END, SINH_END = 225.0, 700.0
"""Arguments up to which ngspice computes both.

Source:
    ngspice 39, src/spicelib/parser/ptfuncs.c: PTexp, PTsinh.
"""
FAR = 30.0
"""Drop that no iterate of a gently curved law reaches, V: a tangent would cost ngspice ten times as
much, which computes every branch of an expression and of its derivative."""
SATURATED = 40.0
"""Exponent below which ``1 - exp(-x)`` is 1 in double precision."""


def sinh_current(
    name: str, head: str, tail: str, *, prefactor: float, voltage: float, offset: float = 0.0
) -> BehaviouralCurrent:
    """Return ``2*prefactor*exp(-offset/voltage)*sinh(drop/voltage)`` as a SPICE element.

    Args:
        name: Of the element.
        head: Node.
        tail: Node.
        prefactor: A, above zero.
        voltage: V, above zero.
        offset: V.
    """
    shift = offset / voltage
    # Where no iterate gets as far as ngspice's sinh ends, it needs no tangent.
    if voltage * SINH_END >= FAR and shift < SATURATED:
        plain = {"scale": 2 * prefactor * math.exp(-shift), "a": voltage}
        return BehaviouralCurrent(name, head, tail, "{scale}*sinh({drop}/{a})", plain)
    end = _exponent(prefactor, -shift)
    numbers = {"a": voltage, "end": voltage * (end + shift)}
    numbers["slope"] = prefactor / voltage * math.exp(end)
    tangent = "{slope}*({drop}-max(min({drop},{end}),-{end}))"
    if end + shift <= SINH_END:
        numbers["scale"] = 2 * prefactor * math.exp(-shift)
        text = "{scale}*sinh(max(min({drop},{end}),-{end})/{a})+" + tangent
    else:  # the two exponentials are many decades apart wherever either counts
        numbers |= {"scale": prefactor, "offset": offset}
        up, down = "min({drop},{end})", "min(-{drop},{end})"
        text = f"{{scale}}*(exp(({up}-{{offset}})/{{a}})-exp(({down}-{{offset}})/{{a}}))+" + tangent
    return BehaviouralCurrent(name, head, tail, text, numbers)


def exponential_current(
    name: str, head: str, tail: str, *, prefactor: float, voltage: float, offset: float = 0.0
) -> BehaviouralCurrent:
    """Return ``prefactor*(exp((drop-offset)/voltage) - exp(-offset/voltage))`` as a SPICE element.

    Arguments are those of `sinh_current`.

    Written as a product, ``2*prefactor*sinh(x/2)*exp(x/2 - offset/voltage)`` with x the drop over
    the voltage, nothing cancels near zero.
    """
    shift = offset / voltage
    end = _exponent(prefactor, -shift)
    numbers = {"end": voltage * (end + shift), "slope": prefactor / voltage * math.exp(end)}
    tangent = "+{slope}*max({drop}-{end},0)"
    if end + shift <= 2 * SINH_END:
        numbers |= {"scale": 2 * prefactor, "w": 2 * voltage, "twice": 2 * offset}
        numbers["begin"] = -SATURATED * voltage
        inner = "max(min({drop},{end}),{begin})"
        text = f"{{scale}}*sinh({inner}/{{w}})*exp(({inner}-{{twice}})/{{w}})" + tangent
    else:  # what flows at no drop is below the smallest number
        numbers |= {"scale": prefactor, "a": voltage, "offset": offset}
        text = "{scale}*exp((min({drop},{end})-{offset})/{a})" + tangent
    return BehaviouralCurrent(name, head, tail, text, numbers)


def _exponent(prefactor: float, at_zero: float) -> float:
    """Return the exponent from which a law goes on straight; the drop 0 V always lies below it."""
    wished = math.log(LARGEST) - math.log(max(prefactor, 1e-300))
    return min(max(wished, at_zero + SATURATED), EXP_END)
