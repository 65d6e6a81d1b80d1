"""Operators and functions of formulas, as ngspice's own reader of parameters computes them.

Source:
    ngspice 39, src/frontend/numparam/xpressn.c, operate and mathfunction.
"""

import itertools
import math
import operator
from collections.abc import Callable, Mapping, Sequence

LEVELS: Sequence[Mapping[str, Callable[[float, float], float]]] = (
    {"||": lambda a, b: float(a != 0 or b != 0)},
    {"&&": lambda a, b: float(a != 0 and b != 0)},
    {
        "==": lambda a, b: float(a == b),
        "=": lambda a, b: float(a == b),
        "!=": lambda a, b: float(a != b),
        "<>": lambda a, b: float(a != b),
        "<": lambda a, b: float(a < b),
        ">": lambda a, b: float(a > b),
        "<=": lambda a, b: float(a <= b),
        ">=": lambda a, b: float(a >= b),
    },
    {"+": operator.add, "-": operator.sub},
    {
        "*": operator.mul,
        "/": lambda a, b: _quotient(a, b),
        "%": lambda a, b: a - b * _whole(_quotient(a, b)),
        "\\": lambda a, b: _whole(abs(_quotient(a, b))),
    },
    {"^": lambda a, b: _power(abs(a), b), "**": lambda a, b: _power(abs(a), b)},
)
"""Binary operators, those that bind weakest first; all of a row from left to right."""
OPERATORS = {
    sign: (level, operation) for level, row in enumerate(LEVELS) for sign, operation in row.items()
}
"""Binary operator to its level and what it does."""
SUM = OPERATORS["+"][0]
"""Level of sums."""
SIGNS = {"-": -1.0, "+": 1.0}


def _quotient(a: float, b: float) -> float:
    if b:
        return a / b
    return math.nan if a == 0 or a != a else math.copysign(math.inf, a) * math.copysign(1.0, b)


def _whole(a: float) -> float:
    return float(math.trunc(a)) if math.isfinite(a) else a


def _power(a: float, b: float) -> float:
    try:
        return math.pow(a, b)
    except OverflowError:
        return math.inf
    except ValueError:  # of zero by less than zero, or of less than zero by a fraction
        return math.inf if a == 0 else math.nan


def _of_one(function: Callable[[float], float]) -> Callable[[float], float]:
    """Return a function that is infinite, or no number, where Python's raises."""

    def at(a: float) -> float:
        try:
            return float(function(a))
        except OverflowError:
            return math.inf
        except ValueError:
            return -math.inf if a == 0 else math.nan

    return at


def _sign(a: float) -> float:
    return float((a > 0) - (a < 0))


PLAIN: Mapping[str, Callable[[float], float]] = {
    "sqr": lambda a: a * a,
    "sqrt": math.sqrt,
    "sin": math.sin,
    "cos": math.cos,
    "tan": math.tan,
    "exp": math.exp,
    "ln": math.log,
    "log": math.log,
    "log10": math.log10,
    "arctan": math.atan,
    "atan": math.atan,
    "asin": math.asin,
    "acos": math.acos,
    "sinh": math.sinh,
    "cosh": math.cosh,
    "tanh": math.tanh,
    "asinh": math.asinh,
    "acosh": math.acosh,
    "atanh": math.atanh,
    "abs": math.fabs,
    "sgn": _sign,
    "int": math.trunc,
    "nint": round,
    "ceil": math.ceil,
    "floor": math.floor,
    # None of ngspice's: those that PSpice and LTspice agree on.
    "sign": _sign,
    "stp": lambda a: float(a > 0),
    "uramp": lambda a: max(a, 0.0),
}
ONE = {name: _of_one(function) for name, function in PLAIN.items()}
"""Functions of one number."""


def _limited(a: float, one: float, other: float) -> float:
    """Return a between two bounds, whichever of them is the lower one."""
    return min(max(a, min(one, other)), max(one, other))


def _table(a: float, *points: float) -> float:
    """Return what straight lines between points say, the first and last values beyond them."""
    knots, amounts = points[::2], points[1::2]
    if len(points) % 2 or not points or any(p >= q for p, q in itertools.pairwise(knots)):
        return math.nan
    if a <= knots[0]:
        return amounts[0]
    for (p, q), (before, behind) in zip(
        itertools.pairwise(knots), itertools.pairwise(amounts), strict=True
    ):
        if a <= q:
            return before + (behind - before) * (a - p) / (q - p)
    return amounts[-1]


SEVERAL: Mapping[str, tuple[int | None, Callable[..., float]]] = {
    "pow": (2, _power),
    "pwr": (2, lambda a, b: _power(abs(a), b)),
    "min": (2, min),
    "max": (2, max),
    "ternary_fcn": (3, lambda condition, a, b: a if condition else b),
    "if": (3, lambda condition, a, b: a if condition else b),
    "pwrs": (2, lambda a, b: math.copysign(_power(abs(a), b), a)),
    "hypot": (2, math.hypot),
    "limit": (3, _limited),
    "table": (None, _table),
    "tbl": (None, _table),
}
"""Functions of several numbers, with how many they take; None: as many as they are given.

Those behind ``ternary_fcn`` are none of ngspice's, and mean what PSpice and LTspice agree on.
"""
RANDOM = frozenset(["agauss", "gauss", "unif", "aunif"])
"""Functions that draw: a netlist would mean another circuit each time it is read. So does
``limit`` of two numbers."""
