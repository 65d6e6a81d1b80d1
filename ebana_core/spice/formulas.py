"""Formulas of parameters, computed to numbers as ngspice's own reader does.

Nothing is ever evaluated as code. Powers are of the size of their base, as in ngspice:
``(-2)**3`` is 8.

Source:
    ngspice 39, src/frontend/numparam/xpressn.c.
"""

import math
import re
from collections.abc import Callable
from typing import NoReturn

import attrs

from ebana_core.errors import CircuitError
from ebana_core.spice.operations import ONE, OPERATORS, RANDOM, SEVERAL, SIGNS, SUM
from ebana_core.spice.words import MICRO, scaled

TOKEN = re.compile(
    r"\s*(?:(?P<number>\d+\.?\d*|\.\d+)(?:e(?P<exponent>[+-]?\d{1,9}))?(?P<unit>[a-z_Ω]*)"
    r"|(?P<name>[a-z_\[\]][a-z0-9_.\[\]]*)|(?P<sign>\*\*|<=|>=|<>|==|!=|&&|\|\||[-+*/^()<>?:,!%\\=]))",
    re.IGNORECASE,
)
FORTRAN = re.compile(r"[+-]?\d")
DEEPEST_FORMULA = 50
"""Brackets, conditions and functions within each other."""
MOST_STEPS = 300_000
"""Words of formulas that are computed for one subcircuit."""


@attrs.frozen
class Function:
    """A function that a netlist defines.

    Args:
        arguments: Names.
        body: Formula.
        function: Name to a function that its body means, where it is defined.
    """

    arguments: tuple[str, ...]
    body: str
    function: Callable[[str], "Function | None"] = attrs.field(eq=False, repr=False)


class TooMuchError(CircuitError):
    """A text asks for more than anybody would compute."""


class Work:
    """Counts what is computed for one subcircuit, so that no text takes for ever."""

    def __init__(self) -> None:
        self.steps = 0

    def spend(self, steps: int = 1) -> None:
        """Count steps.

        Raises:
            TooMuchError: There are too many.
        """
        self.steps += steps
        if self.steps > MOST_STEPS:
            raise TooMuchError(
                f"The formulas of a subcircuit have more than {MOST_STEPS} words, including "
                "those of its instances and functions.",
                "make it smaller",
            )


@attrs.frozen(eq=False)
class Names:
    """The meaning of names in a formula.

    Args:
        number: Returns the value of a parameter by its name, or None where there is none; it may
            raise a `CircuitError`.
        function: Returns a function of the netlist by its name, or None.
        work: Counts the steps, so that no formula takes for ever.
    """

    number: Callable[[str], float | None]
    function: Callable[[str], Function | None]
    work: Work


def compute(text: str, names: Names, place: str) -> float:
    """Return the value of a formula.

    Raises:
        CircuitError: It cannot be read or is not finite; names the place and the word.
    """
    value = _Formula(text, names, place, 0).whole()
    if not math.isfinite(value):
        raise CircuitError(
            f"{place}: {text[:60]!r} is {value!r}.", "write a formula whose value is finite"
        )
    return value


class _Formula:
    def __init__(self, text: str, names: Names, place: str, depth: int) -> None:
        self.text = text.translate(MICRO).translate({ord("{"): "(", ord("}"): ")"}).lower()
        self.names, self.place, self.depth = names, place, depth
        self.words: list[re.Match[str]] = []
        end = 0
        while found := TOKEN.match(self.text, end):
            self.words.append(found)
            end = found.end()
        # Counted before anything is computed: functions may call each other many times over.
        names.work.spend(len(self.words))
        self.strange = self.text[end:].strip()
        self.at = 0

    def whole(self) -> float:
        value = self._ternary()
        if self.at < len(self.words) or self.strange:
            self._refuse(self._rest())
        return value

    def _refuse(self, what: str) -> NoReturn:
        raise CircuitError(
            f"{self.place}: {what[:60]!r} in the formula {self.text[:80]!r} has no meaning.",
            "write numbers, parameters that are defined, + - * / ** ?: and functions such as "
            f"{', '.join([*ONE, *SEVERAL])}",
        )

    def _rest(self) -> str:
        if self.at == len(self.words):
            return self.strange
        return self.text[self.words[self.at].start() :].strip()

    def _sign(self) -> str:
        """Return the sign that comes next; empty where something else comes."""
        return (self.words[self.at]["sign"] or "") if self.at < len(self.words) else ""

    def _take(self, *signs: str) -> str:
        """Return the next word and go on if it is one of these signs; else return nothing."""
        sign = self._sign()
        if sign not in signs:
            return ""
        self.at += 1
        return sign

    def _need(self, sign: str) -> None:
        if not self._take(sign):
            self._refuse(self._rest() or f"no {sign!r}")

    def _deeper(self) -> None:
        self.depth += 1
        if self.depth > DEEPEST_FORMULA:
            self._refuse(f"more than {DEEPEST_FORMULA} brackets or functions within each other")

    def _ternary(self) -> float:
        self._deeper()
        value = self._binary(0)
        if self._take("?"):
            first = self._ternary()
            self._need(":")
            other = self._ternary()
            value = first if value else other
        self.depth -= 1
        return value

    def _binary(self, lowest: int) -> float:
        """Return what operators of a level, or of those that bind stronger, make."""
        sign = self._take(*SIGNS) if lowest <= SUM else ""
        # A sign at the beginning is an operator behind nothing: -2**2 is -(2**2).
        value = SIGNS[sign] * self._binary(SUM + 1) if sign else self._atom()
        while (found := OPERATORS.get(self._sign())) and found[0] >= lowest:
            self.at += 1
            value = found[1](value, self._binary(found[0] + 1))
        return value

    def _atom(self) -> float:
        if sign := self._take("-", "+", "!"):
            self._deeper()
            value = self._atom()
            self.depth -= 1
            return float(not value) if sign == "!" else SIGNS[sign] * value
        if self._take("("):
            value = self._ternary()
            self._need(")")
            return value
        if self.at == len(self.words) or self._sign():
            self._refuse(self._rest() or "its end")
        found = self.words[self.at]
        self.at += 1
        return self._number(found) if found["number"] else self._named(found["name"])

    def _number(self, found: re.Match[str]) -> float:
        # After a suffix nothing may follow, as in ngspice: {2n4} is not a number.
        letters = found["unit"]
        if letters == "d" and FORTRAN.match(self.text, found.end()):
            self._refuse(f"{found.group().strip()}..., an exponent that ngspice does not take")
        suffix = "m" if letters.startswith("mil") else letters  # it knows no mil in formulas
        return scaled(found["number"], int(found["exponent"] or 0), suffix)

    def _named(self, name: str) -> float:
        if self._take("("):
            return self._called(name)
        value = self.names.number(name)
        if value is None:
            self._refuse(name)
        return value

    def _called(self, name: str) -> float:
        own = self.names.function(name)
        if own is None and name in RANDOM:
            self._refuse(f"{name}(...), which draws a number")
        if own is None and name not in ONE and name not in SEVERAL:
            self._refuse(name)
        values = self._arguments()
        wanted = len(own.arguments) if own else SEVERAL[name][0] if name in SEVERAL else 1
        if wanted is not None and len(values) != wanted:
            hint = ", which draws a number" if own is None and name == "limit" else ""
            self._refuse(f"{name} of {len(values)} arguments{hint}")
        if own is None:
            return ONE[name](values[0]) if name in ONE else SEVERAL[name][1](*values)
        local = dict(zip(own.arguments, values, strict=True))
        names = attrs.evolve(
            self.names,
            # Arguments hide parameters of the same name.
            number=lambda word: local[word] if word in local else self.names.number(word),
            function=own.function,
        )
        return _Formula(own.body, names, self.place, self.depth).whole()

    def _arguments(self) -> list[float]:
        """Return the values between brackets; the opening bracket has been read."""
        if self._take(")"):
            return []
        values = [self._ternary()]
        while self._take(","):
            values.append(self._ternary())
        self._need(")")
        return values
