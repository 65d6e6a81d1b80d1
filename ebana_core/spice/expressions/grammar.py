"""Reads expressions, as ngspice's own grammar does."""

import itertools
import re
from collections.abc import Callable, Mapping
from typing import NoReturn

import numpy as np

from ebana_core.errors import CircuitError
from ebana_core.spice.expressions.functions import (
    AT_ONCE,
    CONSTANTS,
    FUNCTIONS,
    LEVELS,
    NATIVE,
    OF_TIME,
    OTHER_NAMES,
)
from ebana_core.spice.expressions.sizes import DEEPEST, LONGEST, TALLEST, refuse_size
from ebana_core.spice.expressions.table import Table
from ebana_core.spice.expressions.tree import Call, Expression, Instant, Number, Terminal
from ebana_core.spice.expressions.vendors import VENDORS
from ebana_core.spice.splitting import without_quotes
from ebana_core.spice.temperatures import USUAL_CELSIUS
from ebana_core.spice.words import MICRO, read_number

TOKEN = re.compile(
    r"\s*(?:(?P<number>(?:\d+\.?\d*|\.\d+)(?:[ed][+-]?\d+)?(?:[a-z][a-z0-9]*)?)|(?P<name>[a-z_][a-z0-9_]*)"
    r"|(?P<sign>\*\*|<=|>=|<>|==|!=|&&|\|\||[-+*/^()<>?:,!&|~]))",
    re.IGNORECASE,
)
FORTRAN = re.compile(r"(?<=[\d.])d(?=[+-]?\d)", re.IGNORECASE)
"""Letter ``d`` that stands for the ``e`` of an exponent in expressions."""
ACCESS = re.compile(r"\s*\(\s*([^\s(),]+)\s*(?:,\s*([^\s(),]+)\s*)?\)")
QUOTED = re.compile("'([^']*)'")
"""A part of an expression, which may stand in quotes as in braces."""
NO_VOLTAGES = np.zeros(0)
BRACKETS = str.maketrans("{}", "()")
TABLES = ("pwl", "table")
"""Functions of an expression and of points x1, y1, x2, y2, ...: ngspice's, whose outer lines go on
for ever, and that of other simulators, which stays at its last values."""


def read_expression(
    text: str,
    element: str,
    node: Callable[[str], int | None],
    current: Callable[[str], int | None],
    *,
    celsius: float = USUAL_CELSIUS,
) -> Expression:
    """Return an expression.

    Args:
        text: As it stands in the netlist, in braces or quotes or without.
        element: For errors.
        node: Node name to terminal; None for ground. It raises for unknown names.
        current: Name of an element to the terminal that is its current; None: it has none.
        celsius: What ``temper`` means, °C.

    Raises:
        CircuitError: ngspice would not read it either, or could not finish; names the word.
    """
    plain = QUOTED.sub(r"(\1)", without_quotes(text)).translate(MICRO).translate(BRACKETS)
    return _Reader(plain, element, node, current, {**CONSTANTS, "temper": celsius}).whole()


class _Reader:
    def __init__(
        self,
        text: str,
        element: str,
        node: Callable[[str], int | None],
        current: Callable[[str], int | None],
        constants: Mapping[str, float],
    ) -> None:
        self.text, self.element, self.node, self.current = text, element, node, current
        self.constants = constants
        self.place = self.depth = 0
        if len(text) > LONGEST:
            raise CircuitError(
                f"Element {element!r} holds an expression of {len(text)} characters: "
                f"{text[:80]!r}...",
                f"write up to {LONGEST} characters, in several elements or with fewer points of a "
                "table",
            )

    def whole(self) -> Expression:
        result = self._ternary()
        if self._rest():
            self._refuse(self._rest())
        return result

    def _refuse(self, what: str) -> NoReturn:
        raise CircuitError(
            f"Element {self.element!r} holds {what[:60]!r} in {self.text[:80]!r}.",
            "write it with + - * / ^ ?: and comparisons, of v(node), i(source) and functions such "
            f"as {', '.join([*NATIVE, *VENDORS, *TABLES])}",
        )

    def _rest(self) -> str:
        return self.text[self.place :].strip()

    def _take(self, *wanted: str) -> str | None:
        """Return the next token and go on if it is one of these."""
        found = TOKEN.match(self.text, self.place)
        if found and found.group().strip() in wanted:
            self.place = found.end()
            sign = found.group().strip()
            return OTHER_NAMES.get(sign, sign)
        return None

    def _need(self, sign: str) -> None:
        if not self._take(sign):
            self._refuse(self._rest() or f"no {sign!r}")

    def _deeper(self, step: int) -> None:
        self.depth += step
        if self.depth > DEEPEST:
            refuse_size(
                self.element, f"more than {DEEPEST} brackets or signs within each other", self.text
            )

    def _call(self, name: str, *arguments: Expression) -> Expression:
        made = Call(name, arguments)
        if made.height > TALLEST:
            refuse_size(self.element, f"more than {TALLEST} operators upon each other", self.text)
        return made

    def _ternary(self) -> Expression:
        self._deeper(1)
        pairs = []
        last = self._binary(0)
        while self._take("?"):  # chains of conditions are long, not deep
            first = self._ternary()
            self._need(":")
            pairs.append((last, first))
            last = self._binary(0)
        for condition, first in reversed(pairs):
            last = self._call("?", condition, first, last)
        self._deeper(-1)
        return last

    def _binary(self, level: int) -> Expression:
        if level == len(LEVELS):
            return self._unary()
        left = self._binary(level + 1)
        while sign := self._take(*LEVELS[level]):
            left = self._call(sign, left, self._binary(level + 1))
        return left

    def _unary(self) -> Expression:
        sign = self._take("-", "+", "!", "~")
        return self._signed(sign) if sign else self._raised()

    def _signed(self, sign: str) -> Expression:
        self._deeper(1)
        inner = self._unary()
        self._deeper(-1)
        if sign == "+":
            return inner
        return self._call("negative" if sign == "-" else "!", inner)

    def _raised(self) -> Expression:
        base = self._primary()
        while self._take("^", "**"):
            # A sign binds weaker than what follows it: 2^-3^2 is 2^(-(3^2)), 2^3^2 is (2^3)^2.
            sign = self._take("-", "+", "!", "~")
            exponent = self._signed(sign) if sign else self._primary()
            base = self._call("^", base, exponent)
        return base

    def _primary(self) -> Expression:
        if self._take("("):
            inner = self._ternary()
            self._need(")")
            return inner
        found = TOKEN.match(self.text, self.place)
        if not found or found.group("sign"):
            self._refuse(self._rest() or "its end")
        self.place = found.end()
        if found.group("number"):
            word = FORTRAN.sub("e", found.group("number"))
            return Number(read_number(word, f"Element {self.element!r}"))
        name = found.group("name").lower()
        return self._access(name) if name in ("v", "i") else self._function(name)

    def _access(self, name: str) -> Expression:
        found = ACCESS.match(self.text, self.place)
        if not found:
            self._refuse(name + self._rest())
        self.place = found.end()
        first, second = found.groups()
        if name == "i":
            place = None if second else self.current(first.lower())
            if place is None:
                self._refuse(f"i{found.group().strip()}")
            return Terminal(place, is_current=True)
        one = Terminal(self.node(first.lower()))
        return one if second is None else Call("-", (one, Terminal(self.node(second.lower()))))

    def _function(self, name: str) -> Expression:
        if name in self.constants:
            return Number(self.constants[name])
        if name in AT_ONCE:
            return Instant(0.0)
        own = OTHER_NAMES.get(name, name)
        is_known = own in NATIVE or own != name or name in (*TABLES, *VENDORS, *OF_TIME)
        if not is_known:
            self._refuse(name)
        arguments = self._arguments()
        if name in TABLES:
            return self._table(name, arguments)
        vendor = VENDORS.get(name)
        count = OF_TIME.get(name) or (vendor or FUNCTIONS[own]).n_arguments
        if len(arguments) != count:
            self._refuse(f"{name} of {len(arguments)} arguments")
        if name in OF_TIME:
            return Instant(0.0)
        return vendor.written(*arguments) if vendor else self._call(own, *arguments)

    def _arguments(self) -> list[Expression]:
        self._need("(")
        arguments = [self._ternary()]
        while self._take(","):
            arguments.append(self._ternary())
        self._need(")")
        return arguments

    def _table(self, name: str, arguments: list[Expression]) -> Expression:
        points = [_constant(item) for item in arguments[1:]]
        if None in points or len(points) < 4 or len(points) % 2:
            self._refuse(f"{name} of {len(points)} numbers")
        numbers = tuple(point for point in points if point is not None)
        if any(a >= b for a, b in itertools.pairwise(numbers[::2])):
            self._refuse(f"{name} with an x that does not grow")
        make = Table if name == "pwl" else Table.held
        return make(arguments[0], numbers)


def _constant(item: Expression) -> float | None:
    """Return the value of an expression that never changes."""
    return None if item.degree else float(item.at(NO_VOLTAGES).value)
