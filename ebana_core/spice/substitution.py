"""Replaces parameters and functions in the text of elements by numbers and formulas."""

import re
from collections.abc import Sequence

import attrs

from ebana_core.errors import CircuitError
from ebana_core.spice.formulas import DEEPEST_FORMULA, Function, Names
from ebana_core.spice.splitting import group_end
from ebana_core.spice.words import MICRO

TOKEN = re.compile(
    r"(?P<number>(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?[a-z_]*)"
    r"|(?P<access>\b[vi]\s*\([^()]*\))|(?P<name>[a-z_][a-z0-9_.\[\]]*)|(?P<text>\"[^\"]*\")",
    re.IGNORECASE,
)
BEHIND = re.compile(r"\s*(\(|=(?!=)|)")
OF_SIGNALS = re.compile(
    r"\b[vi]\s*\(|(?<![\w.])(?:time|hertz|freq|ddt|sdt|idt)(?![\w.])", re.IGNORECASE
)
"""Names that occur in expressions of voltages and currents, but not in formulas of parameters."""
MEANT = frozenset(["time", "hertz", "temper", "pi", "e", "pwl"])
"""Names that keep their meaning in an expression, even if a parameter bears the same name.

Source:
    ngspice 39, src/frontend/inpcom.c, inp_modify_exp.
"""
LONGEST_TEXT = 100_000
"""Characters of an expression in which functions stand for what they mean."""


def substituted(text: str, names: Names, place: str) -> str:
    """Return an expression with numbers for parameters, and formulas for functions.

    Raises:
        CircuitError: A parameter without a value, a function of the wrong number of arguments,
            or too long a text.
    """
    return _Substitution(names, place).of(text.translate(MICRO), {}, 0)


@attrs.frozen(eq=False)
class _Substitution:
    names: Names
    place: str

    def of(self, text: str, local: dict[str, str], depth: int) -> str:
        if depth > DEEPEST_FORMULA:
            raise CircuitError(
                f"{self.place}: functions are nested more than {DEEPEST_FORMULA} deep.",
                "check that no function calls itself",
            )
        pieces, at, length = [], 0, 0
        while found := TOKEN.search(text, at):
            piece, end = self._piece(text, found, local, depth)
            pieces += [text[at : found.start()], piece]
            self.names.work.spend()
            length += len(piece) + found.start() - at
            if length > LONGEST_TEXT:
                raise CircuitError(
                    f"{self.place} has more than {LONGEST_TEXT} characters, functions written out.",
                    "make it shorter",
                )
            at = end
        return "".join([*pieces, text[at:]])

    def _piece(
        self, text: str, found: re.Match[str], local: dict[str, str], depth: int
    ) -> tuple[str, int]:
        """Return the replacement of a word, and the place behind it in the text."""
        word, end = found.group(), found.end()
        name = word.lower()
        if not found["name"] or name in MEANT:
            return word, end
        behind = BEHIND.match(text, end)
        assert behind is not None  # it may be empty
        if behind[1] == "(":
            own = self.names.function(name)
            return self._called(text, found, own, local, depth) if own else (word, end)
        if behind[1] == "=":  # a key, as in tc1=0
            return word, end
        if name in local:
            return local[name], end
        value = self.names.number(name)
        return (word, end) if value is None else (f"({value!r})", end)

    def _called(
        self,
        text: str,
        found: re.Match[str],
        own: Function,
        local: dict[str, str],
        depth: int,
    ) -> tuple[str, int]:
        start = text.index("(", found.end())
        end = group_end(text, start, self.place)
        given = [self.of(part, local, depth + 1) for part in _parts(text[start + 1 : end - 1])]
        if len(given) != len(own.arguments):
            raise CircuitError(
                f"{self.place}: {found.group()} has {len(given)} arguments.",
                f"give {len(own.arguments)}",
            )
        # In brackets, so that an argument stays one operand.
        inner = {name: f"({part})" for name, part in zip(own.arguments, given, strict=True)}
        body = own.body.replace("{", "(").replace("}", ")")
        names = attrs.evolve(self.names, function=own.function)
        return f"({_Substitution(names, self.place).of(body, inner, depth + 1)})", end


def _parts(text: str) -> Sequence[str]:
    """Return the parts of a text between commas that are not in brackets."""
    parts, depth, start = [], 0, 0
    for at, sign in enumerate(text):
        depth += (sign in "({") - (sign in ")}")
        if sign == "," and depth == 0:
            parts.append(text[start:at])
            start = at + 1
    return [*parts, text[start:]] if text.strip() else []
