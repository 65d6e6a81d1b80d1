"""The operators and functions of expressions: how they are computed and written."""

from collections.abc import Callable, Mapping

import attrs
import numpy as np

from ebana_core.spice.expressions import dual
from ebana_core.spice.expressions.dual import Dual, of_one, truth


@attrs.frozen
class Function:
    """An operator or function.

    Args:
        form: How it is written, ``{}`` for each argument.
        at: What computes it; None: only ngspice does.
    """

    form: str
    at: Callable[..., Dual] | None = None

    @property
    def n_arguments(self) -> int:
        """How many it takes."""
        return self.form.count("{}")


LEVELS = (
    ("||",),
    ("&&",),
    ("==", "!=", "<>"),
    ("<", ">", "<=", ">="),
    ("+", "-"),
    ("*", "/"),
)
"""Binary operators, those that bind weakest first.

Source:
    ngspice 39, src/spicelib/parser/inpptree-parser.y.
"""

OPERATORS: Mapping[str, Function] = {
    "+": Function("({}+{})", dual.total),
    "-": Function("({}-{})", dual.difference),
    "*": Function("({}*{})", dual.product),
    "/": Function("({}/{})", dual.quotient),
    "^": Function("({}^{})", dual.power),
    "negative": Function("(-{})", dual.negative),
    "<": Function("({}<{})", truth(np.less)),
    ">": Function("({}>{})", truth(np.greater)),
    "<=": Function("({}<={})", truth(np.less_equal)),
    ">=": Function("({}>={})", truth(np.greater_equal)),
    "==": Function("({}=={})", truth(np.equal)),
    "!=": Function("({}!={})", truth(np.not_equal)),
    "&&": Function("({}&&{})", truth(np.logical_and)),
    "||": Function("({}||{})", truth(np.logical_or)),
    "!": Function("(!{})", truth(np.logical_not)),
    "?": Function("({}?{}:{})", dual.chosen),
}
OTHER_NAMES: Mapping[str, str] = {"<>": "!=", "**": "^", "ternary_fcn": "?"}
"""Of operators."""

NATIVE: Mapping[str, Function] = {
    "min": Function("min({},{})", dual.smaller),
    "max": Function("max({},{})", dual.larger),
    "exp": Function("exp({})", of_one(dual.exponential, dual.slope_of_exponential)),
    "ln": Function("ln({})", of_one(dual.logarithm, dual.slope_of_logarithm)),
    "tanh": Function("tanh({})", of_one(np.tanh, lambda a, v: 1 - v**2)),
    "sinh": Function("sinh({})", of_one(np.sinh, lambda a, v: np.cosh(a))),
    "cosh": Function("cosh({})", of_one(np.cosh, lambda a, v: np.sinh(a))),
    "asinh": Function("asinh({})", of_one(np.arcsinh, lambda a, v: 1 / np.sqrt(1 + a**2))),
    "atan": Function("atan({})", of_one(np.arctan, lambda a, v: 1 / (1 + a**2))),
    "sqrt": Function("sqrt({})", of_one(np.sqrt, dual.slope_of_root)),
    "abs": Function("abs({})", of_one(np.abs, lambda a, v: np.sign(a))),
}
ONE = "acos acosh asin atanh ceil cos floor log log10 nint sgn sin tan u u2 uramp"
ONE_AGAINST_ZERO = "eq0 ge0 gt0 le0 lt0 ne0"
FOREIGN: Mapping[str, Function] = {
    **{name: Function(name + "({})") for name in (*ONE.split(), *ONE_AGAINST_ZERO.split())},
    **{name: Function(name + "({},{})") for name in ("pow", "pwr")},
    "temper": Function("temper"),
}
"""What only ngspice computes.

Source:
    ngspice 39, src/spicelib/parser/inpptree.c; numbers of arguments, which it does not check.
"""
TABLE = "pwl"
"""ngspice's function of an expression and of points: x1, y1, x2, y2, ..."""
CONSTANTS: Mapping[str, float] = {"pi": np.pi, "e": np.e}
OF_THE_ANALYSIS = frozenset(["time", "hertz", "ddt", "idt"])
"""What depends on the analysis: at an operating point it would mean nothing, or a sweep's step."""

FUNCTIONS: Mapping[str, Function] = {**OPERATORS, **NATIVE, **FOREIGN}
