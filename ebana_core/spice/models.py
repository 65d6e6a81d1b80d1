"""Models of devices as text files hold them: numbers, and words that vendors add."""

import re
from collections.abc import Callable

import attrs

from ebana_core.errors import CircuitError
from ebana_core.laws.spice import ModelCard
from ebana_core.spice.definitions import KINDS
from ebana_core.spice.lines import Statement
from ebana_core.spice.parameters import IDENTIFIER
from ebana_core.spice.temperatures import USUAL_CELSIUS, Temperatures
from ebana_core.spice.words import MICRO, read_number

BRACES = r"\{[^{}]*+\}"
"""A formula in braces; possessive, so that braces without an end are walked through only once."""
for _ in range(4):  # vendors write up to three within each other
    BRACES = rf"\{{(?:[^{{}}]|{BRACES})*+\}}"
WORD = re.compile(
    rf"(?P<formula>{BRACES}|'[^']*')|(?P<text>\"[^\"]*\")|(?P<equals>=)"
    r"|(?P<word>[^\s=(),{}'\"]+)|(?P<odd>[{}'\"])"
)
SAME = {"lpnp": "pnp"}
"""Types of other simulators to those of ngspice: whose pnp is lateral unless it says ``subs``."""
HEATED = frozenset(type_ for kind in "dmqjr" for type_ in KINDS[kind])
"""Types of models whose numbers at DC depend on temperature."""
NUMERIC = re.compile(r"[+-]?\.?\d")
TOLERANCES = ("dev", "lot")
"""Words of spreads that other simulators draw from: ``dev=5%``, ``lot/gauss=10%``."""
HEAD = re.compile(
    r"\S+\s+([^\s(]+)[\s(]*(?:ako\s*:\s*([^\s(]+)[\s(]*)?([a-z_]\w*)?(.*)", re.IGNORECASE
)


@attrs.frozen
class Model:
    """A model.

    Args:
        name: In lower case.
        type: Likewise, such as ``d`` or ``nmos``.
        numbers: Its numeric words, in their order.
        texts: Its other words, with what they say; nothing for a word that stands alone.
        place: File and line, for errors.
    """

    name: str
    type: str
    numbers: tuple[tuple[str, float], ...]
    texts: tuple[tuple[str, str], ...] = ()
    place: str = attrs.field(default="", eq=False)

    @property
    def card(self) -> ModelCard:
        """The model with its numbers, for a netlist."""
        return ModelCard(self.type, self.numbers)


def plain_type(word: str) -> str:
    """Return the type that a word of a line ``.model`` means."""
    return SAME.get(word.lower(), word.lower())


def at_nominal(model: Model, celsius: float) -> Model:
    """Return a model whose numbers hold at a temperature that others set, unless it says its own.

    ``t_measured`` is PSpice's word for ``tnom``.

    Args:
        model: Of any type.
        celsius: That temperature, °C.
    """
    if model.type not in HEATED:
        return model
    numbers = dict(model.numbers)
    given = numbers.pop("t_measured", None if celsius == USUAL_CELSIUS else celsius)
    if given is None or numbers.keys() & {"tnom", "tref"}:
        return model
    return attrs.evolve(model, numbers=(*numbers.items(), ("tnom", given)))


def placed(model: Model, around: Temperatures) -> tuple[Model, Temperatures]:
    """Return a model of a device, and the temperatures where it stands.

    A model itself may say at what temperature its devices are: at ``t_abs``, °C, whatever is around
    them, or by ``t_rel_global`` above it.

    Source:
        PSpice A/D reference guide, .MODEL; ngspice knows neither word.
    """
    numbers = dict(model.numbers)
    own, above = numbers.pop("t_abs", None), numbers.pop("t_rel_global", 0.0)
    if len(numbers) == len(model.numbers):
        return model, around
    celsius = around.circuit + above if own is None else own
    kept = attrs.evolve(model, numbers=tuple(numbers.items()))
    return kept, attrs.evolve(around, circuit=celsius)


def read_model(
    statement: Statement,
    compute: Callable[[str, str], float],
    is_parameter: Callable[[str], bool],
    base: Callable[[str], Model],
) -> Model:
    """Return the model of a line ``.model``.

    Args:
        statement: The line.
        compute: Formula and place to its value.
        is_parameter: Tells whether a name is that of a parameter.
        base: Name to the model that ``ako:`` goes out from.

    Raises:
        CircuitError: It is not a model; names file, line and word.
    """
    found = HEAD.fullmatch(statement.text)
    if not found or not found[3]:
        raise CircuitError(
            f"{statement.quoted} is not a model.", "write .model NAME TYPE (KEY=NUMBER ...)"
        )
    name, kind, rest = found[1].lower(), plain_type(found[3]), found[4]
    numbers: dict[str, float] = {}
    texts: dict[str, str] = {}
    if found[2]:
        of = base(found[2].lower())
        numbers |= of.numbers
        texts |= of.texts
    _Words(name, statement.place, compute, is_parameter, numbers, texts).read(rest)
    if {"vto", "vt0"} <= numbers.keys():
        raise CircuitError(
            f"{statement.quoted} gives vto and vt0, which are the same parameter.", "leave one out"
        )
    return Model(name, kind, tuple(numbers.items()), tuple(texts.items()), statement.place)


@attrs.frozen(eq=False)
class _Words:
    """Sorts the words of a model into numbers and texts."""

    name: str
    place: str
    compute: Callable[[str, str], float]
    is_parameter: Callable[[str], bool]
    numbers: dict[str, float]
    texts: dict[str, str]

    def read(self, rest: str) -> None:
        words = [(found.lastgroup or "", found.group()) for found in WORD.finditer(rest)]
        at = 0
        while at < len(words):
            kind, key = words[at]
            if kind != "word" or NUMERIC.match(key):
                self._refuse(f"{key[:40]!r}, to which no word belongs")
            behind = words[at + 1] if at + 1 < len(words) else ("", "")
            is_set = behind[0] == "equals"
            if is_set:
                at += 1
                behind = words[at + 1] if at + 1 < len(words) else ("", "")
            is_number = behind[0] == "formula" or NUMERIC.match(behind[1])
            if is_set or is_number:
                self._add(key.lower(), *behind)
                at += 2
            else:
                self.texts[key.lower()] = ""
                at += 1

    def _refuse(self, what: str) -> None:
        raise CircuitError(
            f"{self.place}: the model {self.name!r} holds {what}.",
            "write KEY=NUMBER, one by one",
        )

    def _add(self, key: str, kind: str, value: str) -> None:
        """Note one word; a later one of the same name counts, as in ngspice."""
        place = f"{self.place}: {key} of the model {self.name!r}"
        if key.split("/")[0] in TOLERANCES or kind == "text":
            self.texts[key] = value.strip('"')
        elif kind == "formula":
            self.numbers[key] = self.compute(value, place)
        elif kind != "word":
            self._refuse(f"{key!r}, which is set to nothing")
        elif NUMERIC.match(value):
            self.numbers[key] = read_number(value, place)
        elif self._is_formula(value):
            self.numbers[key] = self.compute(value, place)
        else:
            self.texts[key] = value.translate(MICRO)

    def _is_formula(self, value: str) -> bool:
        """Tell whether a bare word is a parameter, or computed from such."""
        names = IDENTIFIER.findall(value)
        return bool(names) and all(self.is_parameter(name.lower()) for name in names)
