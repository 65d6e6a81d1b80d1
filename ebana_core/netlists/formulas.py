"""Expressions of controlled sources in words that LTspice, Xyce and Spectre share.

What the three have in common is small: sums, products, powers, a choice by a comparison, and the
functions of `SHARED`. ngspice's other operators and functions are written with these.
"""

import itertools
from collections.abc import Sequence
from typing import final

import attrs

from ebana_core.errors import UnsupportedError
from ebana_core.laws.known_words import named
from ebana_core.spice.expressions import Call, Expression, Number, Table, Terminal
from ebana_core.spice.expressions.tree import Instant
from ebana_core.spice.formatting import number

SHARED = named("""
        min max exp log10 sqrt abs sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh
        floor ceil
    """)
"""Functions that are the same everywhere.

Source:
    LTspice help, arbitrary behavioral sources; Xyce reference guide, table of arithmetic functions;
    Spectre reference, built-in mathematical functions.
"""
COMPARISONS = frozenset(["<", ">", "<=", ">="])
AGAINST_ZERO = {"eq0": "==", "ne0": "!=", "gt0": ">", "ge0": ">=", "lt0": "<", "le0": "<="}
LONGEST = 20_000
"""Characters of a formula. A choice writes its parts more than once."""


@final
@attrs.frozen
class Style:
    """How a simulator writes what all of them can say.

    Args:
        choice: Template of a comparison, of what holds where it is true, and else.
        logarithm: Name of the natural logarithm.
    """

    choice: str
    logarithm: str


@final
@attrs.frozen
class Formulas:
    """Writes the expressions of one simulator.

    Args:
        style: How it writes.
    """

    style: Style

    def written(self, expression: Expression, names: Sequence[str], element: str) -> str:
        """Return an expression as text.

        Args:
            expression: Of voltages alone.
            names: Of its terminals, by their numbers.
            element: For errors.

        Raises:
            UnsupportedError: The text would be too long.
        """
        try:
            return self._text(expression, names)
        except _FormulaLengthError as error:
            raise UnsupportedError(
                f"Element {element!r} needs a formula of more than {LONGEST} characters.",
                "write shorter conditions, and fewer of them within each other",
            ) from error

    def _text(self, expression: Expression, names: Sequence[str]) -> str:
        return _bounded(self._any_text(expression, names))

    def _any_text(self, expression: Expression, names: Sequence[str]) -> str:
        match expression:
            case Number(value=value) | Instant(value=value):
                return _plain(value)
            case Terminal(place=None):
                return "0"
            case Terminal(place=place):
                assert place is not None
                return f"v({names[place]})"
            case Table():
                return self._table(expression, names)
            case Call():
                return self._call(expression, names)
        raise AssertionError(f"no text of {expression!r}")

    def _call(self, call: Call, names: Sequence[str]) -> str:
        name, inner = call.name, call.inner
        if name == "?":
            return self._chosen(inner[0], self._text(inner[1], names), inner[2], names)
        if name in LOGICAL:
            return self._choice(call, "1", "0", names)
        own = [self._text(part, names) for part in inner]
        if name in ("+", "-", "*", "/"):
            first, second = call.in_row(own)
            return f"({first}{name}{second})"
        if name in SHARED:
            return f"{name}({','.join(own)})"
        return self._rewritten(name, own)

    def _rewritten(self, name: str, own: Sequence[str]) -> str:
        """Return a function that not all simulators have, or not alike."""
        x = own[0]
        match name:
            case "negative":
                return f"(-{x})"
            case "ln" | "log":  # of base e in ngspice, of base 10 in Xyce
                return f"{self.style.logarithm}({x})"
            case "^" | "pow":  # ngspice raises the absolute value
                return f"(abs({x})**{own[1]})"
            case "pwr":
                return f"({self._sign(x, '1', '0')}*abs({x})**{own[1]})"
            case "sgn":
                return self._sign(x, "1", "0")
            case "u":
                return self._if(f"{x}>0", "1", self._if(f"{x}<0", "0", "0.5"))
            case "u2":
                return f"min(max({x},0),1)"
            case "uramp":
                return f"max({x},0)"
            case "nint":
                return self._nearest(x)
        raise AssertionError(f"no form of {name!r}")

    def _sign(self, x: str, above: str, at_zero: str) -> str:
        return self._if(f"{x}>0", above, self._if(f"{x}<0", "(-1)", at_zero))

    def _nearest(self, x: str) -> str:
        """Return the nearest whole number; of two, the even one, as C does."""
        low = f"floor({x})"
        even = f"(2*floor(({low}+1)/2))"
        above = self._if(f"({x}-{low})>0.5", f"({low}+1)", even)
        return self._if(f"({x}-{low})<0.5", low, above)

    def _if(self, condition: str, yes: str, no: str) -> str:
        return _bounded(self.style.choice.format(condition, yes, no))

    def _chosen(self, condition: Expression, yes: str, no: Expression, names: Sequence[str]) -> str:
        return self._choice(condition, yes, self._text(no, names), names)

    def _choice(self, condition: Expression, yes: str, no: str, names: Sequence[str]) -> str:
        """Return one of two texts by a condition; every other number than zero is true."""
        name = condition.name if isinstance(condition, Call) else ""
        parts = condition.inner
        if name == "!":
            return self._choice(parts[0], no, yes, names)
        if name == "&&":
            return self._choice(parts[0], self._choice(parts[1], yes, no, names), no, names)
        if name == "||":
            return self._choice(parts[0], yes, self._choice(parts[1], yes, no, names), names)
        own = [self._text(part, names) for part in parts] if name in LOGICAL else []
        if name in AGAINST_ZERO:
            name, own = AGAINST_ZERO[name], [own[0], "0"]
        if name in COMPARISONS:
            return self._if(f"{own[0]}{name}{own[1]}", yes, no)
        if name in ("==", "!="):
            same, other = (yes, no) if name == "==" else (no, yes)
            left, right = own
            return self._if(f"{left}<={right}", self._if(f"{left}>={right}", same, other), other)
        x = self._text(condition, names)
        return self._if(f"{x}>0", yes, self._if(f"{x}<0", yes, no))

    def _table(self, table: Table, names: Sequence[str]) -> str:
        """Return straight lines as a first one, and a ramp for every further slope."""
        x = self._text(table.argument, names)
        points = list(zip(table.points[::2], table.points[1::2], strict=True))
        slopes = [(y1 - y0) / (x1 - x0) for (x0, y0), (x1, y1) in itertools.pairwise(points)]
        (start, value), first = points[0], slopes[0]
        terms = [_plain(value), f"{_plain(first)}*({x}-{_plain(start)})"]
        for (corner, _), (before, after) in zip(
            points[1:-1], itertools.pairwise(slopes), strict=True
        ):
            if after != before:
                terms.append(f"{_plain(after - before)}*max({x}-{_plain(corner)},0)")
        for where, reach, turn in table.corners:
            within = f"max({_plain(reach)}-abs({x}-{_plain(where)}),0)"
            terms.append(f"{_plain(turn / (2 * reach))}*{within}**2")
        return f"({'+'.join(terms)})"


LOGICAL = frozenset([*COMPARISONS, *AGAINST_ZERO, "==", "!=", "&&", "||", "!"])
"""Operators and functions that give 1 or 0."""


class _FormulaLengthError(Exception):
    """A part of a formula is longer than a whole one may be."""


def _bounded(text: str) -> str:
    """Return a part of a formula.

    Checked part by part: each choice may write its parts twice, so that a whole formula could fill
    the memory before anybody counts its characters.

    Raises:
        _FormulaLengthError: It has more than `LONGEST` characters.
    """
    if len(text) > LONGEST:
        raise _FormulaLengthError
    return text


def _plain(value: float) -> str:
    text = number(value)
    return f"({text})" if value < 0 else text
