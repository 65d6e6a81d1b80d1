"""Operators and functions of formulas, as ngspice's own reader of parameters computes them.

Source:
    ngspice 39, src/frontend/numparam/xpressn.c, operate and mathfunction.
"""

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
    except ValueError:  # of zero by less than zero, or of less than zero by no whole number
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
}
ONE = {name: _of_one(function) for name, function in PLAIN.items()}
"""Functions of one number."""
SEVERAL: Mapping[str, tuple[int, Callable[..., float]]] = {
    "pow": (2, _power),
    "pwr": (2, lambda a, b: _power(abs(a), b)),
    "min": (2, min),
    "max": (2, max),
    "ternary_fcn": (3, lambda condition, a, b: a if condition else b),
}
"""Functions of several numbers, with how many they take."""
RANDOM = frozenset(["agauss", "gauss", "unif", "aunif", "limit"])
"""Functions that draw: a netlist would mean another circuit each time it is read."""
