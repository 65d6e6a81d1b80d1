"""The operators and functions of expressions: how they are computed and written."""

from collections.abc import Callable, Mapping
from typing import Any

import attrs
import numpy as np

from ebana_core.spice.expressions import dual
from ebana_core.spice.expressions.dual import Dual, of_one, truth


@attrs.frozen
class Function:
    """An operator or function.

    Args:
        form: How it is written, ``{}`` for each argument.
        at: What computes it.
    """

    form: str
    at: Callable[..., Dual]

    @property
    def n_arguments(self) -> int:
        """How many it takes."""
        return self.form.count("{}")


LEVELS = (
    ("||", "|"),
    ("&&", "&"),
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
OTHER_NAMES: Mapping[str, str] = {
    "<>": "!=",
    "**": "^",
    "ternary_fcn": "?",
    "if": "?",
    "&": "&&",
    "|": "||",
    "~": "!",
}
"""Other signs and names of the operators above."""


def _one(name: str, value: Any, slope: Any) -> tuple[str, Function]:
    return name, Function(name + "({})", of_one(value, slope))


def _step(name: str, test: Any) -> tuple[str, Function]:
    return name, Function(name + "({})", truth(lambda a: test(a, 0)))


def _flat(a: Any, value: Any) -> Any:
    return 0.0 * a


NATIVE: Mapping[str, Function] = {
    "min": Function("min({},{})", dual.smaller),
    "max": Function("max({},{})", dual.larger),
    "pow": Function("pow({},{})", dual.power),
    "pwr": Function("pwr({},{})", dual.signed_power),
    **dict(
        (
            _one("exp", dual.exponential, dual.slope_of_exponential),
            _one("ln", dual.logarithm, dual.slope_of_logarithm),
            _one("log", dual.logarithm, dual.slope_of_logarithm),
            _one("log10", dual.decadic, dual.slope_of_decadic),
            _one("sqrt", np.sqrt, dual.slope_of_root),
            _one("abs", np.abs, lambda a, v: np.sign(a)),
            _one("sgn", np.sign, _flat),
            _one("u", lambda a: np.heaviside(a, 0.5), _flat),
            _one("u2", lambda a: np.clip(a, 0, 1), lambda a, v: 1.0 * ((a > 0) & (a <= 1))),
            _one("uramp", lambda a: np.maximum(a, 0), lambda a, v: 1.0 * (a > 0)),
            _one("ceil", np.ceil, _flat),
            _one("floor", np.floor, _flat),
            _one("nint", np.rint, _flat),
            _one("sin", np.sin, lambda a, v: np.cos(a)),
            _one("cos", np.cos, lambda a, v: -np.sin(a)),
            _one("tan", np.tan, lambda a, v: 1 + v**2),
            _one("asin", np.arcsin, lambda a, v: 1 / np.sqrt(1 - a**2)),
            _one("acos", np.arccos, lambda a, v: -1 / np.sqrt(1 - a**2)),
            _one("atan", np.arctan, lambda a, v: 1 / (1 + a**2)),
            _one("sinh", np.sinh, lambda a, v: np.cosh(a)),
            _one("cosh", np.cosh, lambda a, v: np.sinh(a)),
            _one("tanh", np.tanh, lambda a, v: 1 - v**2),
            _one("asinh", np.arcsinh, lambda a, v: 1 / np.sqrt(1 + a**2)),
            _one("acosh", np.arccosh, lambda a, v: 1 / np.sqrt(a**2 - 1)),
            _one("atanh", np.arctanh, lambda a, v: 1 / (1 - a**2)),
            _step("eq0", np.equal),
            _step("ne0", np.not_equal),
            _step("gt0", np.greater),
            _step("ge0", np.greater_equal),
            _step("lt0", np.less),
            _step("le0", np.less_equal),
        )
    ),
}
"""Functions that both simulators compute, as ngspice does.

Source:
    ngspice 39, src/spicelib/parser/inpptree.c and ptfuncs.c; it does not check the numbers of
    arguments.
"""
EQUALITIES = frozenset(["==", "!=", "eq0", "ne0"])
"""Both sides are only right to the tolerance of a solution: no two simulators can agree on it."""
CONSTANTS: Mapping[str, float] = {
    "pi": np.pi,
    "e": np.e,
}
AT_ONCE = frozenset(["time", "hertz", "freq"])
"""Zero at an operating point, s and Hz."""
OF_TIME: Mapping[str, int] = {"ddt": 1, "sdt": 1}
"""Functions that are zero at an operating point, where all stands still and time begins; how many
arguments they have."""

FUNCTIONS: Mapping[str, Function] = {**OPERATORS, **NATIVE}
