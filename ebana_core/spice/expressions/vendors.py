"""Functions that other simulators have, in the words of those that ngspice has."""

from collections.abc import Callable, Mapping

import attrs

from ebana_core.spice.expressions.tree import Call, Expression, Number


@attrs.frozen
class Written:
    """A function that others say.

    Args:
        n_arguments: How many it takes.
        written: What makes it of its arguments.
    """

    n_arguments: int
    written: Callable[..., Expression]


def _limited(x: Expression, one: Expression, other: Expression) -> Expression:
    """Return x between two bounds, whichever of them is the lower one."""
    low, high = Call("min", (one, other)), Call("max", (one, other))
    return Call("min", (Call("max", (x, low)), high))


def _whole(x: Expression) -> Expression:
    """Return x without what stands behind the point."""
    return Call("*", (Call("sgn", (x,)), Call("floor", (Call("abs", (x,)),))))


def _hypotenuse(x: Expression, y: Expression) -> Expression:
    return Call("sqrt", (Call("+", (Call("*", (x, x)), Call("*", (y, y)))),))


def _against_half(test: str) -> Callable[[Expression], Expression]:
    return lambda x: Call(test, (x, Number(0.5)))


def _called(name: str) -> Callable[..., Expression]:
    return lambda *arguments: Call(name, arguments)


VENDORS: Mapping[str, Written] = {
    "limit": Written(3, _limited),
    "int": Written(1, _whole),
    "hypot": Written(2, _hypotenuse),
    "stp": Written(1, _called("gt0")),
    "sign": Written(1, _called("sgn")),
    "pwrs": Written(2, _called("pwr")),
    "arctan": Written(1, _called("atan")),
    "arcsin": Written(1, _called("asin")),
    "arccos": Written(1, _called("acos")),
    "buf": Written(1, _against_half(">")),
    "inv": Written(1, _against_half("<=")),
}
"""Each as the simulators that have it agree on.

Source:
    PSpice A/D reference guide, analog behavioral modeling; LTspice help, arbitrary behavioral
    sources.
"""
