"""Expressions of B-sources: read by a grammar, computed with their derivatives, written back.

Nothing is ever evaluated as code; what the grammar does not know is refused by name.
"""

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Any, NoReturn, final

import attrs
import numpy as np

from ebana_core.arrays import Array
from ebana_core.errors import UnsupportedError
from ebana_core.spice.words import read_number

TOKEN = re.compile(
    r"\s*(?:(?P<number>(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?[a-z]*)|(?P<name>[a-z_][a-z0-9_]*)"
    r"|(?P<sign>\*\*|<=|>=|==|!=|&&|\|\||[-+*/^()<>?:,!]))",
    re.IGNORECASE,
)
ACCESS = re.compile(r"\s*\(\s*([a-z0-9_.+-]+)\s*(?:,\s*([a-z0-9_.+-]+)\s*)?\)", re.IGNORECASE)
LONGEST = 10_000
DEEPEST = 30
"""Characters and nested brackets of an expression."""


@attrs.frozen(eq=False)
class Dual:
    """A number with its derivatives by terminals."""

    value: Any
    by: Mapping[int, Any]


Format = Callable[[float], str]
"""How a number is written."""


class Expression(ABC):
    """A part of an expression."""

    @abstractmethod
    def at(self, voltages: Array) -> Dual:
        """Return value and derivatives at voltages ``(..., n_terminals)``."""

    @abstractmethod
    def text(self, nodes: Mapping[int, str], form: Format) -> str:
        """Return it in ngspice's words, for terminals of these names."""


@final
@attrs.frozen
class Number(Expression):
    """A constant."""

    value: float

    def at(self, voltages: Array) -> Dual:
        return Dual(self.value, {})

    def text(self, nodes: Mapping[int, str], form: Format) -> str:
        return form(self.value)


@final
@attrs.frozen
class Terminal(Expression):
    """The voltage of a node, or a current that is an unknown; None: ground."""

    place: int | None
    is_current: bool = False

    def at(self, voltages: Array) -> Dual:
        if self.place is None:
            return Dual(0.0, {})
        return Dual(voltages[..., self.place], {self.place: 1.0})

    def text(self, nodes: Mapping[int, str], form: Format) -> str:
        if self.place is None:
            return "0"
        name = nodes[self.place]
        return f"i({name})" if self.is_current else ("0" if name == "0" else f"v({name})")


@final
@attrs.frozen
class Call(Expression):
    """An operator or a function of its arguments."""

    name: str
    arguments: tuple[Expression, ...]

    def at(self, voltages: Array) -> Dual:
        return FUNCTIONS[self.name].at(*(argument.at(voltages) for argument in self.arguments))

    def text(self, nodes: Mapping[int, str], form: Format) -> str:
        written = [argument.text(nodes, form) for argument in self.arguments]
        return FUNCTIONS[self.name].form.format(*written)


@final
@attrs.frozen
class Foreign(Expression):
    """What only ngspice can compute: pieces of its text, and what it names."""

    pieces: tuple[str | Terminal, ...]

    def at(self, voltages: Array) -> Dual:
        return Dual(0.0, {})

    def text(self, nodes: Mapping[int, str], form: Format) -> str:
        return "".join(p if isinstance(p, str) else p.text(nodes, form) for p in self.pieces)


@attrs.frozen
class Function:
    """How an operator or function is computed and written."""

    at: Callable[..., Dual]
    form: str
    n_arguments: int


def _sum(sign: float) -> Callable[[Dual, Dual], Dual]:
    return lambda a, b: _by_chain(a.value + sign * b.value, (a, 1.0), (b, sign))


def _product(a: Dual, b: Dual) -> Dual:
    return _by_chain(a.value * b.value, (a, b.value), (b, a.value))


def _quotient(a: Dual, b: Dual) -> Dual:
    value = a.value / b.value
    return _by_chain(value, (a, 1 / b.value), (b, -value / b.value))


def _power(a: Dual, b: Dual) -> Dual:
    """As in B-sources, ``abs(a)**b``."""
    size = np.abs(a.value)
    value = size**b.value
    by_a = b.value * size ** (np.asarray(b.value) - 1) * np.sign(a.value)
    return _by_chain(value, (a, by_a), (b, value * np.log(np.where(size > 0, size, 1.0))))


def _by_chain(value: Any, *parts: tuple[Dual, Any]) -> Dual:
    by: dict[int, Any] = {}
    for dual, factor in parts:
        for place, slope in dual.by.items():
            by[place] = by.get(place, 0.0) + factor * slope
    return Dual(value, by)


def _of_one(
    value: Callable[[Any], Any], slope: Callable[[Any, Any], Any]
) -> Callable[[Dual], Dual]:
    def at(a: Dual) -> Dual:
        found = value(np.asarray(a.value, dtype=np.float64))
        return _by_chain(found, (a, slope(np.asarray(a.value, dtype=np.float64), found)))

    return at


def _choice(is_first: Callable[[Any, Any], Any]) -> Callable[[Dual, Dual], Dual]:
    def at(a: Dual, b: Dual) -> Dual:
        return _chosen(is_first(a.value, b.value), a, b)

    return at


def _chosen(condition: Any, a: Dual, b: Dual) -> Dual:
    share = np.where(condition, 1.0, 0.0)
    return _by_chain(np.where(condition, a.value, b.value), (a, share), (b, 1 - share))


def _truth(test: Callable[..., Any]) -> Callable[..., Dual]:
    return lambda *a: Dual(np.where(test(*(item.value for item in a)), 1.0, 0.0), {})


FUNCTIONS: Mapping[str, Function] = {
    "+": Function(_sum(1.0), "({}+{})", 2),
    "-": Function(_sum(-1.0), "({}-{})", 2),
    "*": Function(_product, "({}*{})", 2),
    "/": Function(_quotient, "({}/{})", 2),
    "^": Function(_power, "({}^{})", 2),
    "negative": Function(lambda a: _by_chain(-a.value, (a, -1.0)), "(-{})", 1),
    "<": Function(_truth(np.less), "({}<{})", 2),
    ">": Function(_truth(np.greater), "({}>{})", 2),
    "<=": Function(_truth(np.less_equal), "({}<={})", 2),
    ">=": Function(_truth(np.greater_equal), "({}>={})", 2),
    "==": Function(_truth(np.equal), "({}=={})", 2),
    "!=": Function(_truth(np.not_equal), "({}!={})", 2),
    "&&": Function(_truth(np.logical_and), "({}&&{})", 2),
    "||": Function(_truth(np.logical_or), "({}||{})", 2),
    "!": Function(_truth(np.logical_not), "(!{})", 1),
    "?": Function(lambda c, a, b: _chosen(np.asarray(c.value) != 0, a, b), "({}?{}:{})", 3),
    "min": Function(_choice(np.less_equal), "min({},{})", 2),
    "max": Function(_choice(np.greater_equal), "max({},{})", 2),
    "exp": Function(_of_one(np.exp, lambda a, v: v), "exp({})", 1),
    "ln": Function(_of_one(np.log, lambda a, v: 1 / a), "ln({})", 1),
    "tanh": Function(_of_one(np.tanh, lambda a, v: 1 - v**2), "tanh({})", 1),
    "sinh": Function(_of_one(np.sinh, lambda a, v: np.cosh(a)), "sinh({})", 1),
    "cosh": Function(_of_one(np.cosh, lambda a, v: np.sinh(a)), "cosh({})", 1),
    "asinh": Function(_of_one(np.arcsinh, lambda a, v: 1 / np.sqrt(1 + a**2)), "asinh({})", 1),
    "atan": Function(_of_one(np.arctan, lambda a, v: 1 / (1 + a**2)), "atan({})", 1),
    "sqrt": Function(_of_one(np.sqrt, lambda a, v: 0.5 / v), "sqrt({})", 1),
    "abs": Function(_of_one(np.abs, lambda a, v: np.sign(a)), "abs({})", 1),
}
LEVELS = (("||",), ("&&",), ("==", "!="), ("<", ">", "<=", ">="), ("+", "-"), ("*", "/"))
"""Binary operators, those that bind weakest first."""


def read_expression(
    text: str, element: str, node: Callable[[str], int | None], current: Callable[[str], int | None]
) -> Expression:
    """Return an expression.

    Args:
        text: As it stands in the netlist.
        element: Whose it is, for errors.
        node: Name of a node to its terminal; None for ground.
        current: Name of a voltage source to the terminal of its current; None: it has none.

    Raises:
        UnsupportedError: It holds what only ngspice knows; names it.
    """
    return _Reader(text, element, node, current).whole()


class _Reader:
    def __init__(
        self,
        text: str,
        element: str,
        node: Callable[[str], int | None],
        current: Callable[[str], int | None],
    ) -> None:
        self.text, self.element, self.node, self.current = text, element, node, current
        self.place = self.depth = 0
        if len(text) > LONGEST:
            self._refuse(f"{len(text)} characters")

    def whole(self) -> Expression:
        result = self._ternary()
        if self._peek() is not None:
            self._refuse(self.text[self.place :].strip())
        return result

    def _refuse(self, what: str) -> NoReturn:
        raise UnsupportedError(
            f"Element {self.element!r} holds {what[:60]!r} in {self.text[:80]!r}, which native "
            "cannot translate.",
            'use backend="ngspice", or write it with + - * / ^ min max exp ln tanh ?: and the like',
        )

    def _peek(self) -> str | None:
        found = TOKEN.match(self.text, self.place)
        if found:
            return found.group().strip()
        if self.text[self.place :].strip():
            self._refuse(self.text[self.place :].strip())
        return None

    def _take(self, *wanted: str) -> str | None:
        """Return the next token and go on if it is one of these."""
        found = TOKEN.match(self.text, self.place)
        if found and found.group().strip() in wanted:
            self.place = found.end()
            return found.group().strip()
        return None

    def _need(self, sign: str) -> None:
        if not self._take(sign):
            self._refuse(self.text[self.place :].strip() or f"no {sign!r}")

    def _ternary(self) -> Expression:
        self.depth += 1
        if self.depth > DEEPEST:
            self._refuse("too many brackets")
        condition = self._binary(0)
        if self._take("?"):
            first = self._ternary()
            self._need(":")
            condition = Call("?", (condition, first, self._ternary()))
        self.depth -= 1
        return condition

    def _binary(self, level: int) -> Expression:
        if level == len(LEVELS):
            return self._unary()
        left = self._binary(level + 1)
        while sign := self._take(*LEVELS[level]):
            left = Call(sign, (left, self._binary(level + 1)))
        return left

    def _unary(self) -> Expression:
        if sign := self._take("-", "+", "!"):
            inner = self._unary()
            return inner if sign == "+" else Call("negative" if sign == "-" else "!", (inner,))
        return self._raised()

    def _raised(self) -> Expression:
        base = self._primary()
        while self._take("^", "**"):
            sign = self._take("-", "+")
            exponent = self._primary()
            base = Call("^", (base, Call("negative", (exponent,)) if sign == "-" else exponent))
        return base

    def _primary(self) -> Expression:
        if self._take("("):
            inner = self._ternary()
            self._need(")")
            return inner
        found = TOKEN.match(self.text, self.place)
        if not found or found.group("sign"):
            self._refuse(self.text[self.place :].strip() or "its end")
        self.place = found.end()
        if found.group("number"):
            return Number(read_number(found.group("number"), f"Element {self.element!r}"))
        name = found.group("name").lower()
        return self._access(name) if name in ("v", "i") else self._function(name)

    def _access(self, name: str) -> Expression:
        found = ACCESS.match(self.text, self.place)
        if not found:
            self._refuse(name)
        self.place = found.end()
        first, second = found.groups()
        if name == "i":
            place = None if second else self.current(first.lower())
            if place is None:
                self._refuse(f"i({first})")
            return Terminal(place, is_current=True)
        one = Terminal(self.node(first.lower()))
        return one if second is None else Call("-", (one, Terminal(self.node(second.lower()))))

    def _function(self, name: str) -> Expression:
        known = FUNCTIONS.get(name)
        if known is None or not self._take("("):
            self._refuse(name)
        arguments = [self._ternary()]
        while self._take(","):
            arguments.append(self._ternary())
        self._need(")")
        if len(arguments) != known.n_arguments:
            self._refuse(f"{name} of {len(arguments)} arguments")
        return Call(name, tuple(arguments))
