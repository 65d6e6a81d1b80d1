"""Reads the lines of elements: nodes, model and the rest, with numbers in place of parameters."""

import re
from collections.abc import Mapping, Sequence

import attrs

from ebana_core.errors import CircuitError
from ebana_core.spice.definitions import KINDS, OPTIONAL
from ebana_core.spice.element import Line, Scope
from ebana_core.spice.models import Model, placed
from ebana_core.spice.parameters import CONSTANTS
from ebana_core.spice.scopes import Instance, Scopes
from ebana_core.spice.splitting import group_end, without_quotes, words_of
from ebana_core.spice.substitution import OF_SIGNALS, substituted
from ebana_core.spice.words import checked_node

N_NODES: Mapping[str, Sequence[int]] = {
    "q": (3, 4),
    "j": (3,),
    "s": (4,),
    "m": (4,),
    "t": (4,),
}
"""Letter of an element to its number of nodes, if not two; where several are possible, the model
decides."""
REFUSED: Mapping[str, tuple[str, str]] = {
    "a": ("a code model of XSPICE", "write what it does as B sources"),
    "n": ("a compiled Verilog-A device", "write what it does as B sources"),
    "o": ("a lossy transmission line", "at DC it is a resistor: write R elements"),
    "p": ("a coupled transmission line", "at DC it is resistors: write R elements"),
    "u": ("an RC line or a digital device", "write what it does as R elements or B sources"),
    "y": ("a transmission line", "at DC it is a resistor: write R elements"),
    "z": ("a MESFET", "write what it does as B sources"),
}
"""First letters of elements that a block cannot hold: what they are, and what to do instead."""
SOURCES = "vi"
"""Letters of elements that are 0 V or 0 A if nothing follows their nodes."""
SUBSTRATE = re.compile(r"\[([^\[\]]*)\]")
METERED = "w"
"""Elements that name a source between their nodes and their model."""
EXPRESSION = re.compile(r"(?:value|vol|cur|v|i|table|laplace|freq|cheby\w*)\s*[={(]|table\b", re.I)
"""Words that may follow the two nodes of E and G."""
POLY = re.compile(r"poly\s*\(\s*(\d{1,3})\s*\)", re.IGNORECASE)
PLAIN = ("vcvs", "vccs", "cccs", "ccvs")
"""Words that may stand before the controls of a plain gain."""
NAMED = re.compile(r"[a-z_][a-z0-9_.\[\]]*", re.IGNORECASE)
LOOSE_NODE = re.compile(r"[ (,]*([^ (),{}'\"=]+)")
"""A node with the brackets and commas before it, which ngspice takes for blanks."""
NUMERIC = re.compile(r"[0-9.][a-z0-9_.+-]*", re.IGNORECASE)
"""A number, whose letters do not name anything."""


@attrs.frozen(eq=False)
class Reader:
    """Reads the lines of one instance.

    Args:
        scopes: What names mean.
        instance: Where the lines stand.
        scope: How names are written there.
        multiplicity: How many of the instance lie in parallel.
    """

    scopes: Scopes
    instance: Instance
    scope: Scope
    multiplicity: float

    def line(self, name: str, text: str, place: str) -> Line:
        """Return an element.

        Args:
            name: In lower case.
            text: The statement.
            place: Names the element in errors.

        Raises:
            CircuitError: It has too few words, a node that cannot be, or no model.
        """
        kind = name[0]
        if kind in REFUSED:
            what, fix = REFUSED[kind]
            raise CircuitError(f"{place} is {what}, which a block cannot hold.", fix)
        words = words_of(_loosened(text, N_NODES.get(kind, (2,))[0]), place)[1:]
        is_free = self._is_free(kind, words)
        if kind in "eghf" and not is_free:
            words = _without_brackets(words)
        if kind == "q":  # PSpice writes the node of a substrate in brackets
            words = [*words[:3], *(SUBSTRATE.sub(r"\1", word) for word in words[3:])]
        model, n_nodes = None, N_NODES.get(kind, (2,))[0]
        if kind in KINDS:
            n_nodes, words, model = self._modelled(kind, words, place)
        temperatures = self.scopes.temperatures
        if model:
            model, temperatures = placed(model, temperatures)
        needed = n_nodes + (kind not in KINDS and kind not in SOURCES)
        if len(words) < needed + (kind in OPTIONAL and model is None):
            raise CircuitError(
                f"{place} has {len(words)} words.", f"give {n_nodes} nodes and what follows"
            )
        nodes = tuple(self.scope.node(checked_node(word, place)) for word in words[:n_nodes])
        rest = tuple(self._rest(kind, words[n_nodes:], place, is_free=is_free))
        return Line(
            self.scope.element(name),
            kind,
            nodes,
            rest,
            self.scope,
            model.card if model else None,
            model.texts if model else (),
            self.multiplicity,
            temperatures,
            place=place,
        )

    def _is_free(self, kind: str, words: Sequence[str]) -> bool:
        """Tell whether an expression follows the nodes; blanks within it do not end words."""
        return kind == "b" or (kind in "eg" and bool(EXPRESSION.match(" ".join(words[2:4]))))

    def _modelled(
        self, kind: str, words: list[str], place: str
    ) -> tuple[int, list[str], Model | None]:
        """Return the number of an element's nodes, its words without the model, and the model."""
        if kind in OPTIONAL:
            places: Sequence[int] = [k for k in (2, 3) if k < len(words) and "=" not in words[k]]
        else:
            places = [n + (kind == METERED) for n in N_NODES.get(kind, (2,))]
        for at in places:
            name = words[at].lower() if at < len(words) else ""
            model = self.scopes.model(self.instance, name) if name else None
            if model is None or (kind in OPTIONAL and model.type not in KINDS[kind]):
                continue
            if model.type not in KINDS[kind]:
                raise CircuitError(
                    f"{place} has a model of type {model.type!r}.",
                    f"give it one of type {' or '.join(KINDS[kind])}",
                )
            n_nodes = 2 if kind in OPTIONAL or kind == METERED else at
            return n_nodes, [*words[:at], *words[at + 1 :]], model
        if kind in OPTIONAL:
            return 2, words, None
        named = words[places[0]] if places[0] < len(words) else ""
        raise CircuitError(
            f"{place} names the model {named!r}, which is missing.", "add its .model"
        )

    def _rest(self, kind: str, words: list[str], place: str, *, is_free: bool) -> list[str]:
        """Return words with the numbers of parameters in place of their names."""
        names = self.instance.parameters.names
        if is_free:
            return _with_one_brace(substituted(" ".join(words), names, place)).split()
        skipped = _n_controls(words) if kind in "eghf" else 0
        skipped *= 2 if kind in "eg" else 1
        skipped += kind == METERED
        if words and (words[0].lower() in PLAIN or POLY.match(words[0])):
            skipped += 1
        return [word if k < skipped else self._word(word, place) for k, word in enumerate(words)]

    def _word(self, word: str, place: str) -> str:
        """Return a word in which formulas and parameters are numbers."""
        pieces, at = [], 0
        while at < len(word):
            end = at + 1
            if word[at] in "{'":
                end = group_end(word, at, place)
                pieces.append(self._formula(word[at:end], place))
            elif found := NAMED.match(word, at):
                end = found.end()
                pieces.append(self._name(found.group(), word[end : end + 1]))
            else:
                end = found.end() if (found := NUMERIC.match(word, at)) else at + 1
                pieces.append(word[at:end])
            at = end
        return "".join(pieces)

    def _formula(self, quoted: str, place: str) -> str:
        """Return the number of a formula; one of voltages and currents stays an expression."""
        parameters, formula = self.instance.parameters, without_quotes(quoted)
        if OF_SIGNALS.search(formula):
            return "{" + "".join(substituted(formula, parameters.names, place).split()) + "}"
        return repr(parameters.compute(formula, place))

    def _name(self, name: str, behind: str) -> str:
        """Return the number of a parameter; a key, a function or any other name stays."""
        # A bare word such as temp is a key of other simulators, whatever it means in formulas.
        is_word = behind in ("=", "(") or name.lower() in CONSTANTS
        number = None if is_word else self.instance.parameters.number(name.lower())
        return name if number is None else repr(number)


def _loosened(text: str, n_nodes: int) -> str:
    """Return a statement without brackets and commas around and between its first nodes."""
    name, _, rest = text.partition(" ")
    nodes, at = [], 0
    for _ in range(n_nodes):
        found = LOOSE_NODE.match(rest, at)
        if not found:
            return text
        nodes.append(found[1])
        at = found.end()
    if not any(sign in rest[:at] + rest[at : at + 1] for sign in "(),"):
        return text
    return " ".join([name, *nodes, rest[at:].lstrip(" ),")])


def _with_one_brace(text: str) -> str:
    """Return text with round brackets for the braces within braces."""
    depth, pieces = 0, []
    for sign in text:
        depth -= sign == "}"
        pieces.append({"{": "(", "}": ")"}.get(sign, sign) if depth else sign)
        depth += sign == "{"
    return "".join(pieces)


def _n_controls(words: Sequence[str]) -> int:
    """Return the number of voltages or currents that control a source."""
    found = POLY.match(words[0]) if words else None
    return int(found[1]) if found else 1


def _without_brackets(words: Sequence[str]) -> list[str]:
    """Return words without the brackets and commas between them, but those of ``poly(2)``."""
    text = " ".join(words)
    found = POLY.search(text)
    head, middle, tail = text, "", ""
    if found:
        head, middle = text[: found.start()], f"poly({found[1]})"
        tail = text[found.end() :]
    cleared = [_cleared(part) for part in (head, tail)]
    return words_of(" ".join([cleared[0], middle, cleared[1]]), "")


def _cleared(text: str) -> str:
    """Return text with blanks for the brackets and commas outside of braces and quotes."""
    pieces = re.split(r"(\{[^{}]*\}|'[^']*')", text)
    return "".join(
        piece if k % 2 else re.sub(r"[(),]", " ", piece) for k, piece in enumerate(pieces)
    )
