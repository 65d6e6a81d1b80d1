"""Expressions as trees: numbers and terminals at the leaves, operators and functions above."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import final

import attrs

from ebana_core.arrays import Array
from ebana_core.derived import derived
from ebana_core.spice.expressions.dual import Dual
from ebana_core.spice.expressions.functions import EQUALITIES, FUNCTIONS

ROWS = (("+", "-"), ("*", "/"))
"""Operators of one level each, which are taken from the left."""
Format = Callable[[float], str]
"""Returns a number as netlist text."""


class Expression(ABC):
    """A part of an expression."""

    height: int = 0
    """Number of operators and functions on the longest way down to a leaf."""
    inner: "tuple[Expression, ...]" = ()
    """The expressions that it is made of; empty for a leaf."""
    refusal: str = ""
    """Name of what the native backend cannot compute here, operands aside; empty: it can."""

    @abstractmethod
    def at(self, voltages: Array) -> Dual:
        """Return value and derivatives at voltages, 0 where only ngspice can compute them.

        Args:
            voltages: Shape ``(..., n_terminals)``, V.
        """

    @abstractmethod
    def text(self, nodes: Mapping[int, str], form: Format) -> str:
        """Return the expression as ngspice reads it.

        Args:
            nodes: Number of a terminal to its name.
            form: Writes numbers.
        """

    def walk(self) -> "Iterator[Expression]":
        """Yield the expression itself and all expressions in it."""
        yield self
        for part in self.inner:
            yield from part.walk()

    @property
    def degree(self) -> int:
        """0 for a constant, 1 for a sum of terminals times numbers, 2 for anything else."""
        return self.degree_beside(frozenset())

    def degree_beside(self, held: frozenset[int]) -> int:
        """Return the degree if some terminals are held at fixed voltages."""
        del held
        return 2

    @property
    def terminals(self) -> frozenset[int]:
        """Numbers of the terminals that it names, without ground."""
        found = (part.place for part in self.walk() if isinstance(part, Terminal))
        return frozenset(place for place in found if place is not None)

    @property
    def moves(self) -> bool:
        """Whether it changes with time by itself."""
        return any(isinstance(part, Instant) for part in self.walk())

    @property
    def foreign(self) -> str:
        """Name of what the native backend cannot compute here or in operands; empty: it can."""
        return next((part.refusal for part in self.walk() if part.refusal), "")


@final
@attrs.frozen
class Number(Expression):
    """A constant."""

    value: float

    def degree_beside(self, held: frozenset[int]) -> int:
        return 0

    def at(self, voltages: Array) -> Dual:
        return Dual(self.value, {})

    def text(self, nodes: Mapping[int, str], form: Format) -> str:
        return form(self.value)


@final
@attrs.frozen
class Instant(Expression):
    """A function of time, as its value at an operating point."""

    value: float

    def degree_beside(self, held: frozenset[int]) -> int:
        return 0

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

    def degree_beside(self, held: frozenset[int]) -> int:
        """Return 0 for ground, which is fixed."""
        return 0 if self.place is None or self.place in held else 1

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
    inner: tuple[Expression, ...]
    height: int = derived(lambda own: 1 + max((part.height for part in own.inner), default=0))

    def at(self, voltages: Array) -> Dual:
        return FUNCTIONS[self.name].at(*[part.at(voltages) for part in self.inner])

    def text(self, nodes: Mapping[int, str], form: Format) -> str:
        written = self.in_row([part.text(nodes, form) for part in self.inner])
        return FUNCTIONS[self.name].form.format(*written)

    def in_row(self, written: Sequence[str]) -> Sequence[str]:
        """Return texts of the arguments, of which the first needs no brackets of its own.

        Sums and products are taken from the left: ``(a+b+c)`` is ``((a+b)+c)``, and as many terms
        as there may be stand side by side, where readers bear only so many brackets.
        """
        first = self.inner[0]
        for row in ROWS:
            if self.name in row and isinstance(first, Call) and first.name in row:
                return [written[0].removeprefix("(").removesuffix(")"), *written[1:]]
        return written

    def degree_beside(self, held: frozenset[int]) -> int:
        """Return its arguments' degree if it adds them or multiplies one by a number, else 2."""
        degrees = [part.degree_beside(held) for part in self.inner]
        if not any(degrees):
            return 0
        if self.name in ("+", "-", "negative"):
            return max(degrees)
        if self.name == "*" or (self.name == "/" and not degrees[1]):
            return min(2, sum(degrees))
        return 2

    @property
    def refusal(self) -> str:  # type: ignore[override]  # per call
        """A comparison that no two simulators can agree on."""
        return f"{self.name} of voltages" if self.name in EQUALITIES and self.terminals else ""


def scaled(expression: Expression, factor: float) -> Expression:
    """Return an expression times a number; itself where that is one."""
    return expression if factor == 1 else Call("*", (Number(factor), expression))
